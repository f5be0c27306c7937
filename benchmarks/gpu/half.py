"""Turns an ONNX model of f32 into one of f16 or bf16, weights and all.

usage: half.py MODEL.onnx FOLDER f16|bf16        writes FOLDER/model.onnx and FOLDER/weights.bin

1. Weights, constants and casts to f32 become the smaller type; what f16 cannot hold becomes its largest number, so
   that masks stay finite; numbers that are too small, but not 0, become its smallest normal one, so that nothing is
   divided by 0.
2. Inputs and outputs of f32 are of the smaller type, too. Integers stay as they are.
3. Weights lie in one file, each at a multiple of 64 bytes.

Needs numpy and onnx.
"""

import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TYPES = {"f16": TensorProto.FLOAT16, "bf16": TensorProto.BFLOAT16}
#: Elements below which an initializer stays in the model's file.
FEW = 64


def bits(values, dtype):
    """The values in the smaller type, as its bits."""
    values = np.ascontiguousarray(values, np.float32)
    if dtype == "f16":
        limits = np.finfo(np.float16)
        small = (values != 0) & (np.abs(values) < limits.tiny)
        values = np.where(small, np.copysign(np.float32(limits.tiny), values), values)
        return np.clip(values, limits.min, limits.max).astype(np.float16).view(np.uint16)
    wide = values.view(np.uint32)
    return ((wide + 0x7FFF + ((wide >> 16) & 1)) >> 16).astype(np.uint16)


def small_tensor(name, values, dtype):
    """A tensor of the smaller type with its values inside."""
    return TensorProto(name=name, data_type=TYPES[dtype], dims=values.shape, raw_data=bits(values, dtype).tobytes())


class WeightsFile:
    """One file of external data."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.name = path.name

    def add(self, name, raw, data_type, shape):
        """Appends an array's bytes; the tensor that refers to them."""
        self.file.write(b"\0" * (-self.file.tell() % 64))
        tensor = TensorProto(name=name, data_type=data_type, dims=shape, data_location=TensorProto.EXTERNAL)
        for key, value in (("location", self.name), ("offset", self.file.tell()), ("length", len(raw))):
            tensor.external_data.add(key=key, value=str(value))
        self.file.write(raw)
        return tensor


def convert_attributes(node, dtype):
    """Constants inside nodes, and what casts cast to."""
    for attribute in node.attribute:
        if attribute.name == "to" and node.op_type == "Cast" and attribute.i == TensorProto.FLOAT:
            attribute.i = TYPES[dtype]
        elif attribute.HasField("t") and attribute.t.data_type == TensorProto.FLOAT:
            attribute.t.CopyFrom(small_tensor(attribute.t.name, numpy_helper.to_array(attribute.t), dtype))
        elif attribute.name in ("value_float", "value_floats"):
            values = attribute.f if attribute.name == "value_float" else list(attribute.floats)
            tensor = small_tensor("", np.array(values, np.float32), dtype)
            attribute.CopyFrom(helper.make_attribute("value", tensor))
        elif attribute.HasField("g"):
            raise ValueError(f"node '{node.name}': models with bodies are not converted")


def convert(path, folder, dtype):
    """Writes the model to `folder`; returns its path."""
    model = onnx.load(path)
    weights = WeightsFile(folder / "weights.bin")
    tensors = []
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        is_float = tensor.data_type == TensorProto.FLOAT
        if is_float and array.size >= FEW:
            tensors.append(weights.add(tensor.name, bits(array, dtype).tobytes(), TYPES[dtype], array.shape))
        elif is_float:
            tensors.append(small_tensor(tensor.name, array, dtype))
        else:
            tensors.append(numpy_helper.from_array(array, tensor.name))
    del model.graph.initializer[:]
    model.graph.initializer.extend(tensors)
    del model.graph.value_info[:]
    for node in model.graph.node:
        convert_attributes(node, dtype)
    for value in [*model.graph.input, *model.graph.output]:
        if value.type.tensor_type.elem_type == TensorProto.FLOAT:
            value.type.tensor_type.elem_type = TYPES[dtype]
    weights.file.close()
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    return folder / "model.onnx"


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[3] not in TYPES:
        sys.exit(__doc__)
    convert(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3])
