"""Every op on random placements: the placed and the local programs must give what the global one gives.

1. For each mesh a module is made with one function an op and round; arguments and results get random layouts.
2. dtc-opt places it, inserts collectives where asked to, and dtc-interpret runs it globally, placed and localised.
3. Inputs are multiples of 1/64, so only rounded reductions may differ, by less than the tolerance.
"""

import argparse
import random
import subprocess
import sys

MESHES = [[("tp", 4)], [("tp", 3)], [("dp", 2), ("tp", 2)], [("dp", 2), ("tp", 3)]]


def spatial(dims, **lists):
    names = ("strides", "dilations", "padsBegin", "padsEnd")
    values = [lists.get(name, [1] * dims) for name in names]
    text = ", ".join(f"{n} = array<i64: {', '.join(map(str, v))}>" for n, v in zip(names, values))
    return "{" + text + f", groups = {lists.get('groups', 1)} : i64}}"


def table():
    """(mnemonic, attributes, argument types, result types) of every op worth splitting."""
    ops = []
    for name in ("abs neg exp erf sin cos tanh sigmoid silu relu gelu floor ceil round sign").split():
        ops.append((name, "", ["6x9xf32"], ["6x9xf32"]))
    for name in "add sub mul maximum minimum".split():
        ops.append((name, "", ["6x9xf32", "6x9xf32"], ["6x9xf32"]))
        ops.append((name, "", ["6x9xf32", "9xf32"], ["6x9xf32"]))
        ops.append((name, "", ["5x1xf32", "1x7xf32"], ["5x7xf32"]))
        ops.append((name, "", ["6x9xi64", "9xi64"], ["6x9xi64"]))
    for name in "equal less greater_equal".split():
        ops.append((name, "", ["6x9xf32", "9xf32"], ["6x9xi1"]))
    for name in "and or xor".split():
        ops.append((name, "", ["6x9xi1", "6x1xi1"], ["6x9xi1"]))
    ops.append(("select", "", ["6x1xi1", "6x9xf32", "9xf32"], ["6x9xf32"]))
    ops.append(("cast", "", ["6x9xi64"], ["6x9xf32"]))
    ops.append(("cast", "", ["6x9xf32"], ["6x9xf64"]))
    ops.append(("masked_fill", "{value = -2.0 : f64}", ["6x9xf32", "9xi1"], ["6x9xf32"]))
    ops.append(("fill_like", "{value = 2.0 : f64}", ["6x9xf32"], ["6x9xf32"]))
    ops.append(("place_like", "", ["6x9xf32", "6x9xf32"], ["6x9xf32"]))
    ops.append(("place_like", "", ["9xf32", "6x9xf32"], ["9xf32"]))
    for flags, lhs, rhs in (("", "5x9", "9x7"), ("{transposeLhs}", "9x5", "9x7"), ("{transposeRhs}", "5x9", "7x9")):
        ops.append(("matmul", flags, [lhs + "xf32", rhs + "xf32"], ["5x7xf32"]))
    ops.append(("matmul", "", ["4x5x9xf32", "4x9x7xf32"], ["4x5x7xf32"]))
    ops.append(("matmul", "", ["4x5x9xf32", "9x7xf32"], ["4x5x7xf32"]))
    ops.append(("linear", "", ["3x5x9xf32", "7x9xf32", "7xf32"], ["3x5x7xf32"]))
    ops.append(("linear", "{weightInOut}", ["5x9xf32", "9x7xf32"], ["5x7xf32"]))
    ops.append(("convolution", spatial(2), ["2x4x5x6xf32", "6x4x3x3xf32", "6xf32"], ["2x6x5x6xf32"]))
    ops.append(("convolution", spatial(1, padsBegin=[0], padsEnd=[0], strides=[2], groups=2),
                ["3x4x8xf32", "6x2x2xf32"], ["3x6x4xf32"]))
    ops.append(("convolution", spatial(1, groups=12), ["2x12x8xf32", "12x1x3xf32"], ["2x12x8xf32"]))
    ops.append(("embedding", "", ["13x6xf32", "4x5xi64"], ["4x5x6xf32"]))
    ops.append(("gather", "{axis = 1 : i64}", ["4x8x6xf32", "5xi64"], ["4x5x6xf32"]))
    ops.append(("gather_elements", "{axis = 1 : i64}", ["4x8xf32", "4x5xi64"], ["4x5xf32"]))
    ops.append(("gather_elements", "{axis = 0 : i64}", ["8x6xf32", "1x6xi64"], ["1x6xf32"]))
    ops.append(("gather_nd", "{batchDims = 1 : i64}", ["4x8x6xf32", "4x5x1xi64"], ["4x5x6xf32"]))
    ops.append(("layer_norm", "{axis = 1 : i64, epsilon = 1.0e-5 : f64}", ["6x9xf32", "9xf32", "9xf32"], ["6x9xf32"]))
    ops.append(("rms_norm", "{axis = 2 : i64, epsilon = 1.0e-5 : f64}", ["4x6x9xf32", "9xf32"], ["4x6x9xf32"]))
    for name in "softmax log_softmax".split():
        ops.append((name, "{axis = 1 : i64}", ["4x6x9xf32"], ["4x6x9xf32"]))
    reductions = "sum mean max min prod l1 l2 sum_square log_sum_exp"
    for name in ["reduce_" + word for word in reductions.split()]:
        ops.append((name, "{dims = array<i64: 1>}", ["5x8xf32"], ["5xf32"]))
        ops.append((name, "{dims = array<i64: 0, 2>, keepDims}", ["3x4x6xf32"], ["1x4x1xf32"]))
    for name in ("reduce_var", "reduce_std"):
        ops.append((name, "{dims = array<i64: 1>, correction = 1 : i64}", ["5x8xf32"], ["5xf32"]))
    ops.append(("stack", "{axis = 1 : i64}", ["6x9xf32", "6x9xf32"], ["6x2x9xf32"]))
    ops.append(("arg_max", "{axis = 0 : i64}", ["6x9xf32"], ["9xi64"]))
    ops.append(("cum_sum", "{axis = 1 : i64}", ["6x9xf32"], ["6x9xf32"]))
    ops.append(("cum_prod", "{axis = 0 : i64, exclusive}", ["6x9xi64"], ["6x9xi64"]))
    ops.append(("sort", "{axis = 1 : i64, descending}", ["6x9xf32"], ["6x9xf32", "6x9xi64"]))
    ops.append(("top_k", "{axis = 0 : i64, k = 3 : i64}", ["8x9xf32"], ["3x9xf32", "3x9xi64"]))
    for combine in ("", ", combine = 0 : i64", ", combine = 2 : i64"):
        ops.append(("scatter_elements", "{axis = 1 : i64" + combine + "}", ["6x5xf32", "6x7xi64", "6x7xf32"],
                    ["6x5xf32"]))
        ops.append(("scatter_nd", "{" + combine[2:] + "}", ["5x6x9xf32", "7x1xi64", "7x6x9xf32"], ["5x6x9xf32"]))
    for source, target in (("6x8", "48"), ("48", "6x8"), ("4x6x8", "24x8"), ("24x8", "4x6x8"), ("6x1x8", "6x8"),
                           ("4x6", "6x4"), ("2x12", "4x6")):
        ops.append(("reshape", "", [source + "xf32"], [target + "xf32"]))
    ops.append(("transpose", "{permutation = array<i64: 2, 0, 1>}", ["4x6x9xf32"], ["9x4x6xf32"]))
    ops.append(("broadcast", "", ["6x1xf32"], ["5x6x9xf32"]))
    ops.append(("slice", "{axes = array<i64: 1>, starts = array<i64: 7>, sizes = array<i64: 3>, "
                "steps = array<i64: -2>}", ["6x9xf32"], ["6x3xf32"]))
    ops.append(("split", "{axis = 1 : i64, sizes = array<i64: 2, 7>}", ["6x9xf32"], ["6x2xf32", "6x7xf32"]))
    ops.append(("concat", "{axis = 0 : i64}", ["6x9xf32", "2x9xf32"], ["8x9xf32"]))
    ops.append(("pad", "{axes = array<i64: 1>, low = array<i64: 1>, high = array<i64: 2>, value = 3.0 : f64}",
                ["6x9xf32"], ["6x12xf32"]))
    ops.append(("triangle", "{diagonal = 1 : i64}", ["4x6x9xf32"], ["4x6x9xf32"]))
    return ops


def layout(rng, mesh, kind, allow_partial):
    """Random placements for a tensor of type `kind`, as an attribute."""
    rank = kind.count("x")
    choices = ["replicate"] + [f"shard({d})" for d in range(rank)]
    if allow_partial and kind.endswith("f32"):
        choices += ["partial(sum)", "partial(avg)"]
    return f"#dtc.layout<#mesh, [{', '.join(rng.choice(choices) for _ in mesh)}]>"


def function(rng, mesh, name, op):
    mnemonic, attributes, arguments, results = op
    # Views may refuse a split instead of communicating; the policy's refusals are tested elsewhere.
    declared = []
    for i, kind in enumerate(arguments):
        extra = ", dtc.range = [0, 4]" if kind.endswith("i64") else ""
        declared.append(f"%a{i}: tensor<{kind}> {{dtc.layout = {layout(rng, mesh, kind, True)}{extra}}}")
    wanted = []
    for kind in results:
        text = "dtc.as_is" if rng.random() < 0.5 else f"dtc.layout = {layout(rng, mesh, kind, False)}"
        wanted.append(f"tensor<{kind}> {{{text}}}")
    types = ", ".join(f"tensor<{kind}>" for kind in results)
    values = ", ".join(f"%a{i}" for i in range(len(arguments)))
    count = f":{len(results)}" if len(results) > 1 else ""
    returned = ", ".join(f"%r#{i}" for i in range(len(results))) if count else "%r"
    return (f"func.func @{name}({', '.join(declared)}) -> ({', '.join(wanted)}) {{\n"
            f"  %r{count} = dtc.{mnemonic} {values} {attributes}\n"
            f"    : ({', '.join(f'tensor<{kind}>' for kind in arguments)}) -> ({types})\n"
            f"  return {returned} : {types}\n}}\n")


def run(command, text):
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode:
        # The functions that disagree, then the messages.
        for heading, line in zip(done.stdout.splitlines(), done.stdout.splitlines()[1:]):
            if "differs by" in line and not line.endswith("placed differs by 0, local differs by 0"):
                print(heading, line)
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", required=True, help="a file name to write the placed module to")
    parser.add_argument("--passes", default="--dtc-propagate-placements")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    ran = 0
    for mesh in MESHES:
        axes = ", ".join(f'"{name}" = {size}' for name, size in mesh)
        text = f"#mesh = #dtc.mesh<{axes}>\nmodule attributes {{dtc.mesh = #mesh}} {{\n"
        for round_ in range(options.rounds):
            for i, op in enumerate(table()):
                text += function(rng, mesh, f"{op[0]}_{i}_{round_}", op)
        text += "}\n"
        with open(options.work + ".plain", "w") as file:
            file.write(text)
        placed = run(["dtc-opt"] + options.passes.split(), text)
        with open(options.work, "w") as file:
            file.write(placed)
        report = run(["dtc-interpret", options.work, "--all", "--localize", "--tolerance", "2e-5",
                      "--seed", str(options.seed)], "")
        ran += report.count("local differs by")
    expected = len(MESHES) * options.rounds * sum(len(op[3]) for op in table())
    if ran != expected:
        sys.exit(f"expected {expected} compared results, got {ran}")
    print(f"{ran} results agree")


if __name__ == "__main__":
    main()
