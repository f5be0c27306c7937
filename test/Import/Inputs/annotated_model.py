"""Writes a model whose node carries a device configuration.

usage: annotated_model.py FILE.onnx
"""

import sys

import onnx
from onnx import TensorProto, helper

node = helper.make_node("Relu", ["x"], ["y"])
node.device_configurations.add().configuration_id = "two"
graph = helper.make_graph(
    [node], "g",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, [4])])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=11)
configuration = model.configuration.add()
configuration.name = "two"
configuration.num_devices = 2
onnx.save(model, sys.argv[1])
