#!/usr/bin/env python3
"""A model that was exported with dropout in training mode: the same step on any number of ranks.

    torch_dropout.py --bin build/bin SCRATCH

1. Writes an archive of y = dropout(relu(x W1)) W2 with a ratio of 0.5, and one with a ratio of 0.
2. Compiles a training step of each for one rank and, split by columns and rows, for two and four, and runs it.
3. All ranks' loss and gradients must agree with one rank's. Every hidden unit of a row is dropped or doubled, so that the
   gradients of W2's rows lie between none and twice those without dropout, and are not the same.
"""

import argparse
import pathlib
import subprocess
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Hostile" / "Inputs"))
from torch_archive import archive, members, meta, node, payload, program, tensor  # noqa: E402

ROWS, INNER, HIDDEN = 6, 4, 8


def model(ratio, arrays):
    """The bytes of an archive with those weights."""
    nodes = [node("aten.matmul.default", {"self": tensor("x"), "other": tensor("p_first")}, ["h"]),
             node("aten.relu.default", {"self": tensor("h")}, ["a"]),
             node("aten.dropout.default", {"input": tensor("a"), "p": {"as_float": ratio}, "train": {"as_bool": True}}, ["d"]),
             node("aten.matmul.default", {"self": tensor("d"), "other": tensor("p_second")}, ["y"])]
    shapes = {"x": meta([ROWS, INNER]), "p_first": meta([INNER, HIDDEN]), "p_second": meta([HIDDEN, INNER]),
              "h": meta([ROWS, HIDDEN]), "a": meta([ROWS, HIDDEN]), "d": meta([ROWS, HIDDEN]), "y": meta([ROWS, INNER])}
    text = program(nodes, shapes=shapes, weights={"p_first": "first", "p_second": "second"})
    return archive(members(text, weights={
        name: payload(meta(list(array.shape)), path=f"weight_{name}") for name, array in arrays.items()},
        data={f"weight_{name}": array.tobytes() for name, array in arrays.items()}))


def run(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise SystemExit(f"{command[0]} exited with {done.returncode}\n{done.stderr[-1500:]}")


def step(options, name, ranks):
    """Loss and gradients of one training step."""
    folder = options.scratch
    bundle = folder / f"{name}.{ranks}"
    run([options.bin / "dtc-compile", folder / f"{name}.pt2", "-o", bundle, "--mesh", f"tp={ranks}", "--plan",
         folder / "plan.yaml", "--train", folder / "train.yaml", "--input-names", "x", "--output-names", "y"])
    run([options.bin / "dtc-run", bundle, "--input", folder / "input.npz", "--output", folder / "output.npz"])
    with np.load(folder / "output.npz") as arrays:
        return {key: arrays[key] for key in arrays.files if not key.startswith("param.")}


def main():
    parser = argparse.ArgumentParser(description="train with dropout on several meshes")
    parser.add_argument("scratch", type=pathlib.Path)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    options = parser.parse_args()
    options.scratch.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(4)
    arrays = {"first": random.random((INNER, HIDDEN), np.float32), "second": random.random((HIDDEN, INNER), np.float32)}
    for name, ratio in {"dropped": 0.5, "kept": 0.0}.items():
        (options.scratch / f"{name}.pt2").write_bytes(model(ratio, arrays))
    (options.scratch / "plan.yaml").write_text("placements: {first: shard(1), second: shard(0)}\n")
    (options.scratch / "train.yaml").write_text("loss: {kind: sum, output: y}\noptimizer: {kind: sgd, lr: 0.1}\n"
                                                "return: [loss, grads]\n")
    np.savez(options.scratch / "input.npz", x=random.random((ROWS, INNER), np.float32))
    one, kept = step(options, "dropped", 1), step(options, "kept", 1)
    for ranks in (2, 4):
        for key, value in step(options, "dropped", ranks).items():
            np.testing.assert_allclose(value, one[key], 1e-5, 1e-5, err_msg=f"{key} on {ranks} ranks")
    row, whole = one["grad.second"], kept["grad.second"]
    assert (row >= 0).all() and (row <= 2 * whole + 1e-5).all() and not np.allclose(row, whole), (row, whole)
    assert (one["grad.first"] > 0).any() and not np.allclose(one["grad.first"], kept["grad.first"])
    print("the same step on 1, 2 and 4 ranks")


if __name__ == "__main__":
    main()
