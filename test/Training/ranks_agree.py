#!/usr/bin/env python3
"""Makes training steps of inference fixtures and compares several ranks with one.

    ranks_agree.py --bin build/bin FOLDER...

For each fixture, on its own mesh and its further ones: a step of SGD on the mean squared error of its first output runs
globally, with all ranks simulated, and as the ranks' own programs; all results must agree within 1e-4. Prints a line a
mesh. Exit status: 0 all agree; 1 one does not. Needs numpy and onnx.
"""

import argparse
import json
import pathlib
import sys
import tempfile

from training_case import Failure, run, write_parameters


def check(options, folder, case, mesh, scratch):
    """One fixture on one mesh; raises Failure."""
    spec = scratch / "train.yaml"
    spec.write_text(f"loss: {{kind: mse, output: {case['outputs'][0]}}}\noptimizer: {{kind: sgd, lr: 0.1}}\n")
    dims = [word for name, value in case.get("dims", {}).items() for word in ("--dim", f"{name}={value}")]
    run([options.bin / "dtc-compile", folder / "model.onnx", *dims, "--plan", folder / "plan.yaml", "--train", spec,
         "--mesh", mesh, "--emit", "placed", "-o", scratch / "placed.mlir"])
    write_parameters(folder / "model.onnx", scratch / "parameters.npz")
    run([options.bin / "dtc-interpret", scratch / "placed.mlir", "--localize", "--tolerance", "1e-4", "--input",
         folder / "input.npz", "--parameters", scratch / "parameters.npz"])


def main():
    parser = argparse.ArgumentParser(description="compare training steps of several ranks with one")
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of dtc-compile and dtc-interpret")
    parser.add_argument("folders", type=pathlib.Path, nargs="+", help="fixtures")
    options = parser.parse_args()
    failed = 0
    for folder in options.folders:
        case = json.loads((folder / "case.json").read_text())
        for mesh in dict.fromkeys([case["mesh"], *case.get("more_meshes", [])]):
            with tempfile.TemporaryDirectory(prefix="dtc-ranks-") as temporary:
                try:
                    check(options, folder, case, mesh, pathlib.Path(temporary))
                    verdict = "ok"
                except Failure as failure:
                    failed += 1
                    verdict = f"FAILED: {failure}"
            print(f"{case['name']} {mesh} {verdict}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
