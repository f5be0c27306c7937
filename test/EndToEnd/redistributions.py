#!/usr/bin/env python3
"""Changes of placement in compiled programs: every rank holds, and the caller gets, the right numbers.

    redistributions.py FOLDER [TARGET] [TRANSPORT]

1. For each mesh a program with many arguments is written; each is held by random placements and wanted by others that
   can be reached.
2. It is compiled and run by processes; contributions to partial inputs differ from rank to rank.
3. The outputs must be the values that the contributions have together, and every rank's piece its part of them.
"""

import itertools
import math
import pathlib
import random
import subprocess
import sys

import numpy as np

# Mesh, shape, number of arguments.
CASES = [([4], (5, 7, 3), 20), ([2, 2], (8, 8, 16), 40), ([2, 2], (1, 3), 20), ([2, 3], (5, 7, 3), 30),
         ([2, 2, 2], (5, 7, 3), 40)]
JOIN = {"sum": sum, "avg": lambda pieces: sum(pieces) / len(pieces), "max": lambda pieces: np.maximum.reduce(pieces),
        "min": lambda pieces: np.minimum.reduce(pieces)}


TARGET = sys.argv[2] if len(sys.argv) > 2 else "cpu"
TRANSPORT = sys.argv[3] if len(sys.argv) > 3 else "auto"


def draw(rng, shape, mesh, kinds):
    """A word an axis; partial values of one kind only, as kinds do not commute."""
    kind = rng.choice(kinds) if kinds else None
    choices = ["replicate"] + [f"shard({dim})" for dim in range(len(shape))] + ([f"partial({kind})"] * 2 if kind else [])
    return [rng.choice(choices) for _ in mesh]


def piece(array, words, mesh, rank):
    """The part of a complete value that a rank holds."""
    for axis, word in enumerate(words):
        coordinate = rank // math.prod(mesh[axis + 1:]) % mesh[axis]
        if word.startswith("shard"):
            dim = int(word[6:-1])
            chunk = -(-array.shape[dim] // mesh[axis])
            array = array.take(range(min(coordinate * chunk, array.shape[dim]),
                                     min((coordinate + 1) * chunk, array.shape[dim])), dim)
    return array


def value(pieces, words, mesh):
    """What the ranks' whole-shaped contributions are together: the last axis is completed first."""
    held = np.array(pieces).reshape(tuple(mesh) + pieces[0].shape)
    for axis in reversed(range(len(mesh))):
        parts = [held.take(i, axis) for i in range(mesh[axis])]
        held = JOIN[words[axis][8:-1]](parts) if words[axis].startswith("partial") else parts[0]
    return held


def contributions(rng, shape, words, mesh):
    """Each rank's array, the same along axes that are not partial; multiples of 1/8 add up exactly."""
    drawn = {}
    result = []
    for place in itertools.product(*map(range, mesh)):
        key = tuple(at if word.startswith("partial") else 0 for at, word in zip(place, words))
        if key not in drawn:
            drawn[key] = rng.integers(-64, 64, shape).astype(np.float32) / 8
        result.append(drawn[key])
    return result


def agree(got, wanted):
    """Averages over three ranks are rounded."""
    return got.shape == wanted.shape and np.allclose(got, wanted, 1e-6, 1e-6)


def layout(axes, words):
    return f"#dtc.layout<#dtc.mesh<{axes}>, [{', '.join(words)}]>"


def run(mesh, shape, count, folder):
    """Names of results that differ."""
    seed = math.prod(mesh) * 100 + len(shape)
    rng, numbers = random.Random(seed), np.random.default_rng(seed)
    axes = ", ".join(f'"a{axis}" = {size}' for axis, size in enumerate(mesh))
    plain = f"tensor<{'x'.join(map(str, shape))}xf32>"
    arguments, results, arrays, cases = [], [], {}, []
    for index in range(count):
        source, target = draw(rng, shape, mesh, list(JOIN)), draw(rng, shape, mesh, [])
        arguments.append(f"%x{index}: {plain} {{dtc.name = \"x{index}\", dtc.layout = {layout(axes, source)}}}")
        results.append(f"{plain} {{dtc.name = \"y{index}\", dtc.layout = {layout(axes, target)}}}")
        pieces = contributions(numbers, shape, source, mesh)
        arrays[f"x{index}"] = pieces[0]
        if any(word.startswith("partial") for word in source):
            arrays.update({f"x{index}.rank{rank}": array for rank, array in enumerate(pieces)})
        cases.append((source, target, value(pieces, source, mesh)))
    names = ", ".join(f"%x{index}" for index in range(count))
    (folder / "model.mlir").write_text(
        f"module attributes {{dtc.mesh = #dtc.mesh<{axes}>}} {{\nfunc.func @main({', '.join(arguments)})\n"
        f"    -> ({', '.join(results)}) {{\n  return {names} : {', '.join([plain] * count)}\n}}\n}}\n")
    np.savez(folder / "in.npz", **arrays)
    subprocess.run(["dtc-compile", folder / "model.mlir", "-o", folder / "bundle", "--target", TARGET],
                   check=True)
    subprocess.run(["dtc-run", folder / "bundle", "--input", folder / "in.npz", "--output", folder / "out.npz",
                    "--local-output", folder / "local.npz", "--transport", TRANSPORT], check=True)
    wrong = []
    with np.load(folder / "out.npz") as whole, np.load(folder / "local.npz") as local:
        for index, (source, target, wanted) in enumerate(cases):
            same = agree(whole[f"y{index}"], wanted)
            for rank in range(math.prod(mesh)):
                same &= agree(local[f"y{index}.rank{rank}"], piece(wanted, target, mesh, rank))
            if not same:
                wrong.append(f"{mesh} {shape} {source} -> {target}")
    return wrong


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    wrong = [name for mesh, shape, count in CASES for name in run(mesh, shape, count, folder)]
    for name in wrong:
        print(f"differs: {name}")
    print(f"{sum(count for _, _, count in CASES) - len(wrong)} redistributions agree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
