#!/usr/bin/env python3
"""npz files that lie or do not fit, as input of dtc-run.

    arrays.py FIXTURES SCRATCH
"""

import io
import pathlib
import struct
import sys
import zipfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent / "Inputs"))
from attempt import Attempts  # noqa: E402

X = np.linspace(0, 1, 6 * 24, dtype=np.float32).reshape(6, 24)


def npy(array):
    """An npy file's bytes."""
    out = io.BytesIO()
    np.lib.format.write_array(out, array, allow_pickle=False)
    return out.getvalue()


def header(text, version=1, body=b""):
    """An npy file with this header."""
    text = text.encode() if isinstance(text, str) else text
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + body


def archive(members, compression=zipfile.ZIP_STORED):
    """A zip file's bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as written:
        for name, data in members:
            written.writestr(name, data)
    return out.getvalue()


def npz(**arrays):
    return archive([(name + ".npy", npy(array)) for name, array in arrays.items()])


def claim(data, size, compressed=None):
    """The archive with other sizes of its first member, in both headers."""
    data = bytearray(data)
    local, central = data.find(b"PK\3\4"), data.find(b"PK\1\2")
    for start, offset in ((local, 18), (central, 20)):
        if compressed is not None:
            struct.pack_into("<I", data, start + offset, compressed)
        struct.pack_into("<I", data, start + offset + 4, size)
    return bytes(data)


def patch(data, mark, offset, kind, value):
    """The archive with one number after a signature changed."""
    data = bytearray(data)
    struct.pack_into(kind, data, data.find(mark) + offset, value)
    return bytes(data)


DESCRIPTION = "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }"
GOOD = npz(x=X)
BOMB = archive([("x.npy", header(DESCRIPTION % ("<f4", "False", "(67108864,)") + "\n", 1, bytes(1 << 26)))],
               zipfile.ZIP_DEFLATED)

#: name -> (bytes of the file, what the message must say)
REFUSED = {
    "empty": (b"", []),
    "no_archive": (b"PK but no archive" * 100, []),
    "cut_in_half": (GOOD[:len(GOOD) // 2], []),
    "cut_at_the_end": (GOOD[:-1], []),
    "no_members": (archive([]), ["'x'"]),
    "missing_array": (npz(z=X), ["'z'"]),
    "surplus_array": (npz(x=X, z=X), ["'z'"]),
    "array_of_a_rank_of_no_partial_input": (npz(x=X, **{"x.rank0": X}), ["'x.rank0'"]),
    "array_twice": (archive([("x.npy", npy(X)), ("y.npy", npy(X))]).replace(b"y.npy", b"x.npy"), ["'x'"]),
    "no_npy_member": (archive([("x.npy", npy(X)), ("readme.txt", b"")]), ["readme.txt"]),
    "wrong_type": (npz(x=X.astype(np.float64)), ["'x'", "f32", "f64"]),
    "half_type": (npz(x=X.astype(np.float16)), ["'x'", "f32", "f16"]),
    "integers": (npz(x=X.astype(np.int32)), ["'x'", "f32", "i32"]),
    "big_endian": (npz(x=X.astype(">f4")), ["'x'"]),
    "complex": (npz(x=X.astype(np.complex64)), ["'x'"]),
    "strings": (npz(x=X.astype("U8")), ["'x'"]),
    "fortran_order": (npz(x=np.asfortranarray(X)), ["'x'", "Fortran"]),
    "records": (npz(x=np.zeros(6, [("a", "<f4", 24)])), ["'x'"]),
    "objects": (archive([("x.npy", header(DESCRIPTION % ("|O", "False", "(6, 24)"), 1, bytes(600)))]), ["'x'"]),
    "wrong_shape": (npz(x=X.T.copy()), ["'x'", "[6, 24]", "[24, 6]"]),
    "wrong_rank": (npz(x=X.reshape(-1)), ["'x'", "[6, 24]"]),
    "one_dimension_more": (npz(x=X[None]), ["'x'", "[6, 24]"]),
    "scalar": (npz(x=np.float32(1)), ["'x'", "[6, 24]"]),
    "no_elements": (npz(x=X[:0]), ["'x'", "[6, 24]"]),
    "huge_shape": (archive([("x.npy", header(DESCRIPTION % ("<f4", "False", f"({1 << 62}, {1 << 62})"), 1, bytes(64)))]),
                   ["'x'"]),
    "overflowing_shape": (archive([("x.npy", header(DESCRIPTION % ("<f4", "False", f"({1 << 33}, {1 << 33})"), 1))]),
                          ["'x'"]),
    "shape_beyond_64_bits": (archive([("x.npy", header(DESCRIPTION % ("<f4", "False", f"({'9' * 40},)"), 1))]),
                             ["'x'"]),
    "negative_shape": (archive([("x.npy", header(DESCRIPTION % ("<f4", "False", "(-6, -24)"), 1, bytes(576)))]),
                       ["'x'"]),
    "deep_shape": (archive([("x.npy", header(DESCRIPTION % ("<f4", "False", "(" * 30000 + ")" * 30000), 2))]), ["'x'"]),
    "shape_of_many_dimensions": (archive([("x.npy", header(DESCRIPTION % ("<f4", "False", "(" + "1," * 20000 + ")"), 2,
                                                           bytes(4)))]), ["'x'"]),
    "no_header": (archive([("x.npy", b"\x93NUMPY\1\0\xff\xff")]), ["'x'"]),
    "header_without_shape": (archive([("x.npy", header("{'descr': '<f4', 'fortran_order': False}"))]), ["'x'"]),
    "header_of_code": (archive([("x.npy", header("__import__('os').system('touch pwned')", 1))]), ["'x'"]),
    "header_of_4_gigabytes": (archive([("x.npy", b"\x93NUMPY\2\0\xff\xff\xff\xff" + bytes(64))]), ["'x'"]),
    "header_claims_more_than_there_is": (archive([("x.npy", b"\x93NUMPY\1\0\x00\x40{")]), ["'x'"]),
    "future_version": (archive([("x.npy", header("{}", 9))]), ["'x'"]),
    "pickled": (archive([("x.npy", b"\x80\x04K\x01." * 20)]), ["'x'"]),
    "data_too_short": (archive([("x.npy", npy(X)[:-1])]), ["'x'"]),
    "data_too_long": (archive([("x.npy", npy(X) + b"\0")]), ["'x'"]),
    "size_claims_more": (claim(GOOD, 1 << 30), []),
    "size_claims_less": (claim(GOOD, 100), []),
    "both_sizes_claim_4_gigabytes": (claim(GOOD, 0xfffffffe, 0xfffffffe), []),
    "offset_beyond_the_file": (patch(GOOD, b"PK\1\2", 42, "<I", 0x7fffffff), []),
    "directory_beyond_the_file": (patch(GOOD, b"PK\5\6", 16, "<I", 0x7fffffff), []),
    "many_members_claimed": (patch(GOOD, b"PK\5\6", 10, "<H", 0xfff0), []),
    "unknown_compression": (patch(patch(GOOD, b"PK\3\4", 8, "<H", 99), b"PK\1\2", 10, "<H", 99), []),
    "encrypted": (patch(patch(GOOD, b"PK\3\4", 6, "<H", 1), b"PK\1\2", 8, "<H", 1), []),
    "wrong_crc": (patch(patch(GOOD, b"PK\3\4", 14, "<I", 1), b"PK\1\2", 16, "<I", 1), ["'x'"]),
    "stored_said_to_be_deflated": (patch(patch(GOOD, b"PK\3\4", 8, "<H", 8), b"PK\1\2", 10, "<H", 8), []),
    "bomb": (BOMB, ["'x'"]),
    "name_with_a_path": (archive([("../x.npy", npy(X))]), ["x"]),
}


def main():
    case, attempts = pathlib.Path(sys.argv[1]).absolute() / "models" / "mlp_pair", Attempts(sys.argv[2])
    bundle = attempts.scratch.absolute() / "bundle"
    attempts.accept("compile", ["dtc-compile", case / "model.onnx", "--plan", case / "plan.yaml", "--mesh", "tp=2",
                                "-o", bundle], attempts.scratch)
    for name, (data, fragments) in REFUSED.items():
        folder = attempts.folder(name)
        (folder / "in.npz").write_bytes(data)
        attempts.refuse(name, ["dtc-run", bundle, "--input", "in.npz", "--output", "y.npz", "--stats", "s.json"],
                        "in.npz", *fragments, folder=folder, status=(1,))
    for name, path in (("folder", "."), ("device", "/dev/zero"), ("missing", "absent.npz")):
        folder = attempts.folder(f"input_is_{name}")
        attempts.refuse(f"input is {name}", ["dtc-run", bundle, "--input", path, "--output", "y.npz"], f"'{path}'",
                        folder=folder, status=(1,))
    folder = attempts.folder("deflated")
    np.savez_compressed(folder / "in.npz", x=X)
    attempts.accept("deflated", ["dtc-run", bundle, "--input", "in.npz"], folder)
    return attempts.finish()


if __name__ == "__main__":
    sys.exit(main())
