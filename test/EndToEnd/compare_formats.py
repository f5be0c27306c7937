#!/usr/bin/env python3
"""Compares what the compiler decides for the two files of each model, `.onnx` and `.pt2`.

    compare_formats.py --bin build/bin FOLDER...

The same plan must give the same parameters with the same placements, the same inputs and outputs, the same collectives
with the same sizes in the same modules, and the same numbers: of training cases as forward programs and as training
steps, with their losses, gradients and new parameters. Folders are those of cases, or of folders of cases; cases without a
`.pt2` are left out.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np


def run(command):
    """None, or the end of what a failed command wrote."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    return done.stderr.strip()[-1500:] if done.returncode else None


def compile_and_run(options, case, form, step):
    """The report and the results of one format, or messages as a string; `step`: "forward" or "train"."""
    settings = json.loads((case / "case.json").read_text())
    with tempfile.TemporaryDirectory(prefix="dtc-formats-") as scratch:
        command = [options.bin / "dtc-compile", case / f"model.{form}", "-o", f"{scratch}/bundle", "--mesh",
                   settings["mesh"], "--plan", case / "plan.yaml"]
        for name, value in settings.get("dims", {}).items():
            command += ["--dim", f"{name}={value}"]
        if form == "pt2":
            command += ["--input-names", ",".join(settings["inputs"]), "--output-names", ",".join(settings["outputs"])]
        steps = settings["steps"] if step == "train" else 1
        if step == "train":
            command += ["--train", case / "train.yaml"]
        problem = run(command)
        with np.load(case / "input.npz") as arrays:
            # Training cases may have one slice for each step.
            first = step == "forward" and settings.get("train") and settings["steps"] > 1
            np.savez(f"{scratch}/input.npz", **{name: arrays[name][0] if first else arrays[name]
                                                for name in (arrays.files if step == "train" else settings["inputs"])})
        problem = problem or run([options.bin / "dtc-run", f"{scratch}/bundle", "--input", f"{scratch}/input.npz",
                                  "--output", f"{scratch}/output.npz", "--steps", steps])
        if problem:
            return problem
        with np.load(f"{scratch}/output.npz") as arrays:
            results = {name: arrays[name] for name in arrays.files}
        return json.loads(pathlib.Path(scratch, "bundle", "report.json").read_text()), results


def decisions(document):
    """What must be equal, by name."""
    collectives = collections.Counter(
        (op["kind"], op.get("reduce", ""), tuple(op["axes"]), op["bytes"], op["module"]) for op in document["collective_ops"])
    found = {"collectives": document["collectives"], "collectives by phase": document["collectives_by_phase"],
             "collective ops": sorted(collectives.items())}
    for kind in ("inputs", "outputs", "parameters"):
        # The ONNX exporter transposes some weights and calls them by number, and keeps some constants as weights.
        found[kind] = {entry["name"]: (tuple(entry["shape"]), tuple(entry["placements"])) for entry in document[kind]
                       if not kind == "parameters" or "." in entry["name"]}
    return found


def differences(onnx, pt2):
    """One line for each decision that differs; parameters are compared where both files have them by name."""
    shared = onnx["parameters"].keys() & pt2["parameters"].keys()
    lines = [f"{key}: the .onnx file gives {onnx[key]}, the .pt2 file {pt2[key]}"
             for key in onnx if key != "parameters" and onnx[key] != pt2[key]]
    lines += [f"parameter '{name}': the .onnx file gives {onnx['parameters'][name]}, the .pt2 file "
              f"{pt2['parameters'][name]}" for name in sorted(shared) if onnx["parameters"][name] != pt2["parameters"][name]]
    if onnx["parameters"] and not shared:
        lines.append("the files have no parameter in common")
    return lines


def compare(options, case, step):
    """The lines that say what differs."""
    documents = [compile_and_run(options, case, form, step) for form in ("onnx", "pt2")]
    for document in documents:
        if isinstance(document, str):
            return [document]
    onnx, pt2 = (decisions(document) for document, _ in documents)
    lines = differences(onnx, pt2)
    for name, array in documents[0][1].items():
        other = documents[1][1].get(name)
        if other is None or not np.allclose(array, other, 1e-4, 1e-5):
            lines.append(f"the numbers of '{name}' differ")
    return lines


def main():
    parser = argparse.ArgumentParser(description="compare the decisions for a model's .onnx and .pt2 files")
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    options = parser.parse_args()
    count = failed = 0
    cases = [path.parent for folder in options.folders for path in sorted(folder.glob("**/case.json"))]
    for case in cases:
        if not (case / "model.pt2").exists() or not (case / "model.onnx").exists():
            continue
        steps = ["forward"] + ["train"] * (case / "train.yaml").exists()
        lines = [f"{step}: {line}" for step in steps for line in compare(options, case, step)]
        count += 1
        failed += bool(lines)
        for line in lines:
            print(f"{case.name}: {line}")
    print(f"{count - failed} of {count} models give the same decisions from both formats")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
