#!/usr/bin/env python3
"""Measures placement cases on the reference: writes what PyTorch's DTensor makes of each of them.

usage: measure_reference.py [--seed N] [--count N] [--merge OLD.json] OUT.json

Needs torch 2.10; nothing else of the project does. The cases (reference_cases.py) are expressions over placed operands;
for each one:

1. One process stands for rank 0 of a mesh: torch's fake process group moves nothing. Placements, shapes and
   the collectives that are asked for do not depend on values.
2. The operands are made by `DTensor.from_local` with their global shapes, then the expression is evaluated in torch's
   words under `CommDebugMode`.
3. Placements, shape and collectives of the result are written, or the first line of the error. A case that torch itself
   cannot evaluate without a mesh (a shape that does not fit) is no case, and left out.

The output has the format that check_oracle.py reads.
"""

import argparse
import json
import re
import sys

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor, Partial, Replicate, Shard
from torch.distributed.tensor._utils import compute_local_shape_and_global_offset
from torch.distributed.tensor.debug import CommDebugMode
from torch.testing._internal.distributed.fake_pg import FakeStore

from reference_cases import make_cases

DTYPES = {"f32": torch.float32, "f64": torch.float64, "f16": torch.float16, "bf16": torch.bfloat16, "i64": torch.int64,
          "i32": torch.int32, "bool": torch.bool}
KINDS = {"all_reduce": "all_reduce", "all_gather_into_tensor": "all_gather", "reduce_scatter_tensor": "reduce_scatter",
         "all_to_all_single": "all_to_all", "allreduce_": "all_reduce", "_allgather_base_": "all_gather",
         "shard_dim_alltoall": "all_to_all"}


class Stop(Exception):
    """The reference counts something that cases have no word for."""


def placement(word):
    if word == "replicate":
        return Replicate()
    match = re.fullmatch(r"(shard|partial)\((\w+)\)", word)
    return Shard(int(match[2])) if match[1] == "shard" else Partial(match[2])


def word(held):
    if held.is_replicate():
        return "replicate"
    if held.is_shard():
        return f"shard({held.dim})"
    if type(held) is Partial:
        return f"partial({held.reduce_op})"
    if type(held).__name__ in ("MaskPartial", "_MaskPartial"):
        return "mask_partial(sum)"
    if type(held).__name__ == "_NormPartial":
        return f"norm_partial({held.norm_type})"
    raise Stop(f"placement {held}")


def namespace(operands):
    """What the words of expressions mean."""
    words = {name: getattr(torch, name) for name in dir(torch) if not name.startswith("_")}
    for name in ("relu", "gelu", "silu", "sigmoid", "softmax", "log_softmax", "layer_norm", "embedding", "linear",
                 "one_hot", "pad", "scaled_dot_product_attention", "nll_loss", "cross_entropy", "mse_loss", "conv1d",
                 "conv2d", "conv3d", "leaky_relu", "elu", "hardtanh", "softplus", "mish", "hardswish", "group_norm",
                 "avg_pool2d", "max_pool2d", "normalize"):
        words[name] = getattr(F, name)
    words["rms_norm"] = lambda x, inner, weight=None: torch.ops.aten._fused_rms_norm(x, inner, weight, None)
    words["vector_norm"] = torch.linalg.vector_norm
    words["dropout"] = lambda x, p, mode: F.dropout(x, p, training=mode)
    words.update(train=True, eval=False, shard=Shard, replicate=Replicate(), f16=torch.float16, bf16=torch.bfloat16,
                 f32=torch.float32, f64=torch.float64, i32=torch.int32, i64=torch.int64)
    words["partial"] = lambda op=None: Partial(str(op) if op else "sum")
    words.update({op: op for op in ("avg", "product")})
    words["cast"] = lambda x, dtype: x.to(dtype)
    words["redistribute"] = lambda x, wanted: x.redistribute(x.device_mesh, wanted)
    for name in ("view", "reshape", "repeat", "expand", "view_as", "expand_as", "masked_fill", "copy_", "tile", "new_zeros"):
        words[name] = lambda x, *rest, name=name: getattr(x, name)(*rest)
    words.update(operands)
    return words


def evaluate(expr, operands):
    # The words of reductions are functions elsewhere: partial(max) means the word.
    expr = re.sub(r"partial\((\w+)\)", r"partial('\1')", expr)
    return eval(expr, namespace(operands))


def plain_shape(case):
    """The result's shape without a mesh; None where the expression means nothing."""
    operands = {}
    for name, operand in case["operands"].items():
        dtype = DTYPES[operand.get("dtype", "f32")]
        operands[name] = torch.zeros(operand["shape"], dtype=dtype)
    if "redistribute" in case["expr"]:
        return list(operands["x"].shape)
    try:
        result = evaluate(case["expr"], operands)
    except (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError, AttributeError):
        return None
    while isinstance(result, (tuple, list)):
        result = result[0]
    return list(result.shape)


def place(operand, mesh):
    placements = [placement(text) for text in operand["placements"]]
    shape = torch.Size(operand["shape"])
    local, _ = compute_local_shape_and_global_offset(shape, mesh, placements)
    stride = torch.empty(shape, device="meta").stride()
    dtype = DTYPES[operand.get("dtype", "f32")]
    return DTensor.from_local(torch.zeros(local, dtype=dtype), mesh, placements, run_check=False, shape=shape,
                              stride=stride)


def measure(case, mesh):
    operands = {name: place(operand, mesh) for name, operand in case["operands"].items()}
    counted = {}
    try:
        with CommDebugMode() as comm:
            result = evaluate(case["expr"], operands)
        while isinstance(result, (tuple, list)):
            result = result[0]
        if not isinstance(result, DTensor):
            raise Stop(f"result {type(result)}")
    except (Stop, AssertionError):
        raise
    except IndexError as error:
        # Gathered indices are not real: the fake group moves nothing.
        raise Stop(str(error)) from error
    except Exception as error:  # the reference refuses by many classes of exceptions
        text = str(error).strip().splitlines()
        return {"error": (text[0] if text else type(error).__name__)[:120]}
    for op, count in comm.get_comm_counts().items():
        name = re.sub(r".*\.|'.*", "", str(op))
        if name not in KINDS:
            raise Stop(f"collective {name}")
        counted[KINDS[name]] = counted.get(KINDS[name], 0) + count
    if len(result.placements) != mesh.ndim:
        raise Stop(f"{len(result.placements)} placements on a mesh of {mesh.ndim} axes")
    return {"shape": list(result.shape), "placements": [word(held) for held in result.placements],
            "collectives": counted}


def measure_all(cases):
    kept, left, world = [], 0, None
    for case in sorted(cases, key=lambda case: case["mesh"]):
        shape = plain_shape(case)
        if shape is None:
            left += 1
            continue
        size = 1
        for extent in case["mesh"]:
            size *= extent
        if world != case["mesh"]:
            if world:
                dist.destroy_process_group()
            dist.init_process_group("fake", store=FakeStore(), rank=0, world_size=size)
            world = case["mesh"]
            mesh = init_device_mesh("cpu", tuple(case["mesh"]))
        try:
            case["expect"] = measure(case, mesh)
        except (Stop, AssertionError) as error:
            print(f"{case['id']}: {error}", file=sys.stderr)
            left += 1
            continue
        found = case["expect"].get("shape", shape)
        if found != shape:
            print(f"{case['id']}: the reference gives shape {found} instead of {shape}", file=sys.stderr)
            left += 1
            continue
        kept.append(case)
    print(f"{len(kept)} cases, {left} left out", file=sys.stderr)
    return sorted(kept, key=lambda case: case["id"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20, help="cases a family and mesh")
    parser.add_argument("out")
    options = parser.parse_args()
    if not torch.__version__.startswith("2.10"):
        sys.exit(f"error: expected torch 2.10, whose rules the cases follow, got {torch.__version__}")
    cases = measure_all(make_cases(options.seed, options.count))
    with open(options.out, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
