"""Writes a model of two layers with an activation between them, and what a training step of it takes.

usage: two_layers.py FOLDER relu|gelu
       two_layers.py --compare ONE.npz OTHER.npz

FOLDER gets model.onnx, plan.yaml, train.yaml and in.npz; gelu is the one by tanh. Some rows of the input are 0, and with
relu they are 0 before it. --compare ends with an error where arrays differ by more than rounding.
"""

import os
import sys

import numpy as np

ROWS, WIDTH, HIDDEN, RESULTS = 48, 64, 96, 40


def write(folder, activation):
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(5)

    def weight(name, *shape):
        return numpy_helper.from_array((random.standard_normal(shape) / 8).astype(np.float32), name)

    act = (helper.make_node("Relu", ["p"], ["h"]) if activation == "relu" else
           helper.make_node("Gelu", ["p"], ["h"], approximate="tanh"))
    nodes = [helper.make_node("MatMul", ["x", "net1.weight"], ["a"]), helper.make_node("Add", ["a", "net1.bias"], ["p"]),
             act, helper.make_node("MatMul", ["h", "net2.weight"], ["b"]),
             helper.make_node("Add", ["b", "net2.bias"], ["y"])]
    weights = [weight("net1.weight", WIDTH, HIDDEN), weight("net1.bias", HIDDEN),
               weight("net2.weight", HIDDEN, RESULTS), weight("net2.bias", RESULTS)]
    if activation == "relu":
        weights[1] = numpy_helper.from_array(np.zeros(HIDDEN, np.float32), "net1.bias")
    graph = helper.make_graph(nodes, "two_layers",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, [ROWS, WIDTH])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [ROWS, RESULTS])], weights)
    path = lambda name: os.path.join(folder, name)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)]), path("model.onnx"))
    with open(path("plan.yaml"), "w") as file:
        file.write("parallelize:\n  net1: colwise\n  net2: rowwise\n")
    with open(path("train.yaml"), "w") as file:
        file.write("loss: {kind: mse}\noptimizer: {kind: sgd, lr: 0.1}\n"
                   'trainable: ["net1.bias", "net1.weight", "net2.bias", "net2.weight"]\n')
    x = random.standard_normal((ROWS, WIDTH)).astype(np.float32)
    x[::5] = 0
    np.savez(path("in.npz"), x=x, target=random.standard_normal((ROWS, RESULTS)).astype(np.float32))


def compare(one, other):
    one, other = np.load(one), np.load(other)
    if sorted(one.files) != sorted(other.files) or not one.files:
        sys.exit(f"expected the same arrays, got {one.files} and {other.files}")
    for name in one.files:
        if not np.allclose(one[name], other[name], rtol=1e-4, atol=1e-6, equal_nan=True):
            sys.exit(f"'{name}': expected equal values, got a deviation of {np.abs(one[name] - other[name]).max()}")


if __name__ == "__main__":
    if sys.argv[1] == "--compare":
        compare(*sys.argv[2:])
    else:
        write(*sys.argv[1:])
