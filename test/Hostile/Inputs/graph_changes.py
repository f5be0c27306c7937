"""Random changes of an ONNX model that keep it a readable message: another op, other wires, other numbers."""

import onnx

OPS = ["Add", "Mul", "Relu", "MatMul", "Gemm", "Softmax", "Transpose", "Reshape", "Concat", "Slice", "Gather", "Split",
       "Expand", "Unsqueeze", "Squeeze", "ReduceSum", "ReduceMean", "LayerNormalization", "Conv", "Flatten", "Shape",
       "Cast", "Where", "Pow", "Erf", "Identity", "Constant", "ConstantOfShape", "Range", "Tile", "Pad", "If", "Loop",
       "GatherElements", "ScatterND", "CumSum", "TopK", "Trilu", "MaxPool", "AveragePool", "BatchNormalization"]
#: ops that often fit where another one was
ALIKE = {1: ["Relu", "Tanh", "Sigmoid", "Erf", "Exp", "Neg", "Abs", "Softmax", "Identity", "Transpose", "Gelu", "Shape",
             "ReduceSum", "Flatten", "Not", "Sqrt"],
         2: ["Add", "Sub", "Mul", "Div", "Pow", "MatMul", "Max", "Min", "Gemm", "Equal", "Reshape", "Gather", "Concat",
             "Expand", "Mod", "ReduceMax"]}
NUMBERS = [-(1 << 63), -(1 << 32), -3, -2, -1, 0, 1, 2, 3, 7, 64, 65537, 1 << 31, 1 << 44, 1 << 62, (1 << 63) - 1]
ATTRIBUTES = ["axis", "axes", "perm", "to", "keepdims", "alpha", "transB", "group", "pads", "strides", "num_outputs",
              "epsilon", "value", "batch_dims", "allowzero"]


def values_of(graph):
    """The name of every value of a graph."""
    return [name for node in graph.node for name in node.output] + [x.name for x in graph.input] + [
        x.name for x in graph.initializer] + [""]


def change_op(graph, choose):
    node = choose.choice(graph.node)
    alike = ALIKE.get(len(node.input), OPS)
    if choose.random() < 0.7:
        # Attributes of the old op would be refused first.
        del node.attribute[:]
        node.op_type = choose.choice(alike)
    else:
        node.op_type = choose.choice(OPS)


def change_wire(graph, choose):
    node = choose.choice(graph.node)
    names = choose.choice([node.input, node.input, node.output])
    if names:
        names[choose.randrange(len(names))] = choose.choice(values_of(graph))


def add_wire(graph, choose):
    choose.choice(graph.node).input.append(choose.choice(values_of(graph)))


def remove_wire(graph, choose):
    node = choose.choice(graph.node)
    if node.input:
        del node.input[choose.randrange(len(node.input))]


def remove_node(graph, choose):
    del graph.node[choose.randrange(len(graph.node))]


def repeat_node(graph, choose):
    graph.node.append(choose.choice(graph.node))


def exchange_nodes(graph, choose):
    a, b = choose.randrange(len(graph.node)), choose.randrange(len(graph.node))
    first = onnx.NodeProto()
    first.CopyFrom(graph.node[a])
    graph.node[a].CopyFrom(graph.node[b])
    graph.node[b].CopyFrom(first)


def change_attribute(graph, choose):
    attributes = [a for node in graph.node for a in node.attribute]
    if not attributes:
        return add_attribute(graph, choose)
    attribute = choose.choice(attributes)
    if attribute.ints:
        attribute.ints[choose.randrange(len(attribute.ints))] = choose.choice(NUMBERS + [0, 1, 2, 3] * 5)
    else:
        attribute.i = choose.choice(NUMBERS + [-1, 0, 1, 2] * 6)
        attribute.f = choose.choice([0.0, -1.0, 1e38, float("inf"), float("nan")])


def add_attribute(graph, choose):
    value = choose.choice([choose.choice(NUMBERS), [choose.choice(NUMBERS) for _ in range(choose.randint(1, 4))], 0.5,
                           "word"])
    choose.choice(graph.node).attribute.append(onnx.helper.make_attribute(choose.choice(ATTRIBUTES), value))


def change_initializer(graph, choose):
    if not graph.initializer:
        return
    tensor = choose.choice(graph.initializer)
    if tensor.dims and choose.random() < 0.5:
        tensor.dims[choose.randrange(len(tensor.dims))] = choose.choice(NUMBERS)
    elif choose.random() < 0.5:
        tensor.data_type = choose.randrange(26)
    elif tensor.data_type == onnx.TensorProto.INT64 and len(tensor.raw_data) >= 8:
        # Shapes, axes and indices.
        data = bytearray(tensor.raw_data)
        at = 8 * choose.randrange(len(data) // 8)
        data[at:at + 8] = (choose.choice(NUMBERS) & ((1 << 64) - 1)).to_bytes(8, "little")
        tensor.raw_data = bytes(data)
    else:
        tensor.name = choose.choice(values_of(graph))


def change_input(graph, choose):
    shape = choose.choice(graph.input).type.tensor_type
    if shape.shape.dim and choose.random() < 0.7:
        choose.choice(shape.shape.dim).dim_value = choose.choice(NUMBERS + [1, 2, 3, 5, 8] * 5)
    else:
        shape.elem_type = choose.randrange(26)


CHANGES = [change_op, change_wire, add_wire, remove_wire, remove_node, repeat_node, exchange_nodes, change_attribute,
           change_attribute, add_attribute, change_initializer, change_initializer, change_input]


def change_graph(data, choose):
    """The model's bytes after one to three changes of its graph."""
    model = onnx.ModelProto.FromString(bytes(data))
    for _ in range(choose.randint(1, 3)):
        if model.graph.node:
            choose.choice(CHANGES)(model.graph, choose)
    return model.SerializeToString()
