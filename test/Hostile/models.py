#!/usr/bin/env python3
"""Models that mean harm, through dtc-compile.

    models.py SCRATCH
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "Inputs"))
import protobuf_wire as wire  # noqa: E402
from attempt import Attempts  # noqa: E402

HUGE = 1 << 62
X, Y = wire.value_info("x", [2, 2]), wire.value_info("y", [2, 2])


def simple(nodes, inputs=(X,), outputs=(Y,), initializers=()):
    return wire.model(wire.graph(nodes, inputs, outputs, initializers))


def tensor(name, dims, data=b"", element=1, *more):
    """A TensorProto with raw data."""
    return b"".join(wire.field(1, d) for d in dims) + wire.field(2, element) + wire.field(8, name) + (
        wire.field(9, data) if data is not None else b"") + b"".join(more)


def attribute(name, kind, number, value):
    """An AttributeProto; `number` is the field that holds a value of this kind."""
    return wire.field(1, name) + wire.field(20, kind) + wire.field(number, value)


def integers(name, values):
    return wire.field(1, name) + wire.field(20, 7) + b"".join(wire.field(8, v) for v in values)


def nested(depth):
    """An If inside an If inside an If, built from the inside."""
    inner = wire.graph([wire.node("Relu", ["x"], ["r"])], [], [wire.value_info("r", [2, 2])])
    for level in range(depth):
        branch = wire.node("If", ["c"], [f"r{level}"], attribute("then_branch", 5, 6, inner),
                           attribute("else_branch", 5, 6, wire.graph([wire.node("Relu", ["x"], ["e"])], [], [
                               wire.value_info("e", [2, 2])])))
        inner = wire.graph([branch], [], [wire.value_info(f"r{level}", [2, 2])])
    return wire.model(inner + wire.field(11, X) + wire.field(11, wire.value_info("c", [], 9)))


def function(name, calls):
    """A FunctionProto of the domain d, from a to c."""
    return wire.field(25, wire.field(1, name) + wire.field(4, "a") + wire.field(5, "c") + b"".join(
        wire.field(7, call) for call in calls) + wire.field(9, wire.field(1, "") + wire.field(2, 20)) +
        wire.field(9, wire.field(1, "d") + wire.field(2, 1)) + wire.field(10, "d"))


def call(name, inputs, outputs):
    """A node that calls a function of the domain d."""
    return wire.node(name, inputs, outputs) + wire.field(7, "d")


def with_functions(*functions):
    return simple([call("F0", ["x"], ["y"])]) + wire.field(8, wire.field(1, "d") + wire.field(2, 1)) + b"".join(
        functions)


def doubling_functions(depth):
    """Each function calls the next twice: 2^depth nodes once inlined."""
    return with_functions(*(function(f"F{i}", [call(f"F{i + 1}", ["a"], ["b"]), call(f"F{i + 1}", ["b"], ["c"])])
                            for i in range(depth)), function(f"F{depth}", [wire.node("Relu", ["a"], ["c"])]))


RELU = wire.node("Relu", ["x"], ["y"], name="n")

#: name -> (bytes of the model, what the message must say)
REFUSED = {
    "empty": (b"", ["expected an ONNX model with a graph"]),
    "text": (b"not a model", ["expected an ONNX model, got bytes that are not one"]),
    "zeros": (bytes(4096), ["error: "]),
    "ones": (b"\xff" * 4096, ["error: "]),
    "claims_four_gigabytes": (b"\x08\x0a\x3a" + wire.varint(1 << 32) + b"\x00" * 64, ["expected an ONNX model"]),
    "claims_two_gigabytes": (b"\x08\x0a\x3a" + wire.varint((1 << 31) + 5) + b"\x00" * 64, ["expected an ONNX model"]),
    "claims_2_to_63_bytes": (b"\x08\x0a\x3a" + wire.varint(1 << 63) + b"\x00" * 64, ["expected an ONNX model"]),
    "no_outputs": (wire.model(wire.graph([RELU], [X], [])), ["expected at least one output"]),
    "cycle": (simple([wire.node("Add", ["x", "b"], ["a"], name="p"), wire.node("Relu", ["a"], ["b"], name="q"),
                      wire.node("Relu", ["b"], ["y"])]), ["node 'p'", "'b'", "not produced by an earlier node"]),
    "self_loop": (simple([wire.node("Relu", ["y"], ["y"], name="s")]), ["node 's'", "'y'"]),
    "missing_input": (simple([wire.node("Relu", ["z"], ["y"], name="n")]), ["node 'n'", "'z'"]),
    "missing_output": (simple([wire.node("Relu", ["x"], ["z"])]), ["output 'y'"]),
    "value_defined_twice": (simple([RELU, wire.node("Relu", ["x"], ["y"], name="m")]), ["node 'm'", "'y'"]),
    "input_defined_again": (simple([wire.node("Relu", ["x"], ["x"], name="m")], outputs=[
        wire.value_info("x", [2, 2])]), ["node 'm'", "'x'"]),
    "input_twice": (simple([RELU], [X, X]), ["expected one input 'x', got several"]),
    "output_twice": (simple([RELU], [X], [Y, Y]), ["expected one output 'y', got several"]),
    "initializer_twice": (simple([RELU], initializers=[tensor("w", [1], bytes(4))] * 2),
                          ["expected one initializer 'w', got several"]),
    "types_contradict": (simple([wire.node("Add", ["x", "i"], ["y"], name="n")],
                                [X, wire.value_info("i", [2, 2], 7)]), ["node 'n'"]),
    "shapes_contradict": (simple([wire.node("MatMul", ["x", "i"], ["y"], name="n")],
                                 [X, wire.value_info("i", [3, 2])]), ["node 'n'"]),
    "huge_input": (simple([RELU], [wire.value_info("x", [HUGE])]), ["input 'x'", "2^44"]),
    "negative_input": (simple([RELU], [wire.value_info("x", [-5])]), ["input 'x'"]),
    "overflowing_input": (simple([RELU], [wire.value_info("x", [1 << 33, 1 << 33, 4])]), ["input 'x'", "2^44"]),
    "overflowing_to_zero": (simple([RELU], [wire.value_info("x", [1 << 32, 1 << 32])]), ["input 'x'", "2^44"]),
    "empty_and_overflowing": (simple([RELU], [wire.value_info("x", [HUGE, HUGE, 0])]), ["input 'x'", "2^44"]),
    "huge_initializer": (simple([wire.node("Add", ["x", "w"], ["y"])], initializers=[tensor("w", [HUGE], bytes(8))]),
                         ["initializer 'w'", "2^44"]),
    "negative_initializer": (simple([wire.node("Add", ["x", "w"], ["y"])],
                                    initializers=[tensor("w", [-1], bytes(8))]), ["initializer 'w'"]),
    "short_initializer": (simple([wire.node("Add", ["x", "w"], ["y"])],
                                 initializers=[tensor("w", [2, 2], bytes(15))]),
                          ["initializer 'w'", "expected 16 bytes", "got 15"]),
    "initializer_without_data": (simple([wire.node("Add", ["x", "w"], ["y"])],
                                        initializers=[tensor("w", [1 << 40], None)]), ["initializer 'w'"]),
    "many_dimensions": (simple([RELU], [wire.value_info("x", [1] * 100000)]), ["input 'x'", "dimensions"]),
    "broadcast_to_huge": (simple([wire.node("Expand", ["x", "s"], ["y"], name="n")], initializers=[
        tensor("s", [3], b"".join(n.to_bytes(8, "little") for n in (1 << 43, 2, 2)), 7)]), ["node 'n'", "2^44"]),
    "tile_to_huge": (simple([wire.node("Tile", ["x", "s"], ["y"], name="n")], initializers=[
        tensor("s", [2], b"".join(n.to_bytes(8, "little") for n in (HUGE, HUGE)), 7)]), ["node 'n'"]),
    "outer_sums_to_huge": (simple([wire.node("Add", ["a", "b"], ["c"], name="n"), wire.node("Relu", ["c"], ["y"])],
                                  [wire.value_info("a", [1 << 40, 1]), wire.value_info("b", [1, 1 << 40])]),
                           ["node 'n'", "2^44"]),
    "axis_of_2_to_62": (simple([wire.node("Softmax", ["x"], ["y"], attribute("axis", 2, 3, HUGE), name="n")]),
                        ["node 'n'", "axis"]),
    "permutation_of_nowhere": (simple([wire.node("Transpose", ["x"], ["y"], integers("perm", [HUGE, -HUGE]),
                                                 name="n")]), ["node 'n'"]),
    "permutation_repeats": (simple([wire.node("Transpose", ["x"], ["y"], integers("perm", [0, 0]), name="n")]),
                            ["node 'n'"]),
    "unknown_op": (simple([wire.node("Frobnicate", ["x"], ["y"], name="n")]), ["node 'n'", "Frobnicate"]),
    "nested_10000_deep": (None, ["error: "]),
    "functions_double_30_times": (doubling_functions(30), ["250000 nodes"]),
    "function_calls_itself": (with_functions(function("F0", [call("F0", ["a"], ["c"])])), ["error: "]),
}

#: element types of ONNX that dtc has no name for
FOREIGN_TYPES = {"string": 8, "complex64": 14, "complex128": 15, "float8e4m3fn": 17, "float8e5m2": 19, "uint4": 21,
                 "int4": 22, "float4e2m1": 23, "float8e8m0": 24, "undefined": 0, "none": 77}


def refuse_all(attempts):
    for name, (data, fragments) in REFUSED.items():
        folder = attempts.folder(name)
        (folder / "model.onnx").write_bytes(nested(10000) if data is None else data)
        attempts.refuse(name, ["dtc-compile", "model.onnx", "-o", "bundle"], "model.onnx", *fragments, folder=folder,
                        status=(1,))


def refuse_foreign_types(attempts):
    for name, code in FOREIGN_TYPES.items():
        cast = simple([wire.node("Cast", ["x"], ["t"], attribute("to", 2, 3, code), name="n"),
                       wire.node("Cast", ["t"], ["y"], attribute("to", 2, 3, 1))])
        constant = simple([wire.node("Constant", [], ["t"], attribute("value", 4, 5, tensor("", [1], bytes(16), code)),
                                     name="n"), wire.node("Add", ["x", "t"], ["y"])])
        places = {
            "input": (simple([RELU], [wire.value_info("x", [2, 2], code)]), "input 'x'"),
            "initializer": (simple([wire.node("Add", ["x", "w"], ["y"])],
                                   initializers=[tensor("w", [1], bytes(16), code)]), "initializer 'w'"),
            "cast": (cast, "node 'n'"),
            "constant": (constant, "node 'n'"),
        }
        for place, (data, fragment) in places.items():
            folder = attempts.folder(f"{place}_of_{name}")
            (folder / "model.onnx").write_bytes(data)
            attempts.refuse(f"{place} of {name}", ["dtc-compile", "model.onnx", "-o", "bundle"], "model.onnx", fragment,
                            folder=folder, status=(1,))


def tolerate_large(attempts):
    """Large, and no harm meant: a limit by name, or success."""
    chain = [wire.node("Relu", [f"v{i}" if i else "x"], [f"v{i + 1}" if i < 99999 else "y"]) for i in range(100000)]
    folder = attempts.folder("chain_of_100000")
    (folder / "model.onnx").write_bytes(simple(chain))
    attempts.tolerate("chain of 100000", ["dtc-compile", "model.onnx", "--emit", "imported", "-o", "text"], folder)
    attempts.tolerate("chain of 100000, placed", ["dtc-compile", "model.onnx", "--emit", "local", "-o", "placed"],
                      folder)


def main():
    attempts = Attempts(sys.argv[1])
    refuse_all(attempts)
    refuse_foreign_types(attempts)
    tolerate_large(attempts)
    return attempts.finish()


if __name__ == "__main__":
    sys.exit(main())
