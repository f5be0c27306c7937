"""Writes a small model with multi-device annotations.

usage: annotated_model.py CASE FILE.onnx

y = Relu(x @ first) @ second, with shapes [4, 8] @ [8, 16], [16, 8]. CASE is one of the functions below: what is
annotated, and how.
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def make(devices=2, name="two", ir_version=11):
    rng = np.random.default_rng(1)
    weights = {"first": rng.standard_normal((8, 16)), "second": rng.standard_normal((16, 8))}
    nodes = [helper.make_node("MatMul", ["x", "first"], ["h"], name="up"),
             helper.make_node("Relu", ["h"], ["a"], name="act"),
             helper.make_node("MatMul", ["a", "second"], ["y"], name="down")]
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [4, 8])],
        [numpy_helper.from_array(value.astype(np.float32), key) for key, value in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=ir_version)
    configuration = model.configuration.add()
    configuration.name = name
    configuration.num_devices = devices
    return model


def annotate(model, node, tensor, devices, dims=(), groups=None, configuration=None):
    """`dims`: (axis, shards) or (axis, [(dim, shards), …])."""
    configuration = configuration or model.configuration[0].name
    node = next(n for n in model.graph.node if n.name == node)
    entries = [e for e in node.device_configurations if e.configuration_id == configuration]
    entry = entries[0] if entries else node.device_configurations.add()
    entry.configuration_id = configuration
    spec = entry.sharding_spec.add()
    spec.tensor_name = tensor
    spec.device.extend(devices)
    for key, members in (groups or {}).items():
        group = spec.index_to_device_group_map.add()
        group.key = key
        group.value.extend(members)
    for axis, shards in dims:
        sharded = spec.sharded_dim.add()
        sharded.axis = axis
        for extent, count in [(None, shards)] if isinstance(shards, int) else shards:
            simple = sharded.simple_sharding.add()
            simple.num_shards = count
            if isinstance(extent, int):
                simple.dim_value = extent
            elif extent:
                simple.dim_param = extent
    return model


def column_row():
    """The first weight by columns, the second by rows, with negative axes; a whole result."""
    model = annotate(make(), "up", "first", [0, 1], [(-1, 2)])
    annotate(model, "down", "second", [0, 1], [(-2, 2)])
    return annotate(model, "down", "y", [-1], groups={-1: [0, 1]})


def reshard():
    """A node that wants its operand otherwise than it was made, and an output that stays split."""
    model = annotate(make(), "up", "first", [0, 1], [(1, 2)])
    annotate(model, "act", "h", [0, 1], [(0, 2)])
    return annotate(model, "down", "y", [0, 1], [(0, 2)])


def grid():
    """Four devices: rows of x over pairs, columns of the first weight within them."""
    model = annotate(make(devices=4, name="four"), "up", "x", [-1, -2], [(0, 2)], {-1: [0, 1], -2: [2, 3]})
    annotate(model, "up", "first", [7, 9], [(1, 2)], {7: [0, 2], 9: [1, 3]})
    return annotate(model, "up", "h", [0, 1, 2, 3], [(0, 2), (1, 2)])


def fused():
    """Axes fused into one: 16 columns as 2 x 8, cut along the first; and as 4 x 4, cut whole and in halves."""
    model = annotate(make(), "up", "first", [0, 1], [(1, [(2, 2), (8, 1)])])
    return annotate(model, "down", "second", [0, 1], [(0, [(1, 1), (16, 2)])])


def two_configurations():
    model = column_row()
    configuration = model.configuration.add()
    configuration.name, configuration.num_devices = "four", 4
    annotate(model, "up", "first", [0, 1, 2, 3], [(1, 4)], configuration="four")
    return annotate(model, "down", "second", [0, 1, 2, 3], [(0, 4)], configuration="four")


def unused_configuration():
    return make()


def unknown_configuration():
    return annotate(make(), "up", "first", [0, 1], [(1, 2)], configuration="three")


def twice_configured():
    model = column_row()
    model.graph.node[0].device_configurations.add().configuration_id = "two"
    return model


def same_configuration():
    model = column_row()
    configuration = model.configuration.add()
    configuration.name, configuration.num_devices = "two", 2
    return model


def no_devices():
    return annotate(make(devices=0), "up", "first", [0, 1], [(1, 2)])


def device_names():
    model = column_row()
    model.configuration[0].device.append("gpu0")
    return model


def pipeline():
    model = column_row()
    model.graph.node[1].device_configurations.add().configuration_id = "two"
    model.graph.node[1].device_configurations[0].pipeline_stage = 1
    return model


def foreign_tensor():
    return annotate(make(), "up", "second", [0, 1], [(0, 2)])


def annotated_twice():
    return annotate(column_row(), "up", "first", [0, 1], [(0, 2)])


def axis_out_of_range():
    return annotate(make(), "up", "first", [0, 1], [(2, 2)])


def axis_twice():
    return annotate(make(devices=4, name="four"), "up", "first", [0, 1, 2, 3], [(1, 2), (-1, 2)])


def wrong_extent():
    return annotate(make(), "up", "first", [0, 1], [(1, [(12, 2)])])


def no_shards():
    return annotate(make(), "up", "first", [0, 1], [(1, 0)])


def no_sharding():
    return annotate(make(), "up", "first", [0, 1], [(1, [])])


def too_few_devices():
    return annotate(make(), "up", "first", [0], [(1, 2)])


def missing_device():
    return annotate(make(devices=4, name="four"), "up", "first", [0, 1], [(1, 2)])


def unknown_device():
    return annotate(make(), "up", "first", [0, 2], [(1, 2)])


def device_twice():
    return annotate(make(), "up", "first", [0, 0], [(1, 2)])


def group_twice():
    model = annotate(make(), "up", "first", [-1, 1], [(1, 2)], {-1: [0]})
    group = model.graph.node[0].device_configurations[0].sharding_spec[0].index_to_device_group_map.add()
    group.key = -1
    return model


def group_in_two_places():
    return annotate(make(), "up", "first", [-1] * 4, [(1, 2)], {-1: [0, 1]})


def other_order():
    return annotate(make(), "up", "first", [1, 0], [(1, 2)])


def strided():
    return annotate(make(), "up", "first", [0, 1], [(1, [(2, 1), (8, 2)])])


def uneven_fused():
    return annotate(make(), "up", "first", [0, 1], [(1, [(1, 2), (16, 1)])])


def unbound_fused():
    return annotate(make(), "up", "first", [0, 1], [(1, [("heads", 2), (8, 1)])])


def disagreement():
    """Two nodes that read the same weight, placed in two ways."""
    model = column_row()
    model.graph.node.add().CopyFrom(helper.make_node("MatMul", ["x", "first"], ["z"], name="again"))
    model.graph.output.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, [4, 16]))
    return annotate(model, "again", "first", [0, 1], [(0, 2)])


def bad_metadata():
    model = column_row()
    entry = model.metadata_props.add()
    entry.key, entry.value = "dtc.held.x", "split(0)"
    return model


def metadata_of_other_mesh():
    model = column_row()
    entry = model.metadata_props.add()
    entry.key, entry.value = "dtc.held.x", "[shard(0), replicate]"
    return model


if __name__ == "__main__":
    onnx.save(globals()[sys.argv[1]](), sys.argv[2])
