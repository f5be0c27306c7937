#!/usr/bin/env python3
"""Damaged and forged weights, through dtc-run: the bundle's own safetensors files, and --params.

    weights.py FIXTURES SCRATCH
"""

import json
import pathlib
import shutil
import struct
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent / "Inputs"))
from attempt import Attempts  # noqa: E402

WEIGHTS = "weights.rank1.safetensors"


def split(data):
    """Header (a dict) and payload of a safetensors file."""
    length, = struct.unpack_from("<Q", data)
    return json.loads(data[8:8 + length]), data[8 + length:]


def join(header, payload):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + payload


def with_entry(data, tensor, **changes):
    """The file with one tensor's entry changed."""
    header, payload = split(data)
    header[tensor].update(changes)
    return join(header, payload)


def renamed(data, old, new):
    header, payload = split(data)
    header[new] = header.pop(old)
    return join(header, payload)


def without_checksums(data):
    header, payload = split(data)
    del header["__metadata__"]
    return join(header, payload)


def flipped(data, position):
    return data[:position] + bytes([data[position] ^ 16]) + data[position + 1:]


def padded(data, count):
    """The header with an entry for `count` tensors of nothing."""
    header, payload = split(data)
    for i in range(count):
        header[f"surplus{i}"] = {"dtype": "F32", "shape": [0], "data_offsets": [len(payload)] * 2}
    return join(header, payload)


#: name -> (change of the file, what the message must say); the file has its right size in the manifest
FORGED = {
    "empty": (lambda d: b"", ["safetensors"]),
    "seven_bytes": (lambda d: d[:7], ["safetensors"]),
    "cut_in_the_header": (lambda d: d[:100], ["safetensors header"]),
    "cut_in_a_tensor": (lambda d: d[:-1], ["cut short"]),
    "one_byte_more": (lambda d: d + b"\0", ["bytes of tensors"]),
    "header_of_2_to_64": (lambda d: b"\xff" * 8 + d[8:], ["safetensors header"]),
    "header_of_2_to_63": (lambda d: struct.pack("<Q", 1 << 63) + d[8:], ["safetensors header"]),
    "header_wraps": (lambda d: struct.pack("<Q", (1 << 64) - 8) + d[8:], ["safetensors header"]),
    "header_of_the_whole_file": (lambda d: struct.pack("<Q", len(d) - 8) + d[8:], ["no JSON object"]),
    "header_of_nothing": (lambda d: struct.pack("<Q", 0) + d[8:], ["no JSON object"]),
    "header_is_a_list": (lambda d: join(b"[]", b""), ["no JSON object"]),
    "header_is_no_text": (lambda d: join(b"\xff\xfe{}", b""), ["no JSON object"]),
    "header_nests": (lambda d: join(b'{"a":' + b"[" * 100000 + b"]" * 100000 + b"}", b""), ["header"]),
    "tensor_twice": (lambda d: join(d[8:8 + struct.unpack_from("<Q", d)[0] - 1].rstrip(b" }") + b'},"net1.bias":{}}',
                                    split(d)[1]), ["net1.bias"]),
    "offsets_overlap": (lambda d: with_entry(d, "net2.weight", data_offsets=[0, 3072]), ["overlaps"]),
    "offsets_leave_a_hole": (lambda d: with_entry(d, "net1.bias", data_offsets=[3076, 3204]), ["error: "]),
    "offsets_beyond_the_file": (lambda d: with_entry(d, "net2.bias", data_offsets=[1 << 40, (1 << 40) + 96]),
                                ["net2.bias", "cut short"]),
    "offsets_of_2_to_64": (lambda d: with_entry(d, "net2.bias", data_offsets=[(1 << 64) - 96, 1 << 64]),
                           ["net2.bias"]),
    "offsets_backwards": (lambda d: with_entry(d, "net2.bias", data_offsets=[6368, 6272]), ["net2.bias"]),
    "negative_offsets": (lambda d: with_entry(d, "net2.bias", data_offsets=[-96, 0]), ["net2.bias"]),
    "fractional_offsets": (lambda d: with_entry(d, "net2.bias", data_offsets=[0.5, 96.5]), ["net2.bias"]),
    "three_offsets": (lambda d: with_entry(d, "net2.bias", data_offsets=[6272, 6300, 6368]), ["net2.bias"]),
    "other_type": (lambda d: with_entry(d, "net2.bias", dtype="I32"), ["net2.bias"]),
    "type_of_another_size": (lambda d: with_entry(d, "net2.bias", dtype="F64"), ["net2.bias"]),
    "unknown_type": (lambda d: with_entry(d, "net2.bias", dtype="F8_E4M3", shape=[96]), ["net2.bias", "F8_E4M3"]),
    "type_is_a_number": (lambda d: with_entry(d, "net2.bias", dtype=7), ["net2.bias"]),
    "other_shape": (lambda d: with_entry(d, "net2.bias", shape=[4, 6]), ["net2.bias"]),
    "huge_shape": (lambda d: with_entry(d, "net2.bias", shape=[1 << 62]), ["net2.bias"]),
    "overflowing_shape": (lambda d: with_entry(d, "net2.bias", shape=[1 << 33, 1 << 33, 24]), ["net2.bias"]),
    "negative_shape": (lambda d: with_entry(d, "net2.bias", shape=[-4, -6]), ["net2.bias"]),
    "shape_of_many_dimensions": (lambda d: with_entry(d, "net2.bias", shape=[24] + [1] * 100000), ["net2.bias"]),
    "tensor_renamed": (lambda d: renamed(d, "net2.bias", "net2.bias2"), ["net2.bias"]),
    "tensors_swapped": (lambda d: renamed(renamed(renamed(d, "net1.weight", "t"), "net2.weight", "net1.weight"), "t",
                                          "net2.weight"), ["net"]),
    "bit_flipped_in_a_tensor": (lambda d: flipped(d, len(d) - 3000), ["net", "checksum"]),
    "many_surplus_tensors": (lambda d: padded(d, 20000), ["surplus"]),
}


def forge(bundle, folder, change):
    """A copy of the bundle with other weights of rank 1, and their size in the manifest."""
    shutil.copytree(bundle, folder / "bundle")
    path = folder / "bundle" / WEIGHTS
    data = change(path.read_bytes())
    path.unlink()
    path.write_bytes(data)
    manifest = json.loads((folder / "bundle" / "manifest.json").read_text())
    for entry in manifest["files"]:
        if entry["name"] == WEIGHTS:
            entry["size"] = len(data)
    (folder / "bundle" / "manifest.json").write_text(json.dumps(manifest))


def replace_parameters(attempts, bundle, case):
    """--params with what does not fit."""
    good = {"net1.weight": np.zeros((64, 24), np.float32)}
    wrong = {
        "params_of_another_shape": ({"net1.weight": np.zeros((24, 64), np.float32)}, ["net1.weight", "[64, 24]"]),
        "params_of_another_type": ({"net1.weight": np.zeros((64, 24), np.float64)}, ["net1.weight", "f64"]),
        "params_of_another_rank": ({"net1.weight": np.zeros((64 * 24), np.float32)}, ["net1.weight"]),
        "surplus_params": (good | {"net9.weight": np.zeros(4, np.float32)}, ["net9.weight"]),
        "params_of_no_rank": (good | {"net1.weight.rank7": np.zeros((64, 24), np.float32)}, ["net1.weight.rank7"]),
    }
    for name, (arrays, fragments) in wrong.items():
        folder = attempts.folder(name)
        np.savez(folder / "params.npz", **arrays)
        attempts.refuse(name, ["dtc-run", bundle, "--input", case / "input.npz", "--params", "params.npz", "--output",
                               "y.npz"], "params.npz", *fragments, folder=folder, status=(1,))


def main():
    case, attempts = pathlib.Path(sys.argv[1]).absolute() / "models" / "mlp_pair", Attempts(sys.argv[2])
    bundle = attempts.scratch.absolute() / "bundle"
    attempts.accept("compile", ["dtc-compile", case / "model.onnx", "--plan", case / "plan.yaml", "--mesh", "tp=2",
                                "-o", bundle], attempts.scratch)
    for name, (change, fragments) in FORGED.items():
        folder = attempts.folder(name)
        forge(bundle, folder, change)
        attempts.refuse(name, ["dtc-run", "bundle", "--input", case / "input.npz", "--output", "y.npz"], WEIGHTS,
                        "rank 1", *fragments, folder=folder, status=(1,))
    folder = attempts.folder("without_checksums")
    forge(bundle, folder, without_checksums)
    attempts.accept("without checksums", ["dtc-run", "bundle", "--input", case / "input.npz"], folder)
    replace_parameters(attempts, bundle, case)
    return attempts.finish()


if __name__ == "__main__":
    sys.exit(main())
