"""Casts between all pairs of element types, interpreted and compiled, against NumPy.

    casts.py TOOLS FOLDER

One model has an input of each type and an output of each pair. ONNX leaves open what floats beyond the range of an
integer type become: here the nearest limit, and 0 for not-a-number.
"""

import json
import pathlib
import subprocess
import sys

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper

TYPES = {"BOOL": np.bool_, "INT8": np.int8, "UINT8": np.uint8, "INT16": np.int16, "UINT16": np.uint16,
         "INT32": np.int32, "UINT32": np.uint32, "INT64": np.int64, "UINT64": np.uint64, "FLOAT16": np.float16,
         "BFLOAT16": ml_dtypes.bfloat16, "FLOAT": np.float32, "DOUBLE": np.float64}
FLOATS = ("FLOAT16", "BFLOAT16", "FLOAT", "DOUBLE")


def values(name):
    """Ordinary values and the ends of the range."""
    kind = TYPES[name]
    if name == "BOOL":
        return np.array([False, True])
    if name in FLOATS:
        special = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 0.1, 127.5, 128.0, -129.0, 255.9, 256.0, 32768.0,
                   65504.0, 65520.0, 2.0 ** 31, -2.0 ** 31, 2.0 ** 32, 2.0 ** 63, -2.0 ** 63, 2.0 ** 64, 1e-8, 1e-40,
                   3e38, -3e38, 1.00048828125, 1.0009765625, 2049.0, 2051.0, np.inf, -np.inf, np.nan]
        with np.errstate(all="ignore"):
            return np.array(special, np.float64).astype(kind)
    ends = np.iinfo(kind)
    return np.array([0, 1, 2, 3, 100, ends.max, ends.max - 1, ends.min, ends.min + 1, ends.max // 2, ends.max // 3],
                    dtype=object).astype(kind)


def expected(array, source, target):
    with np.errstate(all="ignore"):
        if source in FLOATS and target == "BOOL":
            return array != 0
        if source in FLOATS and target not in FLOATS:
            ends = np.iinfo(TYPES[target])
            wide = [0 if np.isnan(x) else x for x in array.astype(np.float64)]
            whole = [ends.max if x >= ends.max else ends.min if x <= ends.min else int(x) for x in wide]
            return np.array(whole, dtype=object).astype(TYPES[target])
        return array.astype(TYPES[target])


def build():
    nodes, inputs, outputs, arrays, wanted = [], [], [], {}, {}
    for source in TYPES:
        arrays[source] = values(source)
        inputs.append(helper.make_tensor_value_info(source, getattr(TensorProto, source), arrays[source].shape))
        for target in TYPES:
            name, code = f"{source}_to_{target}", getattr(TensorProto, target)
            nodes.append(helper.make_node("Cast", [source], [name], to=code))
            outputs.append(helper.make_tensor_value_info(name, code, arrays[source].shape))
            wanted[name] = expected(arrays[source], source, target)
    graph = helper.make_graph(nodes, "casts", inputs, outputs)
    model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 21)])
    return model, arrays, wanted


def in_file(array):
    return array.astype(np.float32) if array.dtype == ml_dtypes.bfloat16 else array


def compare(how, path, wanted):
    failures = 0
    with np.load(path) as got:
        for name, want in wanted.items():
            want, array = in_file(want), got[name]
            same = (array == want) | ((array != array) & (want != want))
            if array.dtype != want.dtype or not same.all():
                failures += 1
                i = np.flatnonzero(~same)
                print(f"{how} {name}: expected {want[i]}, got {array[i]} of type {array.dtype}")
    return failures


def main():
    tools, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    model, arrays, wanted = build()
    path = {name: str(folder / name) for name in ("model.onnx", "in.npz", "out.npz", "compiled.npz", "bundle")}
    onnx.save(model, path["model.onnx"])
    np.savez(path["in.npz"], **{name: in_file(array) for name, array in arrays.items()})
    request = json.dumps({"model": path["model.onnx"], "input": path["in.npz"], "output": path["out.npz"]})
    answer = subprocess.run([tools / "dtc-interpret", "--serve"], input=request + "\n", capture_output=True, text=True,
                            check=True).stdout
    if "error" in json.loads(answer):
        sys.exit(answer)
    subprocess.run([tools / "dtc-compile", path["model.onnx"], "-o", path["bundle"]], check=True)
    subprocess.run([tools / "dtc-run", path["bundle"], "--input", path["in.npz"], "--output", path["compiled.npz"]],
                   check=True)
    failures = compare("interpreted", path["out.npz"], wanted) + compare("compiled", path["compiled.npz"], wanted)
    print(f"{2 * len(wanted) - failures} of {2 * len(wanted)} casts agree")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
