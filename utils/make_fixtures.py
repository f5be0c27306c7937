#!/usr/bin/env python3
"""Makes the model fixtures under test/Fixtures/models from seeded random weights.

Needs PyTorch, transformers, onnx and onnxscript; the tests that read the fixtures need none of
them. For every case of fixture_cases.py:

1. build the module and run it eagerly on one thread: that is `expected.npz`;
2. export it to `model.onnx` (torch.onnx.export with dynamo, or the older tracer for the old
   opsets), and where the case asks for it to `model.pt2`;
3. write `plan.yaml`, `input.npz` and `case.json`;
4. where onnxruntime is installed, run the exported file and compare, so that a wrong export
   never becomes a test.

    utils/make_fixtures.py                    all cases
    utils/make_fixtures.py llama 'mlp_*'      only those
"""

import argparse
import fnmatch
import json
import logging
import os
import pathlib
import shutil
import sys
import warnings

import numpy as np
import torch

import export_model
import fixture_cases

ROOT = pathlib.Path(__file__).resolve().parent.parent / "test" / "Fixtures" / "models"


def export_onnx(case, module, path):
    """Writes `module` to `path` with the exporter that the case names."""
    if case.exporter == "torchscript":
        axes = {name: dict(axes) for name, axes in (case.dynamic or {}).items()}
        torch.onnx.export(module, tuple(case.inputs.values()), path, dynamo=False, opset_version=case.opset,
                          dynamic_axes=axes, input_names=list(case.inputs), output_names=list(case.outputs))
        export_model.shorten_metadata(path)
        return
    export_model.export_onnx(module, case.inputs, path, case.outputs, by_name=False, dynamic=case.dynamic,
                             opset=case.opset, external_data=case.external_data == "beside")


def describe(case):
    """The content of case.json."""
    description = {"name": case.name, "mesh": case.mesh, "steps": 1, "train": False, "atol": case.atol, "rtol": 1e-4,
                   "inputs": list(case.inputs), "outputs": list(case.outputs)}
    for key in ("collectives", "placements"):
        if getattr(case, key) is not None:
            description[key] = getattr(case, key)
    if case.dims:
        description["dims"] = case.dims
    if case.more_meshes:
        description["more_meshes"] = list(case.more_meshes)
    return description


def check_export(case, folder, expected):
    """Runs model.onnx with onnxruntime; raises when it differs from the eager numbers."""
    try:
        import onnxruntime
    except ImportError:
        return "not checked: onnxruntime is not installed"
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    feeds = {name: value.numpy() for name, value in case.inputs.items()}
    known = {i.name for i in session.get_inputs()}
    missing = sorted(set(feeds) - known)
    if missing:
        raise SystemExit(f"{case.name}: the export lost the inputs {missing}")
    worst = 0.0
    for name, value in zip(case.outputs, session.run(list(case.outputs), feeds)):
        np.testing.assert_allclose(value, expected[name], atol=case.atol, rtol=1e-4, err_msg=f"{case.name}: {name}")
        worst = max(worst, float(np.abs(value - expected[name]).max()))
    return f"onnxruntime differs by {worst:.1e}"


def make(case, root):
    """Writes one fixture folder anew; returns what the check said."""
    folder = root / case.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    module = case.build()
    with torch.no_grad():
        values = module(*case.inputs.values())
    values = values if isinstance(values, tuple) else (values,)
    expected = {name: value.numpy().copy() for name, value in zip(case.outputs, values, strict=True)}
    export_onnx(case, module, folder / "model.onnx")
    if case.archive == "pt2":
        export_model.export_archive(module, case.inputs, folder / "model.pt2", by_name=False)
    (folder / "plan.yaml").write_text(case.plan)
    np.savez(folder / "input.npz", **{name: value.numpy() for name, value in case.inputs.items()})
    np.savez(folder / "expected.npz", **expected)
    (folder / "case.json").write_text(json.dumps(describe(case), indent=1) + "\n")
    return check_export(case, folder, expected)


def main():
    parser = argparse.ArgumentParser(description="make the model fixtures")
    parser.add_argument("cases", nargs="*", default=["*"], help="names or globs (default: all)")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT, help="folder that gets one folder a case")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    chosen = [c for c in fixture_cases.all_cases() if any(fnmatch.fnmatch(c.name, g) for g in options.cases)]
    if not chosen:
        print(f"no case matches {options.cases}", file=sys.stderr)
        return 2
    for case in chosen:
        verdict = make(case, options.output)
        size = sum(os.path.getsize(p) for p in (options.output / case.name).iterdir())
        print(f"{case.name:28} {size / 1024:8.1f} KiB  {verdict}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
