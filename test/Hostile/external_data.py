#!/usr/bin/env python3
"""Models whose external data is not where, what or as long as they say, through dtc-compile.

    external_data.py SCRATCH
"""

import os
import pathlib
import sys

from onnx import TensorProto, helper

sys.path.insert(0, str(pathlib.Path(__file__).parent / "Inputs"))
from attempt import Attempts  # noqa: E402

BYTES = 64


def write_model(folder, shape=(4, 4), **entries):
    """folder/model.onnx: y = x + w, with w's external data as the entries say."""
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=shape, data_location=TensorProto.EXTERNAL)
    for key, value in entries.items():
        weight.external_data.add(key=key, value=value)
    types = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4, 4]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Add", ["x", "w"], ["y"])], "g", types[:1], types[1:], [weight])
    model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 20)])
    (folder / "model.onnx").write_bytes(model.SerializeToString())


#: name -> (what the message must say, external_data entries)
ENTRIES = {
    "absolute": ("beneath the model's folder", {"location": "/etc/passwd"}),
    "absolute_into_the_folder": ("beneath the model's folder", {"location": "{folder}/data.bin"}),
    "climbing": ("beneath the model's folder", {"location": "../outside.bin"}),
    "climbing_inside": ("beneath the model's folder", {"location": "deep/../../outside.bin"}),
    "climbing_and_returning": ("beneath the model's folder", {"location": "deep/../data.bin"}),
    "empty_location": ("'location'", {"location": ""}),
    "no_location": ("'location'", {"offset": "0"}),
    "nul_in_location": ("beneath the model's folder", {"location": "data.bin\0.txt"}),
    "folder_as_data": ("deep", {"location": "deep"}),
    "the_folder_itself": ("error: ", {"location": "."}),
    "missing": ("absent.bin", {"location": "absent.bin"}),
    "pipe": ("expected a regular file", {"location": "pipe"}),
    "long_name": ("error: ", {"location": "n" * 5000}),
    "symbolic_link": ("--allow-external-links", {"location": "symbolic.bin"}),
    "link_in_the_path": ("error: ", {"location": "linked/data.bin"}),
    "hard_link": ("--allow-external-links", {"location": "hard.bin"}),
    "short_file": ("expected 64 bytes at offset 0 of 'short.bin'", {"location": "short.bin"}),
    "empty_file": ("empty.bin", {"location": "empty.bin"}),
    "offset_at_the_end": ("'data.bin'", {"location": "data.bin", "offset": "64"}),
    "offset_leaves_too_little": ("'data.bin'", {"location": "data.bin", "offset": "4", "length": "64"}),
    "offset_of_2_to_63": ("initializer 'w'", {"location": "data.bin", "offset": str(1 << 63)}),
    "offset_wraps": ("initializer 'w'", {"location": "data.bin", "offset": str((1 << 64) - 32), "length": "64"}),
    "offset_beyond_64_bits": ("'offset'", {"location": "data.bin", "offset": "9" * 40}),
    "negative_offset": ("'offset'", {"location": "data.bin", "offset": "-4"}),
    "offset_with_words": ("'offset'", {"location": "data.bin", "offset": "4 bytes"}),
    "offset_as_a_fraction": ("'offset'", {"location": "data.bin", "offset": "0.5"}),
    "negative_length": ("'length'", {"location": "data.bin", "length": "-64"}),
    "length_beyond_64_bits": ("'length'", {"location": "data.bin", "length": "9" * 40}),
    "length_of_another_shape": ("expected 64 bytes", {"location": "data.bin", "length": "60"}),
    "length_longer_than_the_shape": ("expected 64 bytes", {"location": "data.bin", "length": "68"}),
}

#: name -> (what the message must say, dims of w)
SHAPES = {
    "shape_of_2_to_62": ("2^44", [1 << 62]),
    "shape_that_overflows": ("2^44", [1 << 33, 1 << 33]),
    "shape_larger_than_the_file": ("got a file of 64 bytes", [1 << 20, 1 << 20]),
    "negative_shape": ("initializer 'w'", [-4, -4]),
}


def prepare(folder):
    """The files beside a model that its entries name."""
    (folder.parent / "outside.bin").write_bytes(bytes(BYTES))
    (folder / "data.bin").write_bytes(bytes(BYTES))
    (folder / "short.bin").write_bytes(bytes(BYTES - 1))
    (folder / "empty.bin").write_bytes(b"")
    (folder / "deep").mkdir()
    (folder / "deep" / "data.bin").write_bytes(bytes(BYTES))
    os.symlink("data.bin", folder / "symbolic.bin")
    os.symlink("deep", folder / "linked")
    (folder / "first.bin").write_bytes(bytes(BYTES))
    os.link(folder / "first.bin", folder / "hard.bin")
    os.mkfifo(folder / "pipe")


def main():
    attempts = Attempts(sys.argv[1])
    cases = {name: (fragment, {}, entries) for name, (fragment, entries) in ENTRIES.items()}
    cases |= {name: (fragment, {"shape": dims}, {"location": "data.bin"}) for name, (fragment, dims) in SHAPES.items()}
    for name, (fragment, shape, entries) in cases.items():
        folder = attempts.folder(f"{name}/model")
        prepare(folder)
        write_model(folder, **shape, **{key: text.replace("{folder}", str(folder)) for key, text in entries.items()})
        attempts.refuse(name, ["dtc-compile", folder / "model.onnx", "-o", "bundle"], "model.onnx", "initializer 'w'",
                        fragment, folder=folder.parent, status=(1,))
    for name in ("symbolic", "hard"):
        folder = attempts.folder(f"{name}_link_allowed/model")
        prepare(folder)
        write_model(folder, location=f"{name}.bin")
        attempts.accept(f"{name} link, allowed", ["dtc-compile", "model.onnx", "-o", "bundle",
                                                  "--allow-external-links"], folder)
    folder = attempts.folder("in_a_folder/model")
    prepare(folder)
    write_model(folder, location="deep/data.bin", offset="0", length="64", checksum="ignored")
    attempts.accept("data in a folder", ["dtc-compile", "model.onnx", "-o", "bundle"], folder)
    return attempts.finish()


if __name__ == "__main__":
    sys.exit(main())
