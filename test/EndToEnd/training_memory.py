#!/usr/bin/env python3
"""Compares what training steps take with what the report says they will, and with what they must keep.

Trains the benchmarks' MLP stack, with and without returned gradients, two decoder blocks and three convolutions for some
steps on one and on several ranks:

1. Each rank's `peak_memory_bytes` is within a tenth of the report's `peak`.
2. The stack's is at most 1.2 times the rank's parameters, gradients and the activations that the backward pass reads.

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

AGREEMENT, MOST = 0.1, 1.2
SPLIT_BATCH = 'inputs: {"*": [shard(0), replicate]}\n'
RETURNED = "return: [loss, grads]"
LAYERS, SIZE, INNER, BATCH = 4, 1024, 4096, 64

#: Input, weight, stride, padding and groups of the convolutions.
CONVOLUTIONS = {"strided": ((7, 3, 512, 512), (96, 3, 4, 4), 4, 0, 1),
                "overlapping": ((4, 32, 128, 256), (96, 32, 3, 3), 2, 1, 1),
                "depthwise": ((7, 64, 64, 128), (64, 1, 7, 7), 1, 3, 64)}


def run(command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"'{command[0].name}' exited with {done.returncode}\n{done.stderr or done.stdout}")


def axis_sizes(mesh):
    sizes = {"dp": 1, "tp": 1}
    sizes.update((name, int(size)) for name, size in (axis.split("=") for axis in mesh.split(",")))
    return sizes


def read_by_stack(mesh):
    """Bytes of activations that a rank's backward pass of the stack reads: every product's left operand, whole or split
    by columns, and the loss's."""
    sizes = axis_sizes(mesh)
    columns = LAYERS * (SIZE + INNER // sizes["tp"]) + 2 * SIZE
    return BATCH // sizes["dp"] * columns * 4


def make_models(folder):
    """Names, folders with a model, a plan, a training spec and inputs, and the meshes to run each on."""
    import convolution_training
    import models
    from workloads import Workload
    stack = Workload("stack", "linears", layers=LAYERS, size=SIZE, inner=INNER, batch=BATCH, training=True)
    blocks = Workload("blocks", "decoder", layers=2, size=512, inner=2048, heads=8, batch=4, sequence=128, training=True)
    own = models.make(stack, folder, None)
    yield "stack", own, ["tp=1", "tp=2", "dp=2,tp=2"]
    spec = own / "train.yaml"
    spec.write_text(spec.read_text().replace("return: [loss]", RETURNED))
    yield "stack with gradients", own, ["tp=1", "tp=2"]
    yield "blocks", models.make(blocks, folder, None), ["tp=1", "tp=2", "dp=2,tp=1"]
    for name, case in CONVOLUTIONS.items():
        own = folder / name
        own.mkdir()
        convolution_training.write_model(case, own)
        x, cotangent = convolution_training.drawn(case, 0)
        np.savez(own / "input.npz", **{"x": x, "grad.y": cotangent})
        yield name, own, ["tp=1", "tp=2"]


def memory_of(options, folder, mesh, scratch):
    """What the report says of each rank, and each rank's measured peak."""
    bundle, stats, plan = scratch / "bundle", scratch / "stats.json", folder / "plan.yaml"
    if "dp" in mesh:
        plan = scratch / "plan.yaml"
        plan.write_text((folder / "plan.yaml").read_text() + SPLIT_BATCH)
    run([options.bin / "dtc-compile", folder / "model.onnx", "--plan", plan, "--train", folder / "train.yaml", "--mesh",
         mesh, "-o", bundle])
    run([options.bin / "dtc-run", bundle, "--input", folder / "input.npz", "--steps", 3, "--stats", stats])
    predicted = json.loads((bundle / "report.json").read_text())["memory_per_rank"]
    return predicted, [rank["peak_memory_bytes"] for rank in json.loads(stats.read_text())["ranks"]]


def check(name, mesh, predicted, measured):
    """Prints a line; whether the memory is as it should be."""
    ratios = [m / p["peak"] for m, p in zip(measured, predicted)]
    ratio = max(ratios, key=lambda ratio: abs(ratio - 1))
    agrees = abs(ratio - 1) <= AGREEMENT
    line = f"{ratio:.3f} of the predicted {max(p['peak'] for p in predicted) / 2**20:.0f} MiB"
    if name.startswith("stack"):
        # A gradient is as large as its parameter.
        share = max(m / (2 * p["weights"] + read_by_stack(mesh)) for m, p in zip(measured, predicted))
        agrees = agrees and share <= MOST
        line += f", {share:.3f} of parameters, gradients and saved activations"
    print(f"{name} {mesh} {'ok' if agrees else 'FAILED'}: {line}", flush=True)
    return agrees


def main():
    parser = argparse.ArgumentParser(description="compare the memory of training steps with the report's")
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of dtc-compile and dtc-run")
    parser.add_argument("--benchmarks", type=pathlib.Path, required=True, help="the repository's benchmarks folder")
    options = parser.parse_args()
    sys.path.insert(0, str(options.benchmarks))
    agree = True
    with tempfile.TemporaryDirectory(prefix="dtc-memory-") as temporary:
        for name, folder, meshes in make_models(pathlib.Path(temporary)):
            for mesh in meshes:
                with tempfile.TemporaryDirectory(prefix="dtc-memory-") as scratch:
                    agree &= check(name, mesh, *memory_of(options, folder, mesh, pathlib.Path(scratch)))
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
