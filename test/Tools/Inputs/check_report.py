#!/usr/bin/env python3
"""Checks a bundle of mlp_pair on two ranks against the documented form of bundles and reports.

    check_report.py BUNDLE
"""

import json
import os
import pathlib
import struct
import sys

MEMBERS = {"dtc_version": str, "model": str, "target": str, "mesh": list, "inputs": list, "outputs": list,
           "parameters": list, "values": list, "collectives": dict, "collectives_by_phase": dict,
           "collective_ops": list, "memory_per_rank": list, "flops_per_rank": list, "warnings": list}
#: bytes of f32 elements that each rank holds of each parameter
HELD = {"net1.weight": 32 * 24 * 4, "net1.bias": 32 * 4, "net2.weight": 24 * 32 * 4, "net2.bias": 24 * 4}
PLACED = {"net1.weight": "shard(0)", "net1.bias": "shard(0)", "net2.weight": "shard(1)", "net2.bias": "replicate"}


def equal(got, wanted, what):
    if got != wanted:
        sys.exit(f"check_report.py: {what}: expected {wanted}, got {got}")


def check_report(report):
    for name, kind in MEMBERS.items():
        equal(isinstance(report.get(name), kind), True, f"'{name}' is a {kind.__name__}")
    equal(report["model"], "model.onnx", "model")
    equal(report["mesh"], [{"name": "tp", "size": 2}], "mesh")
    for side, name in (("inputs", "x"), ("outputs", "y")):
        equal(report[side], [{"name": name, "type": "f32", "shape": [6, 24], "placements": ["replicate"]}], side)
    equal({p["name"]: p["bytes_per_rank"] for p in report["parameters"]}, {n: [b, b] for n, b in HELD.items()},
          "parameters")
    for parameter in report["parameters"]:
        equal(parameter["placements"], [PLACED[parameter["name"]]], parameter["name"])
    for value in report["values"]:
        equal(sorted(value), ["name", "placements", "shape"], "members of a value")


def check_collectives(report):
    equal(report["collectives"], {"all_reduce": 1, "wait": 1}, "collectives")
    equal(report["collectives_by_phase"]["forward"], report["collectives"], "collectives of the forward phase")
    for phase in ("backward", "optimizer"):
        equal(report["collectives_by_phase"][phase], {}, phase)
    operation, = [op for op in report["collective_ops"] if op["kind"] != "wait"]
    equal({key: operation[key] for key in ("kind", "reduce", "axes", "bytes", "phase", "module", "cause")},
          {"kind": "all_reduce", "reduce": "sum", "axes": ["tp"], "bytes": 6 * 24 * 4, "phase": "forward",
           "module": "net2", "cause": "net2: partial(sum) -> replicate"}, "the all_reduce")


def check_sizes(report):
    equal(len(report["memory_per_rank"]), 2, "ranks of the memory")
    for memory in report["memory_per_rank"]:
        equal(memory["weights"], sum(HELD.values()), "bytes of weights")
        equal(memory["total"], memory["weights"] + memory["activations"], "total bytes")
    # Two products of 6 rows, 24 and 32 features, and what comes with them.
    for flops in report["flops_per_rank"]:
        equal(flops >= 2 * 2 * 6 * 24 * 32, True, "operations of a rank")


def check_files(bundle, manifest):
    names = {path.name for path in bundle.iterdir()}
    equal(names, {"manifest.json", "report.json", "rank0", "rank1", "weights.rank0.safetensors",
                  "weights.rank1.safetensors"}, "files")
    equal({entry["name"] for entry in manifest["files"]}, names - {"manifest.json"}, "files of the manifest")
    for entry in manifest["files"]:
        equal((bundle / entry["name"]).stat().st_size, entry["size"], f"size of {entry['name']}")
    equal((bundle / "rank0").stat().st_ino, (bundle / "rank1").stat().st_ino, "ranks of one program share a file")
    equal(os.access(bundle / "rank0", os.X_OK), True, "rank0 is executable")
    data = (bundle / "weights.rank1.safetensors").read_bytes()
    header = json.loads(data[8:8 + struct.unpack_from("<Q", data)[0]])
    equal({name: entry["data_offsets"][1] - entry["data_offsets"][0] for name, entry in header.items()
           if name != "__metadata__"}, HELD, "tensors of rank 1")


def main():
    bundle = pathlib.Path(sys.argv[1])
    report = json.loads((bundle / "report.json").read_text())
    check_report(report)
    check_collectives(report)
    check_sizes(report)
    check_files(bundle, json.loads((bundle / "manifest.json").read_text()))
    print("as documented")
    return 0


if __name__ == "__main__":
    sys.exit(main())
