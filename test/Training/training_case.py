#!/usr/bin/env python3
"""Interprets one training fixture on several meshes and compares the numbers.

For each mesh:

1. `dtc-compile --train --emit placed` the case's model with its plan;
2. `dtc-interpret --localize --steps` the step: globally, with all ranks simulated, and as the ranks'
   own programs, which must agree with each other;
3. compare every array of expected.npz within the case's tolerances;
4. with --counts, compare the collectives of each phase with what is expected on that mesh. A returned
   loss may cost one more all_reduce, of one number.

    training_case.py --bin build/bin --mesh tp=4 --counts '{"forward": {"all_gather": 2}}' FOLDER

Prints one line a mesh. Exit status: 0 all agree; 1 a mesh failed. Needs numpy and onnx.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper

KINDS = "all_reduce|all_gather|reduce_scatter|all_to_all|halo_exchange"


class Failure(Exception):
    """A mesh that does not do what the case expects; the message is printed."""


def run(command):
    """Runs one tool; a non-zero status is a Failure with the end of what it wrote."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode != 0:
        tail = "\n    ".join((done.stderr + done.stdout).strip().splitlines()[-12:])
        raise Failure(f"'{command[0].name}' exited with {done.returncode}\n    {tail}")
    return done.stdout


def write_parameters(model, path):
    """The initializers of an ONNX file as an npz."""
    graph = onnx.load(str(model)).graph
    np.savez(path, **{i.name: numpy_helper.to_array(i) for i in graph.initializer})


def count_phases(text):
    """{phase: {kind: count}} of a program's collectives, and the number of scalar ones in the forward half."""
    counts = collections.defaultdict(collections.Counter)
    scalars = 0
    for line in text.splitlines():
        op = re.search(rf"= dtc\.({KINDS}) ", line)
        if not op:
            continue
        phase = re.search(r'dtc\.phase = "(\w+)"', line)
        phase = phase.group(1) if phase else "forward"
        if phase == "forward" and re.search(r": tensor<f32, ", line):
            scalars += 1
        else:
            counts[phase][op.group(1)] += 1
    return {phase: dict(kinds) for phase, kinds in counts.items()}, scalars


def compare(case, expected, actual):
    """Largest deviation over all arrays; Failure at the first that is missing or outside the tolerances."""
    worst = 0.0
    for name in expected.files:
        if name not in actual.files:
            raise Failure(f"'{name}' is missing: got {sorted(actual.files)}")
        want, got = expected[name].astype(np.float64), actual[name].astype(np.float64)
        if want.shape != got.shape:
            raise Failure(f"'{name}': expected {list(want.shape)}, got {list(got.shape)}")
        outside = ~(np.abs(got - want) <= case["atol"] + case["rtol"] * np.abs(want))
        if outside.any():
            where = tuple(int(i) for i in np.argwhere(outside)[0])
            raise Failure(f"'{name}': {int(outside.sum())} of {want.size} values differ, first at {list(where)}: "
                          f"expected {want[where]:.7g}, got {got[where]:.7g}")
        worst = max(worst, float(np.abs(got - want).max(initial=0.0)))
    return worst


def run_mesh(options, case, mesh, scratch):
    """One mesh from compilation to comparison; returns the words for its line."""
    folder = options.case
    model = folder.parents[1] / "models" / case["model"] if "model" in case else folder
    files = {}
    for name, lines in (("plan.yaml", options.plan_line), ("train.yaml", options.train_line)):
        files[name] = scratch / name
        files[name].write_text("\n".join([(folder / name).read_text(), *lines, ""]))
    compiled = [options.bin / "dtc-compile", model / f"model.{options.format}", "--plan", files["plan.yaml"], "--train",
                files["train.yaml"], "--mesh", mesh]
    if options.format == "pt2":
        compiled += ["--input-names", ",".join(case["inputs"]), "--output-names", ",".join(case["outputs"])]
    run(compiled + ["--emit", "placed", "-o", scratch / "placed.mlir"])
    write_parameters(model / "model.onnx", scratch / "parameters.npz")
    run([options.bin / "dtc-interpret", scratch / "placed.mlir", "--localize", "--tolerance", options.tolerance,
         "--steps", case["steps"], "--input", folder / "input.npz", "--parameters",
         scratch / "parameters.npz", "--output", scratch / "output.npz"])
    with np.load(folder / "expected.npz") as expected, np.load(scratch / "output.npz") as actual:
        worst = compare(case, expected, actual)
    if options.counts is not None:
        text = run(compiled + ["--emit", "collectives", "-o", "-"])
        counts, scalars = count_phases(text)
        if counts != options.counts or scalars > options.scalars:
            raise Failure(f"expected the collectives {options.counts} and {options.scalars} of a number, got {counts} "
                          f"and {scalars}")
    return f"largest deviation {worst:.1e}"


def main():
    parser = argparse.ArgumentParser(description="interpret one training fixture on several meshes")
    parser.add_argument("case", type=pathlib.Path, help="folder with case.json, plan.yaml, train.yaml, arrays and "
                        "the model, or its name in case.json")
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of dtc-compile and dtc-interpret")
    parser.add_argument("--mesh", action="append", required=True, help="mesh to run (repeatable)")
    parser.add_argument("--plan-line", action="append", default=[], help="a further line for the plan")
    parser.add_argument("--train-line", action="append", default=[], help="a further line for the training spec")
    parser.add_argument("--counts", type=json.loads, help="collectives by phase, as JSON")
    parser.add_argument("--scalars", type=int, default=1, help="largest number of further collectives of one number")
    parser.add_argument("--format", choices=["onnx", "pt2"], default="onnx", help="which of the case's models")
    parser.add_argument("--tolerance", default="1e-4", help="largest difference between one and several ranks")
    options = parser.parse_args()
    case = json.loads((options.case / "case.json").read_text())
    failed = 0
    for mesh in options.mesh:
        with tempfile.TemporaryDirectory(prefix="dtc-training-") as temporary:
            try:
                verdict = "ok: " + run_mesh(options, case, mesh, pathlib.Path(temporary))
            except Failure as failure:
                failed += 1
                verdict = f"FAILED: {failure}"
        print(f"{case['name']} {mesh} {verdict}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
