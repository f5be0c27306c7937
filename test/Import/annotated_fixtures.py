#!/usr/bin/env python3
"""Writes the placements of model fixtures into their files and reads them back.

    annotated_fixtures.py --bin build/bin MODELS

For every folder of MODELS that holds a model.onnx and a plan.yaml, on the case's own mesh and on four ranks:

1. `dtc-compile --emit onnx-annotated` with the plan writes an annotated model beside a copy of the external data, and
   warns of nothing;
2. the onnx checker accepts it, and its tensors are those of the original;
3. compiled without a plan it gives the same program with the same placements and collectives as the original with
   its plan: the same operations on the same types, whatever their order and their reasons;
4. annotating it once more, without a plan, changes no byte;
5. where onnxruntime is installed it computes the same numbers as the original.

Prints one line a case. Exit status: 0 all agree; 1 something differs.
"""

import argparse
import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnx

try:
    import onnxruntime
except ImportError:
    onnxruntime = None

#: where an operation comes from and why it is there
REASONS = re.compile(r'\b(cause|module) = "[^"]*"')
VALUE = re.compile(r"%[A-Za-z0-9_#]+")


class Failure(Exception):
    """A model that is not read back as it was placed."""


def without_locations(line):
    """The line up to its `loc(…)`, parentheses in quotes included."""
    return re.split(r" loc\(", line)[0]


def operations(text):
    """How often each operation occurs, by its name, attributes and types."""
    counts = collections.Counter()
    for line in text.splitlines():
        if "dtc." not in line or line.startswith("#"):
            continue
        line = re.sub(r'dtc\.model = "[^"]*"', "", line)
        counts[VALUE.sub("%", REASONS.sub("", without_locations(line.strip())))] += 1
    return counts


def compile_model(options, arguments):
    """Runs dtc-compile; what it wrote, and its warnings."""
    done = subprocess.run([str(options.bin / "dtc-compile"), *map(str, arguments)], capture_output=True, text=True,
                          timeout=120)
    if done.returncode != 0:
        raise Failure(f"dtc-compile {' '.join(map(str, arguments))}\n    {done.stderr.strip()}")
    return done.stdout, done.stderr


def check_file(original, annotated):
    """Compares the two files without their annotations."""
    onnx.checker.check_model(str(annotated))
    before, after = (onnx.load(path, load_external_data=False) for path in (original, annotated))
    if after.ir_version < 11:
        raise Failure(f"expected IR version 11 or newer, got {after.ir_version}")
    if not any(node.device_configurations for node in after.graph.node):
        raise Failure("no node has an annotation")
    after.ir_version = before.ir_version
    del after.configuration[:]
    kept = [p for p in after.metadata_props if not p.key.startswith("dtc.")]
    del after.metadata_props[:]
    after.metadata_props.extend(kept)
    for node in after.graph.node:
        del node.device_configurations[:]
    if before != after:
        raise Failure("more than annotations differs from the original")


def check_numbers(original, annotated, inputs):
    """Runs both files with onnxruntime; nothing where it is not installed."""
    if onnxruntime is None:
        return
    results = []
    for path in (original, annotated):
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        results.append(session.run(None, dict(inputs)))
    for before, after in zip(*results, strict=True):
        if not np.array_equal(before, after, equal_nan=True):
            raise Failure("onnxruntime computes other numbers")


def check_case(options, folder, mesh, scratch):
    """One case on one mesh; returns how many collectives it has."""
    case = json.loads((folder / "case.json").read_text())
    for path in folder.glob("model.onnx*"):
        shutil.copy(path, scratch)
    original, annotated, again = (scratch / name for name in ("model.onnx", "annotated.onnx", "again.onnx"))
    dims = [word for name, value in case.get("dims", {}).items() for word in ("--dim", f"{name}={value}")]
    plan = ["--plan", folder / "plan.yaml", "--mesh", mesh]
    _, warnings = compile_model(options, [original, *dims, *plan, "--emit", "onnx-annotated", "-o", annotated])
    if "annotations cannot" in warnings:
        raise Failure(warnings.strip())
    check_file(original, annotated)
    wanted, _ = compile_model(options, [original, *dims, *plan, "--emit", "collectives", "-o", "-"])
    got, _ = compile_model(options, [annotated, *dims, "--emit", "collectives", "-o", "-"])
    wanted, got = operations(wanted), operations(got)
    if wanted != got:
        missing, added = list((wanted - got).items()), list((got - wanted).items())
        raise Failure(f"not read back the same:\n    without {missing[:4]}\n    with {added[:4]}")
    compile_model(options, [annotated, *dims, "--emit", "onnx-annotated", "-o", again])
    if annotated.read_bytes() != again.read_bytes():
        raise Failure("annotating twice gives another file")
    with np.load(folder / "input.npz") as inputs:
        check_numbers(original, annotated, inputs)
    return sum(n for name, n in wanted.items() if "dtc.wait" in name)


def main():
    parser = argparse.ArgumentParser(description="annotate model fixtures and read them back")
    parser.add_argument("models", type=pathlib.Path)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--filter", default="*", help="glob over the names of cases")
    options = parser.parse_args()
    failed = passed = 0
    for folder in sorted(options.models.glob(options.filter)):
        if not (folder / "model.onnx").is_file() or not (folder / "plan.yaml").is_file():
            continue
        case = json.loads((folder / "case.json").read_text())
        if case.get("train") or "safetensors" in case.get("note", ""):
            continue
        for mesh in dict.fromkeys((case["mesh"], "tp=4" if "," not in case["mesh"] else "dp=2,tp=4")):
            with tempfile.TemporaryDirectory(prefix="dtc-annotated-") as scratch:
                try:
                    count = check_case(options, folder, mesh, pathlib.Path(scratch))
                    passed += 1
                    print(f"{folder.name} {mesh} ok: {count} collectives", flush=True)
                except Failure as failure:
                    failed += 1
                    print(f"{folder.name} {mesh} FAILED: {failure}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
