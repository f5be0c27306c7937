"""Reading and writing safetensors files with numpy alone (f32 and i64).

The format: eight bytes of little-endian header length, a JSON header name -> {dtype, shape,
data_offsets}, the data. `write` also returns where each array lies, for ONNX external data.
"""

import json
import struct

import numpy as np

TYPES = {"F32": np.dtype("<f4"), "I64": np.dtype("<i8")}
NAMES = {dtype: name for name, dtype in TYPES.items()}


def read(path):
    """All arrays of a file, as read-only views of one memory map."""
    data = np.memmap(path, np.uint8, mode="r")
    (length,) = struct.unpack("<Q", data[:8].tobytes())
    if length > data.size - 8:
        raise ValueError(f"'{path}': expected a header of at most {data.size - 8} bytes, got {length}")
    arrays = {}
    for name, entry in json.loads(data[8:8 + length].tobytes()).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        arrays[name] = data[begin:end].view(TYPES[entry["dtype"]]).reshape(entry["shape"])
    return arrays


def write(path, arrays):
    """Writes the arrays; returns name -> (offset in the file, bytes)."""
    header, offset = {}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": NAMES[array.dtype], "shape": list(array.shape),
                        "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 64 + 56)  # data starts at a multiple of 64
    places = {name: (8 + len(text) + entry["data_offsets"][0], arrays[name].nbytes) for name, entry in header.items()}
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for array in arrays.values():
            file.write(np.ascontiguousarray(array).tobytes())
    return places
