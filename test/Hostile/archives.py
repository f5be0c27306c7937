#!/usr/bin/env python3
"""torch.export archives that mean harm, through dtc-compile.

    archives.py SCRATCH
"""

import pathlib
import struct
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).parent / "Inputs"))
from attempt import Attempts  # noqa: E402
from torch_archive import archive, members, meta, node, payload, program, tensor  # noqa: E402

HUGE = 1 << 62
RELU = node("aten.relu.default", {"self": tensor("x")}, ["y"])
ADD = node("aten.add.Tensor", {"self": tensor("x"), "other": tensor("p")}, ["y"])
GOOD = program([RELU])


def of(text, **options):
    return archive(members(text, **options))


def with_weight(tensor_meta, content, **options):
    """A model that adds the weight 'w'."""
    return of(program([ADD], weights={"p": "w"}, shapes={"p": meta([2, 2])}), weights={
        "w": payload(tensor_meta, **options)}, data={"weight_0": content})


def replaced(data, old, new, last=False):
    """`data` with one occurrence of some bytes replaced."""
    at = data.rindex(old) if last else data.index(old)
    return data[:at] + new + data[at + len(old):]


def directory_field(data, name, offset, content):
    """The entry of a member in the central directory, changed."""
    at = data.rindex(name.encode()) - 46
    return data[:at + offset] + content + data[at + offset + len(content):]


def relu(**arguments):
    return program([node("aten.relu.default", {"self": tensor("x")} | arguments, ["y"])])


def upsampled(**arguments):
    square = node("aten.view.default", {"self": tensor("x"), "size": {"as_ints": [1, 1, 2, 2]}}, ["v"])
    return of(program([square, node("aten.upsample_nearest2d.vec", {"input": tensor("v")} | arguments, ["y"])],
                      shapes={"v": meta([1, 1, 2, 2]), "y": meta([1, 1, 4, 4])}))


MODEL = "m/models/model.json"
ARCHIVE = of(GOOD)

#: name -> (bytes of the archive, what the message must say)
REFUSED = {
    "empty": (b"", ["expected a torch.export archive"]),
    "text": (b"not an archive", ["expected a torch.export archive"]),
    "zeros": (bytes(4096), ["expected a torch.export archive"]),
    "only_the_signature": (b"PK\3\4", ["expected a torch.export archive"]),
    "truncated": (ARCHIVE[:-30], ["truncated"]),
    "half": (ARCHIVE[:len(ARCHIVE) // 2], ["truncated"]),
    "no_members": (archive({}), ["expected a member 'models/NAME.json'"]),
    "other_members": (archive({"m/hello": "x"}), ["expected a member 'models/NAME.json'"]),
    "two_models": (archive(members(GOOD) | {"m/models/other.json": "{}"}), ["expected one model"]),
    "old_archive": (archive({"serialized_exported_program.json": "{}", "serialized_state_dict.pt": ""}),
                    ["save it again with torch.export.save"]),
    "climbs_out": (archive(members(GOOD) | {"m/../../etc/passwd": "x"}), ["leads out of the archive"]),
    "absolute": (archive(members(GOOD) | {"/etc/passwd": "x"}), ["leads out of the archive"]),
    "backslashes": (archive(members(GOOD) | {"m\\..\\x": "x"}), ["leads out of the archive"]),
    "member_twice": (replaced(replaced(archive(members(GOOD) | {"m/aaaa": "x", "m/bbbb": "y"}), b"m/bbbb", b"m/aaaa"),
                              b"m/bbbb", b"m/aaaa"), ["is there twice"]),
    "size_lies": (directory_field(ARCHIVE, MODEL, 24, struct.pack("<I", 1 << 30)), ["cannot hold"]),
    "sizes_lie": (directory_field(ARCHIVE, MODEL, 20, struct.pack("<II", 1 << 30, 1 << 30)), ["beyond the end"]),
    "sizes_lie_a_little": (directory_field(ARCHIVE, MODEL, 20, struct.pack("<II", 3000, 3000)), ["error: "]),
    "offset_lies": (directory_field(ARCHIVE, MODEL, 42, struct.pack("<I", 3)), ["not where the directory says"]),
    "offset_beyond": (directory_field(ARCHIVE, MODEL, 42, struct.pack("<I", 1 << 31)), ["beyond the end"]),
    "other_name_in_header": (replaced(ARCHIVE, MODEL.encode(), b"m/models/other.json"), ["in its own header"]),
    "encrypted": (directory_field(ARCHIVE, MODEL, 8, b"\1\0"), ["is encrypted"]),
    "odd_compression": (directory_field(ARCHIVE, MODEL, 10, b"\x0e\0"), ["compressed by method 14"]),
    "damaged": (replaced(ARCHIVE, b"relu", b"rely", last=False), ["its checksum differs"]),
    "directory_beyond": (ARCHIVE[:-6] + struct.pack("<IH", 1 << 31, 0), ["beyond the end"]),
    "json_of_another_kind": (of("[]"), ["expected a JSON object"]),
    "json_ends_early": (of('{"graph_module": {"graph": '), ["ends too early"]),
    "json_without_values": (of('{"graph_module":,"schema_version":}'), ["in JSON"]),
    "json_brackets_cross": (of('{"a": [}]'), ["bracket"]),
    "json_string_without_end": (of('{"a": "b'), ["string without end"]),
    "json_nested_100000_deep": (of('{"a": ' + "[" * 100000 + "]" * 100000 + "}"), ["levels"]),
    "node_nested_90_deep": (of(relu(other={"as_ints": eval("[" * 80 + "]" * 80)})), ["node 'n'", "'other'"]),
    "node_of_many_objects": (of(program([node("aten.cat.default", {"tensors": {"as_tensors": [
        {"name": "x"}] * 100000}}, ["y"])])), ["2^16 objects"]),
    "no_version": (of({"graph_module": {}}), ["schema_version"]),
    "old_version": (of(program([RELU], version=5)), ["expected version 8", "got 5", "torch 2.9"]),
    "no_graph": (of({"graph_module": {"signature": {}}, "schema_version": {"major": 8, "minor": 1}}), ["error: "]),
    "unknown_op": (of(program([node("aten.frobnicate.default", {"self": tensor("x")}, ["y"])])),
                   ["node 'n'", "aten.frobnicate.default", "not supported"]),
    "unknown_namespace": (of(program([node("mylib.op.default", {"self": tensor("x")}, ["y"])])), ["node 'n'"]),
    "unknown_argument": (of(relu(strange={"as_int": 3})), ["node 'n'", "'strange'"]),
    "missing_argument": (of(program([node("aten.relu.default", {}, ["y"])])), ["node 'n'", "'self'"]),
    "argument_of_another_kind": (of(program([node("aten.relu.default", {"self": {"as_int": 1}}, ["y"])])),
                                 ["node 'n'", "'self'", "as_int"]),
    "missing_tensor": (of(program([node("aten.relu.default", {"self": tensor("z")}, ["y"])])), ["'z'"]),
    "cycle": (of(program([node("aten.relu.default", {"self": tensor("b")}, ["a"]),
                          node("aten.relu.default", {"self": tensor("a")}, ["b"])], outputs=("a",))), ["'b'"]),
    "defined_twice": (of(program([RELU, RELU])), ["node 'n'", "'y'"]),
    "missing_output": (of(program([])), ["'y'"]),
    "no_outputs": (of(program([RELU], outputs=())), ["at least one tensor as an output"]),
    "type_lies": (of(program([RELU], shapes={"y": meta([2, 2], dtype=8)})), ["node 'n'", "as torch recorded"]),
    "shape_lies": (of(program([RELU], shapes={"y": meta([4, 1])})), ["node 'n'", "as torch recorded"]),
    "huge_input": (of(program([RELU], shapes={"x": meta([HUGE], strides=[1])})), ["'x'", "2^44"]),
    "negative_input": (of(program([RELU], shapes={"x": meta([-5])})), ["'x'"]),
    "symbolic_input": (of(program([RELU], shapes={"x": meta(["s0", 2])})), ["'x'", "--dim s0=VALUE"]),
    "odd_symbol": (of(program([RELU], shapes={"x": meta(["(((" * 1000, 2])})), ["'x'"]),
    "complex_input": (of(program([RELU], shapes={"x": meta([2], dtype=10)})), ["'x'", "complex"]),
    "expands_to_huge": (of(program([node("aten.expand.default", {"self": tensor("x"), "size": {
        "as_ints": [1 << 43, 2, 2]}}, ["y"])])), ["node 'n'", "2^44"]),
    "repeats_to_huge": (of(program([node("aten.repeat.default", {"self": tensor("x"), "repeats": {
        "as_ints": [HUGE, HUGE]}}, ["y"])])), ["node 'n'"]),
    "range_of_2_to_62": (of(program([node("aten.arange.default", {"end": {"as_int": HUGE}}, ["y"])])), ["node 'n'"]),
    "permutation_of_nowhere": (of(program([node("aten.permute.default", {"self": tensor("x"), "dims": {
        "as_ints": [HUGE, -HUGE]}}, ["y"])])), ["node 'n'"]),
    "upsampled_to_huge": (upsampled(output_size={"as_ints": [HUGE, 4]}), ["node 'n'", "sizes from 1 to 2^31"]),
    "upsampled_to_much": (upsampled(output_size={"as_ints": [1 << 30, 4]}), ["node 'n'", "2^25 weights"]),
    "upsampled_by_huge": (upsampled(scale_factors={"as_floats": [1e300, 1e300]}), ["node 'n'", "'scale_factors'"]),
    "upsampled_by_nan": (upsampled(scale_factors={"as_floats": ["NaN", -1]}), ["node 'n'", "'scale_factors'"]),
    "upsampled_by_nothing": (upsampled(), ["node 'n'", "either 'output_size' or 'scale_factors'"]),
    "upsampled_in_one_of_two": (upsampled(output_size={"as_ints": [4]}), ["node 'n'", "for each of 2 dimensions"]),
    "dropped_more_than_all": (of(program([node("aten.dropout.default", {"input": tensor("x"), "p": {"as_float": 1.5}, "train": {
        "as_bool": True}}, ["y"])])), ["node 'n'", "'p'", "from 0 to 1"]),
    "joined_without_a_type": (of(program([node("aten.cat.default", {"tensors": {"as_tensors": [{"name": "x"}, {"name": "z"}]}},
                                               ["y"])], inputs=("x", "z"), shapes={
        "x": meta([2, 2], dtype=28), "z": meta([2, 2], dtype=5)})), ["node 'n'", "no common type"]),
    "size_out_of_its_range": (of(program([
        node("aten.sym_size.int", {"self": tensor("x"), "dim": {"as_int": 0}}, [{"as_sym_int": {"as_name": "u0"}}]),
        node("aten.sym_constrain_range_for_size.default", {"size": {"as_sym_int": {"as_name": "u0"}}, "max": {"as_int": 1}}, []),
        RELU])), ["does not hold for these sizes"]),
    "weight_missing": (of(program([ADD], weights={"p": "w"}, shapes={"p": meta([2, 2])})), ["'w'"]),
    "weight_short": (with_weight(meta([2, 2]), bytes(15)), ["'w'", "got 15"]),
    "weight_offset": (with_weight(meta([2, 2], offset=1), bytes(16)), ["'w'"]),
    "weight_negative_offset": (with_weight(meta([2, 2], offset=-1), bytes(16)), ["'w'"]),
    "weight_strides_overflow": (with_weight(meta([2, 2], strides=[HUGE, HUGE]), bytes(16)), ["'w'"]),
    "weight_negative_strides": (with_weight(meta([2, 2], strides=[-2, 1]), bytes(16)), ["'w'"]),
    "weight_repeats_itself": (of(program([node("aten.mul.Tensor", {"self": tensor("p"), "other": {"as_int": 2}}, ["y"])],
                                         inputs=(), weights={"p": "w"}, shapes={"p": meta([1 << 20, 1 << 20]),
                                                                               "y": meta([1 << 20, 1 << 20])}),
                                 weights={"w": payload(meta([1 << 20, 1 << 20], strides=[0, 0]))},
                                 data={"weight_0": bytes(4)}), ["'w'", "stored once"]),
    "weight_of_another_type": (with_weight(meta([2, 2], dtype=5), bytes(32)), ["'w'", "as the graph has it"]),
    "weight_climbs_out": (with_weight(meta([2, 2]), bytes(16), path="../../../../etc/passwd"), ["'w'"]),
    "weight_pickled": (with_weight(meta([2, 2]), bytes(16), pickled=True), ["'w'", "pickled", "torch.export.save"]),
    "weights_pickled": (archive(members(GOOD) | {"m/data/weights/model.pt": "x"}), ["pickled", "torch.export.save"]),
}


def bomb(attempts):
    """Little that would become much."""
    parts = members(GOOD)
    zeros = bytes(1 << 20)
    for name, megabytes in {MODEL: 300, "m/data/weights/weight_0": 1100}.items():
        folder = attempts.folder("bomb_" + name.rsplit("/", 1)[1])
        weights = {"w": payload(meta([megabytes << 18]))}
        parts = members(program([node("aten.mul.Scalar", {"self": tensor("p"), "other": {"as_int": 2}}, ["y"])], inputs=(),
                                weights={"p": "w"}, shapes={n: meta([megabytes << 18]) for n in "py"}), weights=weights)
        with zipfile.ZipFile(folder / "model.pt2", "w", zipfile.ZIP_DEFLATED) as file:
            for member, content in parts.items():
                if member != name:
                    file.writestr(member, content)
            with file.open(name, "w") as member:
                for _ in range(megabytes):
                    member.write(zeros)
        attempts.refuse(f"bomb in {name}", ["dtc-compile", "model.pt2", "-o", "bundle"], "model.pt2", folder=folder,
                        status=(1,))


def tolerate_large(attempts):
    """Large, and no harm meant: a limit by name, or success."""
    nodes = [node("aten.relu.default", {"self": tensor(f"v{i}" if i else "x")}, [f"v{i + 1}" if i < 29999 else "y"])
             for i in range(30000)]
    folder = attempts.folder("chain_of_30000")
    (folder / "model.pt2").write_bytes(of(program(nodes)))
    attempts.accept("chain of 30000", ["dtc-compile", "model.pt2", "--emit", "imported", "-o", "text"], folder)
    views = [node("aten.view.default", {"self": tensor(f"v{i}" if i else "x"), "size": {"as_ints": [2, 2]}}, [f"v{i + 1}"])
             for i in range(3000)] + [node("aten.add_.Tensor", {"self": tensor("x"), "other": {"as_int": 1}}, ["z"]),
                                      node("aten.relu.default", {"self": tensor("v3000")}, ["y"])]
    folder = attempts.folder("views_of_views")
    (folder / "model.pt2").write_bytes(of(program(views)))
    attempts.refuse("views of views", ["dtc-compile", "model.pt2", "-o", "bundle"], "views", folder=folder)


def main():
    attempts = Attempts(sys.argv[1])
    for name, (data, fragments) in REFUSED.items():
        folder = attempts.folder(name)
        (folder / "model.pt2").write_bytes(data)
        attempts.refuse(name, ["dtc-compile", "model.pt2", "-o", "bundle"], "model.pt2", *fragments, folder=folder,
                        status=(1,))
    folder = attempts.folder("good")
    (folder / "model.pt2").write_bytes(ARCHIVE)
    attempts.accept("good", ["dtc-compile", "model.pt2", "-o", "bundle"], folder)
    bomb(attempts)
    tolerate_large(attempts)
    return attempts.finish()


if __name__ == "__main__":
    sys.exit(main())
