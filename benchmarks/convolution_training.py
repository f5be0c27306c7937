#!/usr/bin/env python3
"""Trains two convolutions for ten steps, split on their width, and compares weights and step times.

1. Make each case's folder: one convolution with weights of ones and biases of zeros, ten steps' inputs and cotangents.
2. Train it with dtc on one rank and on several; a step is forward, loss, gradients of weight, bias and input, and SGD.
3. Compare weights and biases after the last step with one rank's, and with a reference: PyTorch on as many threads as
   ranks at full size, sums of products in numpy at small size. Mean squared errors, absolute and relative, are at most
   1e-6.
4. Print a table: milliseconds a step of dtc and of each peer, median of the steps after the first two.

    benchmarks/convolution_training.py --bin build/bin                both at full size, minutes and 5 GB of disk
    benchmarks/convolution_training.py --bin build/bin --scale small  no peers, a second

Exit status: 0 all errors are small enough; 1 one is not, or a program failed.
"""

import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
STEPS, RATE, BOUND = 10, 0.001, 1e-6
PARAMETERS = ("conv.weight", "conv.bias")

#: Input, weight, stride, padding and groups by scale and name.
CASES = {
    "full": {"downsampling": ((7, 3, 512, 1024), (256, 3, 4, 4), 4, 0, 1),
             "depthwise": ((7, 256, 128, 256), (256, 1, 7, 7), 1, 3, 256)},
    "small": {"downsampling": ((3, 3, 32, 64), (16, 3, 4, 4), 4, 0, 1),
              "depthwise": ((3, 16, 16, 32), (16, 1, 7, 7), 1, 3, 16)}}


class Failure(Exception):
    """A program that failed or numbers that differ; the message is printed."""


def run(command, environment=None):
    """Runs one program; a non-zero status is a Failure with the end of what it wrote."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        tail = "\n    ".join((done.stderr or done.stdout).strip().splitlines()[-5:])
        raise Failure(f"'{pathlib.Path(str(command[0])).name}' exited with {done.returncode}\n    {tail}")
    return done.stdout


def result_shape(case):
    (batch, _, *extents), weight, stride, padding, _ = case
    return (batch, weight[0], *((e + 2 * padding - weight[2]) // stride + 1 for e in extents))


def write_model(case, folder):
    """model.onnx, plan.yaml and train.yaml of one convolution."""
    import onnx
    from onnx import helper, numpy_helper
    shape, weight, stride, padding, groups = case
    node = helper.make_node("Conv", ["x", *PARAMETERS], ["y"], name="conv", kernel_shape=weight[2:],
                            strides=[stride] * 2, pads=[padding] * 4, group=groups)
    values = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, extents)
              for name, extents in (("x", shape), ("y", result_shape(case)))]
    arrays = [np.ones(weight, np.float32), np.zeros(weight[0], np.float32)]
    graph = helper.make_graph([node], "convolution", values[:1], values[1:],
                              [numpy_helper.from_array(a, name) for a, name in zip(arrays, PARAMETERS)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    (folder / "plan.yaml").write_text('inputs: {x: shard(3), "grad.y": shard(3)}\n')
    (folder / "train.yaml").write_text("loss: {kind: cotangent, output: y}\n"
                                       f"optimizer: {{kind: sgd, lr: {RATE}}}\nreturn: [loss, input_grads]\n")


def drawn(case, step):
    """Input and cotangent of one step."""
    generator = np.random.default_rng(step)
    return (generator.random(case[0], np.float32),
            generator.random(result_shape(case), np.float32) * np.float32(1e-3))


def write_steps(case, path):
    """The inputs of all steps as an npz, one step in memory at a time."""
    shapes = {"x": case[0], "grad.y": result_shape(case)}
    with zipfile.ZipFile(path, "w") as archive:
        for place, (name, shape) in enumerate(shapes.items()):
            with archive.open(name + ".npy", "w", force_zip64=True) as file:
                header = {"descr": "<f4", "fortran_order": False, "shape": (STEPS, *shape)}
                np.lib.format.write_array_header_2_0(file, header)
                for step in range(STEPS):
                    file.write(drawn(case, step)[place].data)


def train(options, folder, ranks):
    """(parameters after all steps, seconds of each step) of dtc."""
    bundle, output, stats = folder / "bundle", folder / "trained.safetensors", folder / "stats.json"
    run([options.bin / "dtc-compile", folder / "model.onnx", "--plan", folder / "plan.yaml", "--train",
         folder / "train.yaml", "--mesh", f"tp={ranks}", "-o", bundle])
    run([options.bin / "dtc-run", bundle, "--input", folder / "input.npz", "--steps", STEPS, "--save-params", output,
         "--stats", stats])
    import safetensors_file
    arrays = {name: np.array(a) for name, a in safetensors_file.read(output).items()}
    per_rank = json.loads(stats.read_text())["ranks"]
    shutil.rmtree(bundle)
    return arrays, [max(times) for times in zip(*(rank["step_seconds"] for rank in per_rank))]


def products(case):
    """The parameters by sums of products in 64 bits: gradients do not depend on them."""
    _, weight, stride, padding, groups = case
    trained = [np.ones(weight), np.zeros(weight[0])]
    for step in range(STEPS):
        x, cotangent = (a.astype(np.float64) for a in drawn(case, step))
        x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
        x = x.reshape(x.shape[0], groups, -1, *x.shape[2:])
        split = cotangent.reshape(x.shape[0], groups, -1, *cotangent.shape[2:])
        ends = [stride * (extent - 1) + 1 for extent in split.shape[3:]]
        for row in range(weight[2]):
            for column in range(weight[3]):
                window = x[:, :, :, row:row + ends[0]:stride, column:column + ends[1]:stride]
                gradient = np.einsum("ngohw,ngchw->goc", split, window)
                trained[0][:, :, row, column] -= RATE * gradient.reshape(weight[:2])
        trained[1] -= RATE * cotangent.sum((0, 2, 3))
    return dict(zip(PARAMETERS, trained))


def peer(options, folder, case, ranks):
    """(parameters, seconds) of PyTorch: eager on as many threads as ranks or, with `ranks`, split by DTensor."""
    output = folder / "peer.npz"
    (folder / "case.json").write_text(json.dumps({"case": case, "ranks": ranks, "threads": options.ranks}))
    run([sys.executable, HERE / "peer_convolution.py", folder / "case.json", output])
    with np.load(output) as arrays:
        return {name: arrays[name] for name in PARAMETERS}, list(arrays["seconds"])


def check(name, got, wanted):
    """The largest mean squared error, absolute or relative; Failure where it is above the bound."""
    worst = 0.0
    for parameter in PARAMETERS:
        want = wanted[parameter].astype(np.float64)
        apart = got[parameter].astype(np.float64) - want
        for error in (np.mean(apart ** 2), np.mean((apart / (np.abs(want) + 1e-8)) ** 2)):
            if not error <= BOUND:
                raise Failure(f"{name}, '{parameter}': expected a mean squared error of at most {BOUND}, "
                              f"got {error:.1e}")
            worst = max(worst, float(error))
    return worst


def measure(options, name, folder):
    """One case: prints its line of the table."""
    case = CASES[options.scale][name]
    write_model(case, folder)
    write_steps(case, folder / "input.npz")
    single, times = train(options, folder, 1)
    columns, errors = {"dtc 1 rank": times}, {}
    several, columns[f"dtc {options.ranks} ranks"] = train(options, folder, options.ranks)
    errors["one rank"] = check("against one rank", several, single)
    (folder / "input.npz").unlink()
    if options.scale == "small":
        errors["numpy"] = check("against numpy", several, products(case))
    for peer_name, ranks in (("torch", 1), ("torch dtensor", options.ranks)):
        if peer_name in options.peers:
            wanted, columns[peer_name] = peer(options, folder, case, ranks)
            errors[peer_name] = check(f"against {peer_name}", several, wanted)
    cells = [f"{label} {statistics.median(seconds[2:]) * 1e3:.1f} ms" for label, seconds in columns.items()]
    apart = [f"{error:.1e} to {label}" for label, error in errors.items()]
    print(f"{name} ({options.scale}): a step {', '.join(cells)}; mean squared errors {', '.join(apart)}", flush=True)


def main():
    parser = argparse.ArgumentParser(description="train two convolutions split on their width")
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of dtc-compile and dtc-run")
    parser.add_argument("--scale", choices=sorted(CASES), default="full")
    parser.add_argument("--cases", default="downsampling,depthwise", help="which, by name")
    parser.add_argument("--ranks", type=int, default=2, help="of the split steps; PyTorch's threads")
    parser.add_argument("--peers", help="among torch and 'torch dtensor'; default: both at full size")
    parser.add_argument("--folder", type=pathlib.Path, help="where inputs are written")
    options = parser.parse_args()
    default = "torch,torch dtensor" if options.scale == "full" else ""
    options.peers = (default if options.peers is None else options.peers).split(",")
    for name in options.cases.split(","):
        with tempfile.TemporaryDirectory(prefix="dtc-convolution-", dir=options.folder) as folder:
            try:
                measure(options, name, pathlib.Path(folder))
            except Failure as failure:
                print(f"{name} ({options.scale}) FAILED: {failure}", flush=True)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
