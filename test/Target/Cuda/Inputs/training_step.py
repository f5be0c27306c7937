"""Compiles the training step of an .mlir program for GPUs, runs it on its ranks and compares with the interpreter.

usage: training_step.py PROGRAM.mlir SPEC.yaml FOLDER ULPS

Inputs are random. Results may be off by ULPS of their type at their largest number. Exit status 1 when one is.
"""

import pathlib
import re
import subprocess
import sys

import numpy as np

EPSILON = {"f16": 2.0**-10, "bf16": 2.0**-7, "f32": 2.0**-23}
NUMPY = {"f16": np.float16, "bf16": np.float32, "f32": np.float32, "i1": np.bool_}


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr}")


def tensors(text, pattern):
    """(name, shape, element type) of the arguments or the results in a function's signature."""
    for number, (sizes, element, attributes) in enumerate(re.findall(pattern, text)):
        name = re.search(r'dtc\.name = "([^"]*)"', attributes)
        yield name.group(1) if name else f"arg{number}", [int(size) for size in sizes.split("x") if size], element


def random_inputs(arguments):
    rng = np.random.default_rng(1)
    for name, shape, element in arguments:
        values = rng.random(shape) < 0.5 if element == "i1" else rng.integers(-128, 129, shape) / 64
        yield name, np.asarray(values).astype(NUMPY[element])


def main():
    program, spec, folder, ulps = *map(pathlib.Path, sys.argv[1:4]), float(sys.argv[4])
    planned, bundle = folder / "planned.mlir", folder / "bundle"
    inputs, got, want = folder / "input.npz", folder / "got.npz", folder / "want.npz"
    train = ["dtc-compile", program, "--train", spec, "--target", "cuda"]
    run(*train, "--emit", "planned", "-o", planned)
    arguments, results = planned.read_text().split("func.func @main(")[1].split("{\n")[0].split(") -> (")
    tensor = r"tensor<((?:\d+x)*)(\w+)>([^%]*)"
    np.savez(inputs, **dict(random_inputs(tensors(arguments, r"%\w+: " + tensor))))
    run("dtc-interpret", planned, "--input", inputs, "--output", want)
    run(*train, "-o", bundle)
    run("dtc-run", bundle, "--input", inputs, "--output", got, "--timeout", "60")
    got, want, failed = np.load(got), np.load(want), 0
    for name, _, element in tensors(results, r"tensor<((?:\d+x)*)(\w+)>([^>]*)"):
        difference = np.abs(got[name].astype(np.float64) - want[name]).max(initial=0)
        allowed = ulps * EPSILON[element] * np.abs(want[name].astype(np.float64)).max(initial=0)
        if not difference <= allowed:
            failed += 1
            print(f"{name}: differs by {difference}, expected at most {allowed}")
    print(f"{len(want.files) - failed} of {len(want.files)} results agree")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
