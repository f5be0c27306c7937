"""Every redistribution between two placements, through the passes and the interpreter.

1. For each mesh a module is made with one function for each pair of placements of a tensor: one `dtc.redistribute`.
2. A pair that the steps along single axes do not reach is refused, and must be: a shard never becomes partial, one
   kind of partial value never another, nothing becomes a partial product.
3. The number of collectives must be the least: a shortest path over all placements, one axis changing at a time, where
   an axis changes to or from a split only while no later axis splits the same dimension.
4. `dtc-interpret` runs the rest globally, placed and localised: the numbers must be equal.
"""

import argparse
import heapq
import itertools
import random
import re
import subprocess
import sys

REPLICATE = "replicate"
KINDS = [f"partial({kind})" for kind in ("sum", "avg", "max", "min", "product")]
COLLECTIVE = re.compile(r"= dtc\.(?:all_reduce|all_gather|reduce_scatter|all_to_all) ")

# Mesh, shape, kinds of partial values, and how many pairs: uneven and empty shards nearly everywhere.
SPACES = [
    ([4], (8, 8), KINDS, None),
    ([4], (5, 3), KINDS, None),
    ([3], (1, 7), KINDS, None),
    ([1], (5, 3), KINDS, None),
    ([2, 3], (7, 3), KINDS, None),
    ([3, 1], (5, 3), KINDS[:2], None),
    ([2, 2, 2], (5, 3), KINDS[:1], None),
    ([2, 2], (8, 8, 16), KINDS[:1], None),
    ([2, 2], (5, 7, 3), KINDS[:1], None),
    ([2, 2], (1, 3), KINDS[:1], None),
    ([2, 2, 2], (8, 8, 16), KINDS[:2], 400),
    ([2, 3, 2], (5, 7, 3), KINDS[:1], 400),
    ([2, 2, 2], (1, 3), KINDS[:2], 400),
]


def is_step(before, after):
    """Whether an axis may go from one placement to another in one step."""
    return before != after and (not after.startswith("partial") or
                                before == REPLICATE and after != "partial(product)")


def commute(a, b):
    return a == b or {a, b} <= {"partial(sum)", "partial(avg)"}


def waits_for(before, after, inner):
    """Whether an axis can change only when `inner`, a later axis, is complete."""
    if not inner.startswith("partial") or before == after:
        return False
    if before.startswith("partial"):
        return not commute(before, inner)
    return after == "partial(sum)" and inner == "partial(product)"


def least_collectives(start, words):
    """The least number of collectives to every placement that can be reached."""
    found, queue = {start: 0}, [(0, start)]
    while queue:
        cost, state = heapq.heappop(queue)
        if cost > found[state]:
            continue
        for axis, before in enumerate(state):
            later = [word for word in state[axis + 1:] if word.startswith("shard")]
            for after in words:
                if not is_step(before, after) or before in later or after in later:
                    continue
                if any(waits_for(before, after, inner) for inner in state[axis + 1:]):
                    continue
                # A value that is replicated becomes anything without a collective.
                next_cost = cost + (before != REPLICATE)
                target = state[:axis] + (after,) + state[axis + 1:]
                if next_cost < found.get(target, next_cost + 1):
                    found[target] = next_cost
                    heapq.heappush(queue, (next_cost, target))
    return found


def is_legal(start, target):
    """What is promised: every axis changes in a step, and none waits for one that stays partial."""
    for axis, (before, after) in enumerate(zip(start, target)):
        if before == after:
            continue
        if not is_step(before, after):
            return False
        if any(inner == kept and waits_for(before, after, inner)
               for inner, kept in zip(start[axis + 1:], target[axis + 1:])):
            return False
    return True


def mesh_attribute(mesh):
    return "#dtc.mesh<" + ", ".join(f'"a{axis}" = {size}' for axis, size in enumerate(mesh)) + ">"


def module(mesh, functions):
    return f"module attributes {{dtc.mesh = {mesh_attribute(mesh)}}} {{\n{''.join(functions)}}}\n"


def function(name, mesh, shape, start, target):
    types = [f"tensor<{'x'.join(map(str, shape))}xf32, #dtc.layout<{mesh_attribute(mesh)}, [{', '.join(words)}]>>"
             for words in (start, target)]
    return (f"func.func @{name}(%x: {types[0]}) -> {types[1]} {{\n"
            f"  %0 = dtc.redistribute %x cause \"test\" : {types[0]} -> {types[1]}\n  return %0 : {types[1]}\n}}\n")


def run(command, text=None):
    return subprocess.run(command, input=text, capture_output=True, text=True)


def check_refusals(functions):
    """Each of these programs must be refused by name."""
    done = run(["dtc-opt", "--split-input-file", "--dtc-insert-collectives"], "// -----\n".join(functions))
    refused = len(re.findall(r"error: 'dtc.redistribute' op .*(?:is not supported|changes the value)", done.stderr))
    if refused != len(functions):
        sys.exit(f"expected {len(functions)} refusals, got {refused}\n{done.stderr[:2000]}")


def pairs_of(words, axes, count):
    """All pairs of different placements, or some of them: start to targets."""
    states = list(itertools.product(words, repeat=axes))
    pairs = [(start, target) for start in states for target in states if start != target]
    if count is not None:
        pairs = sorted(random.Random(str(words)).sample(pairs, count))
    return itertools.groupby(pairs, key=lambda pair: pair[0])


def check_space(mesh, shape, words, count, work):
    """Numbers of redistributions that ran and that were refused."""
    functions, refusals, expected = [], [], {}
    for start, pairs in pairs_of(words, len(mesh), count):
        least = least_collectives(start, words)
        for _, target in pairs:
            name = f"f{len(expected) + len(refusals)}"
            text = function(name, mesh, shape, start, target)
            if is_legal(start, target):
                functions.append(text)
                # Along an axis of one rank nothing moves.
                single = all(before == after for before, after, size in zip(start, target, mesh) if size > 1)
                expected[name] = (start, target, 0 if single else least[target])
            else:
                refusals.append(text)
    if refusals:
        check_refusals(refusals)
    done = run(["dtc-opt", "--dtc-insert-collectives", "-o", work], module(mesh, functions))
    if done.returncode:
        sys.exit(done.stderr[:2000])
    with open(work, encoding="utf-8") as file:
        bodies = re.split(r"^  func\.func @(\w+)", file.read(), flags=re.MULTILINE)
    for name, body in zip(bodies[1::2], bodies[2::2]):
        start, target, least = expected[name]
        count = len(COLLECTIVE.findall(body))
        if count != least and 1 not in mesh:
            sys.exit(f"{mesh} {shape}: {start} -> {target}: expected {least} collectives, got {count}")
        if count > least:
            sys.exit(f"{mesh} {shape}: {start} -> {target}: expected at most {least} collectives, got {count}")
    done = run(["dtc-interpret", work, "--all", "--localize", "--tolerance", "1e-6"])
    agreeing = done.stdout.count("local differs by")
    if done.returncode or agreeing != len(functions):
        lines = [line for line in done.stdout.splitlines() if "differs by" in line and "by 0, local differs by 0" not in line]
        sys.exit(f"{mesh} {shape}: expected {len(functions)} equal results, got {agreeing}\n{done.stderr[:2000]}"
                 + "\n".join(lines[:20]))
    return len(functions), len(refusals)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", required=True, help="a file name to write the modules to")
    options = parser.parse_args()
    for mesh, shape, kinds, count in SPACES:
        words = [REPLICATE] + [f"shard({dim})" for dim in range(len(shape))] + kinds
        ran, refused = check_space(mesh, shape, words, count, options.work)
        print(f"mesh {'x'.join(map(str, mesh))} {shape}: {ran} run, {refused} refused")


if __name__ == "__main__":
    main()
