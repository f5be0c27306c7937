#!/usr/bin/env python3
"""Runs the exported cases of test/Fixtures/torch and compares every result with PyTorch's.

    torch_op_tests.py --bin DIR FOLDER [--compiled] [--mesh tp=2] [--filter REGEX]

Without --compiled programs run in the interpreter; with --mesh there also placed and as local programs, each input split
or replicated by turns. Needs numpy, nothing else.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np


def tolerance(array):
    """Absolute and relative deviation allowed for a type; integers must be equal."""
    if array.dtype.kind != "f":
        return 0, 0
    return (4e-3, 4e-3) if array.dtype == np.float16 else (2e-5, 2e-5)


def differences(expected, actual):
    """One line for each result that differs."""
    lines = []
    if len(expected) != len(actual):
        return [f"expected {len(expected)} results, got {len(actual)}"]
    for number, (want, (name, got)) in enumerate(zip(expected, actual)):
        if want.shape != got.shape or want.dtype != got.dtype:
            lines.append(f"result {number} ('{name}'): expected {want.dtype}{list(want.shape)}, "
                         f"got {got.dtype}{list(got.shape)}")
            continue
        atol, rtol = tolerance(want)
        if want.dtype.kind == "f":
            same = np.isclose(got.astype(np.float64), want.astype(np.float64), rtol, atol, equal_nan=True)
        else:
            same = got == want
        if not same.all():
            where = tuple(int(i) for i in np.argwhere(~same)[0])
            lines.append(f"result {number} ('{name}'): {int((~same).sum())} of {same.size} values differ, first at "
                         f"{list(where)}: expected {want[where]}, got {got[where]}")
    return lines


def plan_for(inputs, turn):
    """A plan that splits inputs along one dimension each, by turns."""
    return {"inputs": {name: "replicate" if (n + turn) % 3 == 0 or not array.ndim else f"shard({(n + turn) % array.ndim})"
                       for n, (name, array) in enumerate(inputs.items())}}


def interpret(options, model, inputs, expected, scratch):
    """The lines that say what is wrong, in the interpreter."""
    np.savez(scratch / "in.npz", **inputs)
    request = {"model": str(model), "input": str(scratch / "in.npz"), "output": str(scratch / "out.npz")}
    if options.mesh:
        (scratch / "plan.yaml").write_text(json.dumps(plan_for(inputs, len(model.name))))
        request |= {"mesh": options.mesh, "plan": str(scratch / "plan.yaml")}
    done = subprocess.run([options.bin / "dtc-interpret", "--serve"], input=json.dumps(request) + "\n",
                          capture_output=True, text=True, timeout=120, check=False)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return [f"the interpreter ended with {done.returncode}: {done.stderr[-1500:]}"]
    if "error" in answer:
        return [answer["error"]]
    with np.load(scratch / "out.npz") as results:
        return differences(expected, [(name, results[name]) for name in results.files])


def compile_and_run(options, model, inputs, expected, scratch):
    """The lines that say what is wrong, compiled."""
    np.savez(scratch / "in.npz", **inputs)
    names = [f"out{i}" for i in range(len(expected))]
    for command in ([options.bin / "dtc-compile", model, "-o", scratch / "bundle", "--output-names", ",".join(names)],
                    [options.bin / "dtc-run", scratch / "bundle", "--input", scratch / "in.npz", "--output",
                     scratch / "out.npz"]):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            return [done.stderr[-1500:]]
    with np.load(scratch / "out.npz") as results:
        return differences(expected, [(name, results[name]) for name in names])


def main():
    parser = argparse.ArgumentParser(description="compare exported cases with PyTorch's numbers")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--compiled", action="store_true")
    parser.add_argument("--mesh")
    parser.add_argument("--filter", default="")
    options = parser.parse_args()
    count = failed = 0
    run = compile_and_run if options.compiled else interpret
    for arrays in sorted(options.folder.glob("*.npz")):
        with np.load(arrays) as file:
            inputs = {name[3:]: file[name] for name in file.files if name.startswith("in.")}
            expected = [file[f"out.{i}"] for i in range(sum(name.startswith("out.") for name in file.files))]
        for end in (".pt2", ".core.pt2"):
            model = arrays.with_name(arrays.stem + end)
            if not re.search(options.filter, model.name):
                continue
            with tempfile.TemporaryDirectory(prefix="dtc-torch-") as scratch:
                lines = run(options, model, inputs, expected, pathlib.Path(scratch))
            count += 1
            failed += bool(lines)
            for line in lines:
                print(f"{model.name}: {line}")
    print(f"{count - failed} of {count} archives agree")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
