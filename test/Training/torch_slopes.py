#!/usr/bin/env python3
"""Gradients of activations and losses at zeros, bounds and saturated points, compared with PyTorch's.

    torch_slopes.py --bin build/bin FOLDER SCRATCH

FOLDER holds what `utils/make_torch_fixtures.py` calls gradients: for each NAME.pt2, whose parameter is z, NAME.npz with
its inputs, its result and z's gradient for the sum of the result. One rank, and two that split z either way.
"""

import argparse
import pathlib
import subprocess
import sys

import numpy as np

PLACEMENTS = {"tp=1": "replicate", "tp=2": "shard(1)", "tp=3": "shard(0)"}
#: f32 rounds what some functions cancel; f64 shows every slope (torch has the parameter of celu in f32)
TOLERANCES = {"float32": 2e-5, "float64": 2e-7}


def run(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\nexited with {done.returncode}\n{done.stderr[-1500:]}")


def main():
    parser = argparse.ArgumentParser(description="compare gradients with PyTorch's")
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("scratch", type=pathlib.Path)
    options = parser.parse_args()
    options.scratch.mkdir(parents=True, exist_ok=True)
    spec, plan = options.scratch / "train.yaml", options.scratch / "plan.yaml"
    spec.write_text("loss: {kind: sum, output: y}\noptimizer: {kind: sgd, lr: 0.0}\nreturn: [loss, grads]\n")
    count = failed = 0
    for arrays in sorted(options.folder.glob("*.npz")):
        with np.load(arrays) as file:
            values = {name: file[name] for name in file.files}
        np.savez(options.scratch / "in.npz", target=values["target"], weight=values["weight"])
        wanted = values["gradient"]
        for mesh, placement in PLACEMENTS.items():
            plan.write_text(f"placements: {{z: {placement}}}\n")
            run([options.bin / "dtc-compile", arrays.with_suffix(".pt2"), "-o", options.scratch / "bundle", "--train", spec,
                 "--plan", plan, "--mesh", mesh, "--input-names", "target,weight", "--output-names", "y"])
            run([options.bin / "dtc-run", options.scratch / "bundle", "--input", options.scratch / "in.npz", "--output",
                 options.scratch / "out.npz"])
            with np.load(options.scratch / "out.npz") as results:
                loss, found = results["loss"].reshape(()), results["grad.z"]
            tolerance = TOLERANCES[wanted.dtype.name]
            allowed = tolerance * np.maximum(np.abs(wanted), 1)
            agrees = bool((np.abs(found - wanted) <= allowed).all()) and bool(
                abs(loss - values["y"].sum()) <= tolerance * np.abs(values["y"]).sum())
            count += 1
            failed += not agrees
            if not agrees:
                print(f"{arrays.name} on {mesh}: loss {loss}, expected {values['y'].sum()}; gradient\n{found}\nexpected\n{wanted}")
    print(f"{count - failed} of {count} agree")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
