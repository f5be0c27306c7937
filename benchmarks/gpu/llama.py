"""A Llama-shaped decoder layer as an ONNX model: RMS norms, rotary positions, grouped heads, a gated MLP.

The weights are a repeated block of random numbers: they are for times, and a large file is made quickly.
"""

import math

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import half

#: Numbers of the block that weights repeat.
BLOCK = 1 << 20


def rotary_tables(workload):
    """Cosines and sines [1, sequence, width / 2]."""
    width = workload.size // workload.heads
    frequency = 1 / 10000 ** (np.arange(0, width, 2) / width)
    angles = np.outer(np.arange(workload.sequence), frequency)[None]
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)


def weight_shapes(workload):
    """Part -> [in, out]."""
    keys = workload.size // workload.heads * workload.key_heads
    return {"q": (workload.size, workload.size), "k": (workload.size, keys), "v": (workload.size, keys),
            "o": (workload.size, workload.size), "gate": (workload.size, workload.inner),
            "up": (workload.size, workload.inner), "down": (workload.inner, workload.size)}


def make_nodes(workload):
    nodes = []

    def add(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def heads(part, value):
        product = add("MatMul", [value, f"{part}.weight"], f"{part}.product")
        split = add("Reshape", [product, "keys_shape" if part in "kv" else "split_shape"], f"{part}.split")
        return add("Transpose", [split], f"{part}.heads", perm=[0, 2, 1, 3])

    def turned(part, value):
        return add("RotaryEmbedding", [heads(part, value), "cos", "sin"], f"{part}.turned")

    normed = add("RMSNormalization", ["x", "norm1.weight"], "norm1", axis=-1, epsilon=1e-5)
    mixed = add("Attention", [turned("q", normed), turned("k", normed), heads("v", normed)], "mixed", is_causal=1)
    merged = add("Reshape", [add("Transpose", [mixed], "mixed.rows", perm=[0, 2, 1, 3]), "merged_shape"], "merged")
    middle = add("Add", ["x", add("MatMul", [merged, "o.weight"], "o")], "middle")
    normed = add("RMSNormalization", [middle, "norm2.weight"], "norm2", axis=-1, epsilon=1e-5)
    gate = add("MatMul", [normed, "gate.weight"], "gate")
    gated = add("Mul", [gate, add("Sigmoid", [gate], "gate.sigmoid")], "gated")
    inner = add("Mul", [gated, add("MatMul", [normed, "up.weight"], "up")], "inner")
    add("Add", [middle, add("MatMul", [inner, "down.weight"], "down")], "y")
    return nodes


def write(workload, folder, dtype):
    """Writes folder/model.onnx and folder/weights.bin; returns the model's path."""
    block = np.random.default_rng(2).uniform(-0.05, 0.05, BLOCK).astype(np.float32)
    data_type = half.TYPES.get(dtype, TensorProto.FLOAT)
    block = half.bits(block, dtype) if dtype in half.TYPES else block
    weights = half.WeightsFile(folder / "weights.bin")
    width = workload.size // workload.heads
    tensors = [weights.add(f"{part}.weight", np.resize(block, math.prod(shape)).tobytes(), data_type, shape)
               for part, shape in weight_shapes(workload).items()]
    small = {"norm1.weight": np.ones(workload.size, np.float32), "norm2.weight": np.ones(workload.size, np.float32)}
    small["cos"], small["sin"] = rotary_tables(workload)
    for name, values in small.items():
        tensors.append(half.small_tensor(name, values, dtype) if dtype in half.TYPES
                       else numpy_helper.from_array(values, name))
    shapes = {"split_shape": [workload.batch, workload.sequence, workload.heads, width],
              "keys_shape": [workload.batch, workload.sequence, workload.key_heads, width],
              "merged_shape": [workload.batch, workload.sequence, workload.size]}
    tensors += [numpy_helper.from_array(np.array(shape, np.int64), name) for name, shape in shapes.items()]
    weights.file.close()
    value = [helper.make_tensor_value_info(name, data_type, shapes["merged_shape"]) for name in "xy"]
    graph = helper.make_graph(make_nodes(workload), "layer", value[:1], value[1:], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=11)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    return folder / "model.onnx"
