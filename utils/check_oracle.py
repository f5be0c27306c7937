#!/usr/bin/env python3
"""Runs placement cases through the compiler and compares with what was measured.

usage: check_oracle.py [--bin DIR] [--floor PERCENT] [--verbose] FILE.json

A case: id, mesh, topology, expr, operands (shape, placements, dtype), expect (placements, shape, collectives or
operand_placements; or error). For each one:

1. The expression becomes a dtc program (oracle_program.py, oracle_ops.py, oracle_shapes.py,
   oracle_losses.py).
2. `dtc-opt` places it and inserts collectives; all cases go through one process, split by `// -----`.
3. Placements, shape and collectives are compared with what is expected. `all_to_all` counts as `all_gather`, `wait` and
   `halo_exchange` not at all; an expected error agrees when dtc refuses too. Without expected collectives the operands
   of the last op are compared with `operand_placements`.
4. `dtc-interpret` runs the placed programs on simulated ranks: the numbers must be those of the global program. Cases
   of more than 2^22 multiplications are too slow for the interpreter; their placements are still compared.

Prints each deviation, and last `N of M cases agree`; exit status 0 when at least 97 % (or --floor) agree, 2 on wrong
usage.
"""

import argparse
import collections
import json
import math
import os
import re
import subprocess
import sys
import tempfile

import oracle_losses  # registers its handlers
import oracle_shapes  # and so does this
from oracle_program import CannotTranslate, translate

assert oracle_losses
HANDLERS = oracle_shapes.HANDLERS
COUNTED = ("all_reduce", "all_gather", "reduce_scatter", "all_to_all")
MOVES = COUNTED + ("wait", "redistribute", "local_slice", "local_partial")
MOST_WORK = 1 << 22


def fail(message):
    print(f"error: {message}", file=sys.stderr)
    sys.exit(2)


def read_cases(path):
    try:
        with open(path, encoding="utf-8") as file:
            cases = json.load(file)
    except (OSError, ValueError) as error:
        fail(f"'{path}': {error}")
    keys = ("id", "mesh", "expr", "operands", "expect")
    cases = cases.get("cases") if isinstance(cases, dict) else cases
    if not isinstance(cases, list) or not all(isinstance(case, dict) and all(key in case for key in keys)
                                              for case in cases):
        fail(f"'{path}': expected a list of cases with {', '.join(keys)}")
    return cases


# The compiler

def run(command, **options):
    try:
        return subprocess.run(command, capture_output=True, text=True, **options)
    except OSError as error:
        fail(f"cannot run '{command[0]}': {error.strerror}; name the tools' folder with --bin")


def diagnostics(text):
    """(name, message) of the errors about cases: their ops are located by the case's name."""
    return re.findall(r'error: loc\("(\w+)"\): (.*)', text)


def place(tool, programs):
    """`programs`: name to text. By name: functions that were placed, refusals, and what went wrong otherwise."""
    done = run([tool, "--split-input-file", "--mlir-print-local-scope", "--dtc-propagate-placements",
                "--dtc-insert-collectives"], input="// -----\n".join(programs.values()))
    functions, errors = {}, {}
    for text in re.findall(r"^  func\.func @\w+.*?^  }$", done.stdout, re.MULTILINE | re.DOTALL):
        functions[re.match(r"  func\.func @(\w+)", text).group(1)] = text
    for name, message in diagnostics(done.stderr):
        errors.setdefault(name, message)
    # What is no diagnostic about the case is the translation's fault, or the tool's: never agreement.
    lost = {name: "" for name in programs if name not in functions and name not in errors}
    for name in lost:
        alone = run([tool, "--dtc-propagate-placements"], input=programs[name])
        message = re.search(r"error: .*", alone.stderr)
        lost[name] = "no program came out: " + (message.group(0) if message else f"status {done.returncode}")
    return functions, errors, lost


def interpret(tool, functions):
    """How far the placed run of each function is from the global one; a message where it did not run."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "placed.mlir")
        with open(path, "w", encoding="utf-8") as file:
            file.write("module {\n" + "\n".join(functions.values()) + "\n}\n")
        done = run([tool, path, "--all", "--tolerance", "inf"])
    found = {}
    for name, body in re.findall(r"^@(\w+)\n((?!@).*(?:\n(?!@).*)*)", done.stdout, re.MULTILINE):
        match = re.search(r"placed differs by (.*)", body)
        if match:
            found[name] = match.group(1).strip()
    errors = dict(reversed(diagnostics(done.stderr)))
    return {name: found.get(name) or errors.get(name, "the placed program did not run") for name in functions}


# What came out

def layouts(types):
    """Shape and placements of each tensor type in a text."""
    found = []
    for shape, placements in re.findall(
            r"tensor<((?:\d+x)*)\w+, #dtc\.layout<#dtc\.mesh<[^>]*>, \[([^\]]*)\]>>", types):
        found.append(([int(extent) for extent in shape.split("x") if extent],
                      re.findall(r"\w+(?:\([^)]*\))?", placements)))
    return found


def counts(function):
    counted = collections.Counter()
    for kind in re.findall(r"= dtc\.(\w+) ", function):
        if kind in COUNTED:
            counted["all_gather" if kind == "all_to_all" else kind] += 1
    return dict(counted)


def last_operands(function, names):
    """Placements of the operands of the last op that does more than move its operand, by the argument they are."""
    sources = {f"%arg{index}": name for index, name in enumerate(names)}
    found = {}
    for result, kind, operands, types in re.findall(r"(%\w+)(?:, %\w+)* = dtc\.(\w+) ([^{:]*).*? : \(?(.*?)\)? -> ",
                                                    function):
        values = re.findall(r"%\w+", operands)
        if kind in MOVES:
            sources[result] = sources.get(values[0])
        else:
            found = dict(zip(map(sources.get, values), (placements for _, placements in layouts(types))))
    return found


def normalized(placements):
    return [re.sub(r"^mask_partial\(.*\)$", "mask_partial(sum)", word.replace(" ", "")) for word in placements]


def deviation(case, function, error):
    """"" when the placements and counts of a case agree, else how they do not."""
    expect = case["expect"]
    if error is not None:
        return "" if "error" in expect else f"refused: {error}"
    shape, placements = layouts(function.splitlines()[0].split(") -> ", 1)[1])[0]
    if "error" in expect:
        return f"expected the error '{expect['error']}', got {placements} {counts(function)}"
    if shape != expect.get("shape", shape):
        return f"expected shape {expect['shape']}, got {shape}"
    if normalized(placements) != normalized(expect["placements"]):
        return f"expected {expect['placements']}, got {placements} {counts(function)}"
    if "collectives" in expect:
        wanted = collections.Counter()
        for kind, count in expect["collectives"].items():
            if kind in COUNTED and count:
                wanted["all_gather" if kind == "all_to_all" else kind] += count
        if counts(function) != dict(wanted):
            return f"expected {dict(wanted)}, got {counts(function)}"
    elif "operand_placements" in expect:
        operands = last_operands(function, case["operands"])
        for name, wanted in expect["operand_placements"].items():
            held = operands.get(name, ["no operand of the last op"])
            if normalized(held) != normalized(wanted):
                return f"expected '{name}' as {wanted}, got {held}"
    return ""


def work(case):
    """A bound on the multiplications of a case: each pair of rows and columns once."""
    shapes = [operand["shape"] for operand in case["operands"].values()]
    return max(map(math.prod, shapes), default=0) * max((shape[-1] for shape in shapes if shape), default=1)


def tolerance(case):
    narrow = re.search(r"b?f16|half", case["expr"] + str(case["operands"]))
    return 0.1 if narrow else 1e-3


def wrong_numbers(case, difference):
    try:
        if float(difference) <= tolerance(case):
            return ""
        return f"the placed program's numbers differ by {difference}"
    except ValueError:
        return f"the placed program: {difference}"


def main():
    parser = argparse.ArgumentParser(usage="check_oracle.py [--bin DIR] [--floor PERCENT] [--verbose] FILE.json")
    parser.add_argument("--bin", help="where dtc-opt and dtc-interpret are")
    parser.add_argument("--floor", type=float, default=97.0)
    parser.add_argument("--verbose", action="store_true", help="print the programs of cases that deviate")
    parser.add_argument("file")
    options = parser.parse_args()
    cases = read_cases(options.file)
    tools = [os.path.join(options.bin, name) if options.bin else name for name in ("dtc-opt", "dtc-interpret")]

    programs, deviations = {}, {}
    for index, case in enumerate(cases):
        try:
            programs[f"case{index}"] = translate(case, HANDLERS, f"case{index}")
        except CannotTranslate as error:
            deviations[index] = f"cannot translate: {error}"
    functions, errors, lost = place(tools[0], programs)
    light = {name: text for name, text in functions.items() if work(cases[int(name[4:])]) <= MOST_WORK}
    differences = interpret(tools[1], light) if light else {}
    for index, case in enumerate(cases):
        name = f"case{index}"
        if name in programs:
            found = lost.get(name) or deviation(case, functions.get(name), errors.get(name))
            if not found and name in differences:
                found = wrong_numbers(case, differences[name])
            if found:
                deviations[index] = found
    for index, text in sorted(deviations.items()):
        print(f"{cases[index]['id']}: {text}")
        if options.verbose:
            print(functions.get(f"case{index}") or programs.get(f"case{index}", ""))
    agreeing = len(cases) - len(deviations)
    print(f"{agreeing} of {len(cases)} cases agree")
    return 0 if cases and agreeing * 100 >= options.floor * len(cases) else 1


if __name__ == "__main__":
    sys.exit(main())
