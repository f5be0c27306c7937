#!/usr/bin/env python3
"""Compiles and runs one model fixture on several meshes and compares the numbers.

For each mesh:

1. `dtc-compile` the case's model with its plan (and training spec) for that mesh;
2. `dtc-run` the bundle on input.npz;
3. compare every array of expected.npz within the case's tolerances;
4. at the case's own mesh compare the report's collectives and output placements with what the
   case expects, and with what the ranks say they executed; on one rank there must be none.

Prints one line a mesh. Exit status: 0 all agree; 1 a mesh failed; 2 wrong usage; 77 skipped
because weights that are fetched separately are missing.

    run_case.py --bin build/bin test/Fixtures/models/mlp_pair
    run_case.py --bin build/bin --mesh tp=3 --format pt2 test/Fixtures/models/mlp_pair

Needs numpy, nothing else.
"""

import argparse
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

SKIPPED = 77


class Failure(Exception):
    """A mesh that does not do what the case expects; the message is printed."""


def ranks(mesh):
    """'dp=2,tp=2' -> 4."""
    return math.prod(int(axis.split("=")[1]) for axis in mesh.split(","))


def one_rank(mesh):
    """The mesh with the same axes, each of size 1."""
    return re.sub(r"=\d+", "=1", mesh)


def run(command, seconds):
    """Runs one tool; a non-zero status is a Failure with the end of what it wrote."""
    try:
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise Failure(f"'{command[0].name}' did not end within {seconds} s") from error
    if done.returncode != 0:
        tail = "\n    ".join((done.stderr or done.stdout).strip().splitlines()[-12:])
        raise Failure(f"'{command[0].name}' exited with {done.returncode}\n    {tail}")


def is_training(case):
    """A training case says so, or names the model that it trains."""
    return case.get("train") or "model" in case


def model_folder(options, case):
    """Where the case's model lies: with it, or among the inference cases."""
    own = options.case.resolve().parent.parent / "models" / case["model"] if "model" in case else options.case
    return options.model_dir or own


def compile_command(options, case, mesh, bundle):
    """The dtc-compile command line of one mesh."""
    folder = options.case
    model = model_folder(options, case) / f"model.{options.format}"
    command = [options.bin / "dtc-compile", model, "-o", bundle, "--mesh", mesh, "--plan", folder / "plan.yaml"]
    if is_training(case):
        command += ["--train", folder / "train.yaml"]
    for name, value in case.get("dims", {}).items():
        command += ["--dim", f"{name}={value}"]
    if options.format == "pt2":
        named = case if "inputs" in case else json.loads((model.parent / "case.json").read_text())
        command += ["--input-names", ",".join(named["inputs"]), "--output-names", ",".join(named["outputs"])]
    return command + options.compile_option


def compare(case, expected, actual, model_format):
    """Largest deviation over all arrays; Failure at the first that is missing or outside the tolerances."""
    worst = 0.0
    for name in expected.files:
        # Weights that the ONNX exporter transposed, and called by number, are others in the archive.
        if model_format == "pt2" and re.fullmatch(r"(grad|param)\.val_\d+", name):
            continue
        if name not in actual.files:
            raise Failure(f"output '{name}' is missing: got {sorted(actual.files)}")
        want, got = expected[name], actual[name]
        if want.shape != got.shape or want.dtype != got.dtype:
            raise Failure(f"'{name}': expected {want.dtype}{list(want.shape)}, got {got.dtype}{list(got.shape)}")
        difference = np.abs(got.astype(np.float64) - want.astype(np.float64))
        outside = ~(difference <= case["atol"] + case["rtol"] * np.abs(want))
        if outside.any():
            where = tuple(int(i) for i in np.argwhere(outside)[0])
            raise Failure(f"'{name}': {int(outside.sum())} of {want.size} values differ, first at {list(where)}: "
                          f"expected {want[where]:.7g}, got {got[where]:.7g}")
        worst = max(worst, float(difference.max(initial=0.0)))
    return worst


def executed(stats):
    """The collectives that the ranks counted, waits left out; Failure when ranks disagree."""
    counts = [{k: n for k, n in rank["collectives"].items() if k != "wait" and n} for rank in stats["ranks"]]
    if any(count != counts[0] for count in counts):
        raise Failure(f"the ranks executed different collectives: {counts}")
    return counts[0]


def check_report(case, mesh, report, stats):
    """Compares counts and placements with what the case expects of this mesh."""
    counted = executed(stats)
    reported = report["collectives"]
    if counted != {k: n * case["steps"] for k, n in reported.items() if k != "wait"}:
        raise Failure(f"the report says {reported}, the ranks executed {counted}")
    if ranks(mesh) == 1 and reported:
        raise Failure(f"expected no collectives on one rank, got {reported}")
    if mesh != case["mesh"]:
        return
    if "collectives" in case and reported != case["collectives"]:
        causes = "\n    ".join(op.get("cause", "?") for op in report.get("collective_ops", []))
        raise Failure(f"expected the collectives {case['collectives']}, got {reported}\n    {causes}")
    placed = {output["name"]: output["placements"] for output in report["outputs"]}
    for name, wanted in case.get("placements", {}).items():
        if placed.get(name) != wanted:
            raise Failure(f"output '{name}': expected the placements {wanted}, got {placed.get(name)}")


def run_mesh(options, case, mesh, scratch):
    """One mesh from compilation to comparison; returns the words for its line."""
    bundle, output, stats = scratch / "bundle", scratch / "output.npz", scratch / "stats.json"
    run(compile_command(options, case, mesh, bundle), options.timeout)
    command = [options.bin / "dtc-run", bundle, "--input", options.case / "input.npz", "--output", output,
               "--stats", stats]
    if is_training(case) and case["steps"] > 1:
        command += ["--steps", case["steps"]]
    run(command + options.run_option, options.timeout)
    with np.load(options.case / "expected.npz") as expected, np.load(output) as actual:
        worst = compare(case, expected, actual, options.format)
    report = json.loads((bundle / "report.json").read_text())
    check_report(case, mesh, report, json.loads(stats.read_text()))
    counts = ", ".join(f"{n} {kind}" for kind, n in report["collectives"].items()) or "no collectives"
    return f"largest deviation {worst:.1e}, {counts}"


def missing_weights(options):
    """The name of a separately fetched weights file that is not there, or None."""
    folder = options.model_dir or options.case
    note = json.loads((options.case / "case.json").read_text()).get("note", "")
    name = re.search(r"the file (\S+\.safetensors)", note)
    if name and not (folder / name.group(1)).exists():
        return name.group(1)
    return None


def parse_arguments():
    parser = argparse.ArgumentParser(description="compile and run one model fixture on several meshes")
    parser.add_argument("case", type=pathlib.Path, help="folder with case.json, model, plan.yaml and arrays")
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of dtc-compile and dtc-run")
    parser.add_argument("--mesh", action="append", help="mesh to run (repeatable); default: one rank, the case's own "
                        "mesh and its more_meshes")
    parser.add_argument("--format", choices=["onnx", "pt2"], default="onnx", help="which of the case's models")
    parser.add_argument("--model-dir", type=pathlib.Path, help="folder of the model, when its weights lie elsewhere")
    parser.add_argument("--compile-option", action="append", default=[], help="further dtc-compile argument")
    parser.add_argument("--run-option", action="append", default=[], help="further dtc-run argument")
    parser.add_argument("--keep", type=pathlib.Path, help="keep bundles and outputs under this folder")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for each tool")
    options = parser.parse_args()
    if not (options.case / "case.json").is_file():
        parser.error(f"expected a folder with 'case.json', got '{options.case}'")
    if not (options.bin / "dtc-compile").is_file():
        parser.error(f"expected 'dtc-compile' in '{options.bin}'; build it, or name its folder with --bin")
    return options


def main():
    options = parse_arguments()
    case = json.loads((options.case / "case.json").read_text())
    weights = missing_weights(options)
    if weights:
        print(f"{case['name']}: skipped: '{weights}' is missing; scripts/fetch_minilm.sh fetches it")
        return SKIPPED
    meshes = options.mesh or [one_rank(case["mesh"]), case["mesh"], *case.get("more_meshes", [])]
    failed = 0
    for mesh in dict.fromkeys(meshes):
        with tempfile.TemporaryDirectory(prefix="dtc-case-") as temporary:
            scratch = pathlib.Path(temporary)
            if options.keep:
                scratch = options.keep / f"{case['name']}.{mesh}"
                scratch.mkdir(parents=True, exist_ok=True)
            try:
                verdict = "ok: " + run_mesh(options, case, mesh, scratch)
            except Failure as failure:
                failed += 1
                verdict = f"FAILED: {failure}"
        print(f"{case['name']} {mesh} {options.format} {verdict}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
