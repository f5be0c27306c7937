#!/usr/bin/env python3
"""Compares what training steps take with what the report says they will.

Trains an MLP stack, two decoder blocks and two convolutions for some steps on one and on several ranks: each rank's
`peak_memory_bytes` is within a tenth of the report's `peak`. The report does not count the copies of one image, in the
layout of a kernel, that a strided convolution makes: there it may be a fifth more.

    training_memory.py --bin build/bin --benchmarks benchmarks

Prints one line a mesh. Exit status: 0 all agree; 1 one does not. Needs numpy and onnx.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

BOUND, COPYING = 0.1, 0.2
SPLIT_BATCH = 'inputs: {"*": [shard(0), replicate]}\n'


def run(command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"'{command[0].name}' exited with {done.returncode}\n{done.stderr or done.stdout}")


def make_models(folder):
    """Folders with a model, a plan, a training spec and inputs, and the meshes to run each on."""
    import convolution_training
    import models
    from workloads import Workload
    stack = Workload("stack", "linears", layers=2, size=1024, inner=2048, batch=64, training=True)
    blocks = Workload("blocks", "decoder", layers=2, size=512, inner=2048, heads=8, batch=4, sequence=128, training=True)
    cases = [(models.make(stack, folder, None), ["tp=1", "tp=2", "dp=2,tp=2"]),
             (models.make(blocks, folder, None), ["tp=1", "tp=2", "dp=2,tp=1"])]
    for name, case in {"strided": ((7, 3, 512, 512), (96, 3, 4, 4), 4, 0, 1),
                       "depthwise": ((7, 64, 64, 128), (64, 1, 7, 7), 1, 3, 64)}.items():
        own = folder / name
        own.mkdir()
        convolution_training.write_model(case, own)
        x, cotangent = convolution_training.drawn(case, 0)
        np.savez(own / "input.npz", **{"x": x, "grad.y": cotangent})
        cases.append((own, ["tp=1", "tp=2"]))
    return cases


def worst_ratio(options, folder, mesh, scratch):
    """Measured over predicted, of the rank where they are furthest apart."""
    bundle, stats, plan = scratch / "bundle", scratch / "stats.json", folder / "plan.yaml"
    if "dp" in mesh:
        plan = scratch / "plan.yaml"
        plan.write_text((folder / "plan.yaml").read_text() + SPLIT_BATCH)
    run([options.bin / "dtc-compile", folder / "model.onnx", "--plan", plan, "--train", folder / "train.yaml", "--mesh",
         mesh, "-o", bundle])
    run([options.bin / "dtc-run", bundle, "--input", folder / "input.npz", "--steps", 3, "--stats", stats])
    predicted = json.loads((bundle / "report.json").read_text())["memory_per_rank"]
    measured = json.loads(stats.read_text())["ranks"]
    ratios = [m["peak_memory_bytes"] / p["peak"] for m, p in zip(measured, predicted)]
    return max(ratios, key=lambda ratio: abs(ratio - 1)), max(p["peak"] for p in predicted)


def main():
    parser = argparse.ArgumentParser(description="compare the memory of training steps with the report's")
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of dtc-compile and dtc-run")
    parser.add_argument("--benchmarks", type=pathlib.Path, required=True, help="the repository's benchmarks folder")
    options = parser.parse_args()
    sys.path.insert(0, str(options.benchmarks))
    failed = 0
    with tempfile.TemporaryDirectory(prefix="dtc-memory-") as temporary:
        for folder, meshes in make_models(pathlib.Path(temporary)):
            for mesh in meshes:
                with tempfile.TemporaryDirectory(prefix="dtc-memory-") as scratch:
                    ratio, predicted = worst_ratio(options, folder, mesh, pathlib.Path(scratch))
                agrees = abs(ratio - 1) <= (COPYING if folder.name == "strided" else BOUND)
                failed += not agrees
                print(f"{folder.name} {mesh} {'ok' if agrees else 'FAILED'}: {ratio:.3f} of the predicted "
                      f"{predicted / 2**20:.0f} MiB", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
