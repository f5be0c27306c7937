#!/usr/bin/env python3
"""Exports the cases of torch_cases.py as `.pt2` archives with the numbers that PyTorch gives.

    make_torch_fixtures.py FOLDER [FAMILY...]

Gradients, in FOLDER/gradients: NAME.pt2 of a module with the parameter z whose one output joins the results of
torch_cases.slopes, and NAME.npz with its inputs and the gradient of z for the sum of the output times `weight`.

For each family: FAMILY.pt2 as torch.export makes it, FAMILY.core.pt2 decomposed to core ATen, FAMILY.npz with the inputs
(in.NAME) and results (out.N). Archives are written again without what no reader needs, the second one deflated. Needs
PyTorch.
"""

import io
import json
import pathlib
import sys
import warnings
import zipfile

import numpy as np
import torch

from torch_cases import ARRAYS, FAMILIES, SLOPES

DROPPED = ("data/sample_inputs/", ".data/")


class Case(torch.nn.Module):
    """The results of one family as a module's outputs."""

    def __init__(self, results):
        super().__init__()
        self.results = results

    def forward(self, *inputs):
        return tuple(self.results(*inputs))


def shorten(text):
    """The model's JSON without stack traces but the innermost frame's line, without white space."""
    program = json.loads(text)
    for node in program["graph_module"]["graph"]["nodes"]:
        node["metadata"].pop("torch_fn", None)
        trace = node["metadata"].pop("stack_trace", "")
        if trace:
            node["metadata"]["stack_trace"] = "File \"cases.py\", line 1, in forward\n    " + trace.splitlines()[-1].strip()
    return json.dumps(program, separators=(",", ":")).encode()


def write(program, path, method):
    """Saves, then copies what readers need."""
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(path, "w", method, compresslevel=9) as target:
        for name in source.namelist():
            inner = name.split("/", 1)[1]
            if inner.startswith(DROPPED):
                continue
            data = source.read(name)
            if inner.startswith("models/"):
                data = shorten(data)
            entry = zipfile.ZipInfo(f"{path.name.split('.')[0]}/{inner}", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = method
            target.writestr(entry, data)


def array(tensor):
    """As the npz files have it: bf16 as f32."""
    tensor = tensor.detach()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()


class Slopes(torch.nn.Module):
    """All results of `function` at the parameter z, one after the other, each with a weight."""

    def __init__(self, function, points):
        super().__init__()
        self.function = function
        self.z = torch.nn.Parameter(points.clone())

    def forward(self, target, weight):
        results = self.function(self.z, target)
        return torch.cat([torch.as_tensor(result).reshape(-1) for result in results]) * weight


def write_gradients(folder):
    """The gradients of one module in f32 and one in f64."""
    folder.mkdir(parents=True, exist_ok=True)
    function, points, target = SLOPES
    for name, kind in (("slopes32", torch.float32), ("slopes64", torch.float64)):
        module = Slopes(function, points.to(kind))
        count = sum(torch.as_tensor(result).numel() for result in function(points, target))
        weight = torch.cos(torch.arange(count, dtype=torch.float64) * 0.7 + 0.2).to(kind)
        inputs = (target.to(kind), weight)
        write(torch.export.export(module, inputs, strict=False), folder / f"{name}.pt2", zipfile.ZIP_DEFLATED)
        result = module(*inputs)
        result.sum().backward()
        np.savez_compressed(folder / f"{name}.npz", target=array(inputs[0]), weight=array(weight), y=array(result),
                            gradient=array(module.z.grad))
        print(name, count, "elements")


def main():
    warnings.filterwarnings("ignore")
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, names, results in FAMILIES:
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        inputs = tuple(ARRAYS[key] for key in names.split())
        module = Case(results).eval()
        program = torch.export.export(module, inputs, strict=False)
        write(program, folder / f"{name}.pt2", zipfile.ZIP_DEFLATED)
        write(program.run_decompositions(), folder / f"{name}.core.pt2", zipfile.ZIP_DEFLATED)
        arrays = {f"in.{spec.arg.name}": array(tensor) for spec, tensor in zip(
            [s for s in program.graph_signature.input_specs if s.kind.name == "USER_INPUT"], inputs)}
        arrays |= {f"out.{i}": array(t) for i, t in enumerate(module(*inputs))}
        np.savez_compressed(folder / f"{name}.npz", **arrays)
        sizes = [(folder / f"{name}{end}").stat().st_size for end in (".pt2", ".core.pt2", ".npz")]
        print(name, len(module(*inputs)), "results;", sizes, "bytes")
    if not sys.argv[2:] or "gradients" in sys.argv[2:]:
        write_gradients(folder / "gradients")


if __name__ == "__main__":
    sys.exit(main())
