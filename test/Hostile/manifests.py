#!/usr/bin/env python3
"""Bundles whose manifest or files are not what they should be, through dtc-run.

    manifests.py FIXTURES SCRATCH
"""

import json
import os
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "Inputs"))
from attempt import Attempts  # noqa: E402


def changed(**members):
    """A change of the manifest's members."""
    return lambda manifest: json.dumps(manifest | members)


def without(member):
    return lambda manifest: json.dumps({key: value for key, value in manifest.items() if key != member})


def executable(name):
    """Rank 0 runs another file."""
    return lambda manifest: json.dumps(manifest | {
        "ranks": [{"executable": name}] + manifest["ranks"][1:],
        "files": manifest["files"] + [{"name": name, "size": 4, "dtc64": "0" * 16}]})


#: name -> (manifest's text from the right one, what the message must say)
MANIFESTS = {
    "empty": (lambda m: "", []),
    "no_json": (lambda m: "manifest", []),
    "cut": (lambda m: json.dumps(m)[:-20], []),
    "list": (lambda m: json.dumps([m]), []),
    "nested": (lambda m: "[" * 1000000, []),
    "nested_and_closed": (lambda m: "{\"abi\":" + "[" * 1000000 + "]" * 1000000 + "}", []),
    "no_text": (lambda m: bytes(range(256)), []),
    "huge_number": (lambda m: json.dumps(m).replace(f'"abi": {m["abi"]}', '"abi": 1e400'), []),
    "other_abi": (changed(abi=99), ["abi"]),
    "no_abi": (without("abi"), ["abi"]),
    "no_mesh": (without("mesh"), ["mesh"]),
    "no_ranks": (without("ranks"), ["ranks"]),
    "no_files": (without("files"), ["files"]),
    "fewer_ranks": (lambda m: json.dumps(m | {"ranks": m["ranks"][:1]}), ["ranks"]),
    "mesh_of_2_to_62": (changed(mesh=[{"name": "tp", "size": 1 << 62}]), ["mesh"]),
    "mesh_that_overflows": (changed(mesh=[{"name": "a", "size": 1 << 33}, {"name": "b", "size": 1 << 33}]), ["mesh"]),
    "mesh_of_minus_two": (changed(mesh=[{"name": "tp", "size": -2}]), ["size"]),
    "mesh_of_words": (changed(mesh="tp=2"), ["mesh"]),
    "executable_of_the_system": (executable("/bin/sh"), ["executable"]),
    "executable_outside": (executable("../sh"), ["executable"]),
    "executable_is_a_folder": (executable("."), ["executable"]),
    "executable_with_nul": (executable("rank0\0x"), ["executable"]),
    "executable_that_is_not_there": (executable("rank9"), ["rank9"]),
    "file_twice": (lambda m: json.dumps(m | {"files": m["files"] + m["files"][:1]}), ["error: "]),
    "negative_size": (lambda m: json.dumps(m | {"files": [f | {"size": -1} for f in m["files"]]}), ["size"]),
    "wrong_size": (lambda m: json.dumps(m | {"files": [f | {"size": f["size"] + 1} for f in m["files"]]}), ["bytes"]),
    "wrong_checksum": (lambda m: json.dumps(m | {"files": [f | {"dtc64": "0" * 16} for f in m["files"]]}),
                       ["checksum"]),
    "checksum_of_words": (lambda m: json.dumps(m | {"files": [f | {"dtc64": "words"} for f in m["files"]]}),
                          ["error: "]),
    "other_target": (changed(target="tpu"), ["tpu"]),
}


def replace_rank_by_link(bundle):
    shutil.copy(bundle / "rank0", bundle.parent / "elsewhere")
    (bundle / "rank0").unlink()
    os.symlink("../elsewhere", bundle / "rank0")


def replace_rank_by_pipe(bundle):
    (bundle / "rank0").unlink()
    os.mkfifo(bundle / "rank0")


def damage_rank(bundle):
    data = bytearray((bundle / "rank0").read_bytes())
    data[len(data) // 2] ^= 1
    (bundle / "rank0").unlink()
    (bundle / "rank0").write_bytes(data)
    (bundle / "rank0").chmod(0o755)


def remove_weights(bundle):
    (bundle / "weights.rank1.safetensors").unlink()


#: name -> (change of the bundle, what the message must say)
FILES = {
    "rank_is_a_link": (replace_rank_by_link, "rank0"),
    "rank_is_a_pipe": (replace_rank_by_pipe, "rank0"),
    "rank_is_damaged": (damage_rank, "rank0' is damaged"),
    "weights_are_missing": (remove_weights, "weights.rank1.safetensors"),
    "no_manifest": (lambda bundle: (bundle / "manifest.json").unlink(), "manifest.json"),
}


def main():
    case, attempts = pathlib.Path(sys.argv[1]).absolute() / "models" / "mlp_pair", Attempts(sys.argv[2])
    good = attempts.scratch.absolute() / "bundle"
    attempts.accept("compile", ["dtc-compile", case / "model.onnx", "--plan", case / "plan.yaml", "--mesh", "tp=2",
                                "-o", good], attempts.scratch)
    manifest = json.loads((good / "manifest.json").read_text())
    command = ["dtc-run", "bundle", "--input", case / "input.npz", "--output", "y.npz"]
    for name, (change, fragments) in MANIFESTS.items():
        folder = attempts.folder(name)
        shutil.copytree(good, folder / "bundle")
        text = change(manifest)
        (folder / "bundle" / "manifest.json").write_bytes(text if isinstance(text, bytes) else text.encode())
        attempts.refuse(name, command, "dtc-run: error: ", *fragments, folder=folder, status=(1,))
    for name, (change, fragment) in FILES.items():
        folder = attempts.folder(name)
        shutil.copytree(good, folder / "bundle")
        change(folder / "bundle")
        attempts.refuse(name, command, "dtc-run: error: ", "bundle", fragment, folder=folder, status=(1,))
    return attempts.finish()


if __name__ == "__main__":
    sys.exit(main())
