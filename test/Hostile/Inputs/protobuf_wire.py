"""ONNX messages byte by byte, for files that no library would write.

A message is bytes; `field` encloses one in a field of another. Numbers are the field numbers of onnx.proto.
"""


def varint(value):
    """An unsigned number, seven bits a byte."""
    value &= (1 << 64) - 1
    coded = bytearray()
    while value > 127:
        coded.append(value & 127 | 128)
        value >>= 7
    coded.append(value)
    return bytes(coded)


def field(number, body):
    """A field of a message: bytes and text with their length, integers as varint."""
    if isinstance(body, int):
        return varint(number << 3) + varint(body)
    body = body.encode() if isinstance(body, str) else body
    return varint(number << 3 | 2) + varint(len(body)) + body


def node(op, inputs, outputs, *attributes, name=""):
    """A NodeProto."""
    return (b"".join(field(1, i) for i in inputs) + b"".join(field(2, o) for o in outputs) +
            (field(3, name) if name else b"") + field(4, op) + b"".join(field(5, a) for a in attributes))


def value_info(name, shape, element=1):
    """A ValueInfoProto of a tensor."""
    dims = b"".join(field(1, field(1, extent)) for extent in shape)
    return field(1, name) + field(2, field(1, field(1, element) + field(2, dims)))


def graph(nodes, inputs, outputs, initializers=()):
    """A GraphProto of encoded parts."""
    return (b"".join(field(1, n) for n in nodes) + field(2, "g") + b"".join(field(5, t) for t in initializers) +
            b"".join(field(11, i) for i in inputs) + b"".join(field(12, o) for o in outputs))


def model(encoded_graph, opset=20):
    """A ModelProto of IR version 10."""
    return field(1, 10) + field(8, field(1, "") + field(2, opset)) + field(7, encoded_graph)
