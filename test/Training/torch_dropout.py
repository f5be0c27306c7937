#!/usr/bin/env python3
"""A model that was exported with dropout in training mode: the same steps on any mesh, each with numbers of its own.

    torch_dropout.py --bin build/bin [--target cuda] SCRATCH

1. Writes an archive of y = dropout(relu(x W1)) W2 with a ratio of 0.5, and one with a ratio of 0.
2. One step: all meshes' loss and gradients agree with one rank's. Every hidden unit of a row is dropped or doubled, so
   that the gradients of W2's rows lie between none and twice those without dropout, and are not the same.
3. Five steps with a rate of 0 on one input: each has another loss, the first that of one step alone.
4. Five steps of two optimizers: every mesh's losses, gradients and parameters are those of one rank and those of the
   interpreter, and those of two steps and, from their checkpoint, three more.
5. A checkpoint that lacks the count of steps is refused; the model for inference takes a whole one's parameters.
"""

import argparse
import json
import pathlib
import subprocess
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Hostile" / "Inputs"))
from torch_archive import archive, members, meta, node, payload, program, tensor  # noqa: E402

ROWS, INNER, HIDDEN = 6, 4, 8
STEPS, FIRST = 5, 2
ONE, MESHES = "tp=1", ["tp=2", "tp=4", "dp=2,tp=2"]
OPTIMIZERS = {"still": "{kind: sgd, lr: 0.0}", "sgd": "{kind: sgd, lr: 0.01, momentum: 0.5}",
              "adamw": "{kind: adamw, lr: 0.01}"}


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
        raise SystemExit(f"{' '.join(map(str, command))}\nexited with {done.returncode}\n{done.stderr[-1500:]}")


class Training:
    """The training step of one model, optimizer and mesh."""

    def __init__(self, options, name, mesh, optimizer):
        self.bin, self.folder = options.bin, options.scratch
        self.stem = self.folder / f"{name}.{optimizer}.{mesh.replace('=', '').replace(',', '.')}"
        train = self.folder / f"{optimizer}.yaml"
        train.write_text(f"loss: {{kind: sum, output: y}}\noptimizer: {OPTIMIZERS[optimizer]}\n"
                         "return: [loss, grads, params]\n")
        plan = self.folder / f"{mesh.count('=')}.yaml"
        plan.write_text("placements: {first: shard(1), second: shard(0)}\n" if mesh.count("=") == 1 else
                        "placements: {first: [replicate, shard(1)], second: [replicate, shard(0)]}\n"
                        "inputs: {x: [shard(0), replicate]}\n")
        self.compile = [options.bin / "dtc-compile", self.folder / f"{name}.pt2", "--mesh", mesh, "--plan", plan, "--train",
                        train, "--target", options.target, "--input-names", "x", "--output-names", "y"]
        run([*self.compile, "-o", self.stem])

    def arrays(self):
        with np.load(self.folder / "output.npz") as arrays:
            return {key: arrays[key] for key in arrays.files}

    def run(self, steps, *arguments):
        """What the step returns."""
        run([self.bin / "dtc-run", self.stem, "--input", self.folder / "input.npz", "--output",
             self.folder / "output.npz", "--steps", steps, *arguments])
        return self.arrays()

    def continued(self):
        """The same in two parts."""
        checkpoint = self.folder / "saved.checkpoint.safetensors"
        first = self.run(FIRST, "--save-params", self.folder / "saved.safetensors", "--checkpoint-every", FIRST)
        last = self.run(STEPS - FIRST, "--params", checkpoint)
        return {**last, "loss": np.concatenate([first["loss"], last["loss"]])}

    def interpreted(self, steps):
        placed = self.stem.with_suffix(".mlir")
        run([*self.compile, "--emit", "placed", "-o", placed])
        run([self.bin / "dtc-interpret", placed, "--steps", steps, "--input", self.folder / "input.npz", "--parameters",
             self.folder / "weights.npz", "--output", self.folder / "output.npz", "--localize", "--tolerance", 1e-4])
        return self.arrays()


def refused(command, text):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120)
    assert done.returncode and text in done.stderr, (done.returncode, done.stderr)


def check_checkpoints(options):
    """Other states need the count of steps; the model for inference takes a checkpoint's parameters."""
    training = Training(options, "dropped", ONE, "adamw")
    wanted = training.run(FIRST, "--save-params", options.scratch / "c.safetensors", "--checkpoint-every", FIRST)
    checkpoint = options.scratch / "c.checkpoint.safetensors"
    with checkpoint.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    held = {name: np.frombuffer(data[slice(*entry["data_offsets"])], {"F32": "<f4", "F64": "<f8"}[entry["dtype"]]).reshape(
        entry["shape"]) for name, entry in header.items() if name != "__metadata__"}
    assert held.pop("optimizer.step") == FIRST
    np.savez(options.scratch / "stepless.npz", **held)
    run_step = [options.bin / "dtc-run", training.stem, "--input", options.scratch / "input.npz", "--steps", 1, "--output",
                options.scratch / "output.npz", "--params"]
    refused([*run_step, options.scratch / "stepless.npz"], "array 'optimizer.step' is missing: expected it beside")
    bundle = options.scratch / "inference"
    run([options.bin / "dtc-compile", options.scratch / "kept.pt2", "--mesh", ONE, "--plan", options.scratch / "1.yaml",
         "--target", options.target, "--input-names", "x", "--output-names", "y", "-o", bundle])
    run_model = [options.bin / "dtc-run", bundle, "--input", options.scratch / "input.npz", "--output",
                 options.scratch / "output.npz", "--params"]
    run([*run_model, checkpoint])
    with np.load(options.scratch / "output.npz") as output, np.load(options.scratch / "input.npz") as given:
        y = np.maximum(given["x"] @ wanted["param.first"], 0) @ wanted["param.second"]
        np.testing.assert_allclose(output["y"], y, 1e-5, 1e-5)
    np.savez(options.scratch / "other.npz", **held, momentum=np.zeros(3, np.float32))
    refused([*run_model, options.scratch / "other.npz"], "array 'momentum' is not a parameter of the program")


def agree(got, wanted, what):
    assert set(got) == set(wanted), (what, set(got), set(wanted))
    for key, value in wanted.items():
        np.testing.assert_allclose(got[key], value, 1e-5, 1e-5, err_msg=f"{key}, {what}")


def check_one_step(options, meshes):
    one = Training(options, "dropped", ONE, "sgd").run(1)
    kept = Training(options, "kept", ONE, "sgd").run(1)
    for mesh in meshes:
        agree(Training(options, "dropped", mesh, "sgd").run(1), one, f"one step on {mesh}")
    row, whole = one["grad.second"], kept["grad.second"]
    assert (row >= 0).all() and (row <= 2 * whole + 1e-5).all() and not np.allclose(row, whole), (row, whole)
    assert (one["grad.first"] > 0).any() and not np.allclose(one["grad.first"], kept["grad.first"])
    return one["loss"]


def check_steps(options, meshes, first):
    still = Training(options, "dropped", ONE, "still").run(STEPS)["loss"]
    assert len(set(still.tolist())) == STEPS, f"steps draw the same numbers: {still}"
    np.testing.assert_allclose(still[0], first, 1e-5)
    for optimizer in ("sgd", "adamw"):
        single = Training(options, "dropped", ONE, optimizer)
        wanted = single.run(STEPS)
        agree(single.interpreted(STEPS), wanted, f"{optimizer}, interpreted")
        agree(single.continued(), wanted, f"{optimizer}, continued")
        for mesh in meshes:
            training = Training(options, "dropped", mesh, optimizer)
            agree(training.run(STEPS), wanted, f"{optimizer} on {mesh}")
            agree(training.interpreted(STEPS), wanted, f"{optimizer} on {mesh}, interpreted")
            agree(training.continued(), wanted, f"{optimizer} on {mesh}, continued")


def main():
    parser = argparse.ArgumentParser(description="train with dropout on several meshes")
    parser.add_argument("scratch", type=pathlib.Path)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--target", default="cpu")
    parser.add_argument("--mesh", action="append", help="beside one rank; default: several")
    options = parser.parse_args()
    options.scratch.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(4)
    arrays = {"first": random.random((INNER, HIDDEN), np.float32), "second": random.random((HIDDEN, INNER), np.float32)}
    for name, ratio in {"dropped": 0.5, "kept": 0.0}.items():
        (options.scratch / f"{name}.pt2").write_bytes(model(ratio, arrays))
    np.savez(options.scratch / "weights.npz", **arrays)
    np.savez(options.scratch / "input.npz", x=random.random((ROWS, INNER), np.float32))
    meshes = options.mesh or MESHES
    check_steps(options, meshes, check_one_step(options, meshes))
    check_checkpoints(options)
    print(f"the same steps on {', '.join([ONE, *meshes])}")


if __name__ == "__main__":
    main()
