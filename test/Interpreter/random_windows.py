"""Convolutions and pools of random geometry on random placements: placed and local programs must give what the global
one gives.

1. For each mesh a module is made of functions with one op each: one to three spatial dimensions of any size, strides,
   dilations, padding on either side that may be wider than a shard, groups; spatial dimensions are split most often.
2. dtc-opt places it, inserts collectives where asked to, and dtc-interpret runs it globally, placed and localised.
3. With --write the modules are only written, one file a mesh, for programs to be compiled from. Nothing is partial
   there, as unplaced programs know no contributions.
"""

import argparse
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from random_placements import run  # noqa: E402

MESHES = [[("tp", 2)], [("tp", 3)], [("tp", 4)], [("dp", 2), ("tp", 2)], [("dp", 3), ("tp", 2)], [("dp", 2), ("tp", 5)]]


def kind(shape, element="f32"):
    return "x".join(map(str, shape)) + "x" + element


def lists(**values):
    return ", ".join(f"{name} = array<i64: {', '.join(map(str, v))}>" for name, v in values.items())


class Window:
    """Random strides, dilations, kernel and padding; extents for which at least one window fits."""

    def __init__(self, rng, dims):
        small = 4 if dims == 1 else 3
        self.kernel = [rng.randint(1, small) for _ in range(dims)]
        self.strides = [rng.choice([1, 1, 2, 3]) for _ in range(dims)]
        self.dilations = [rng.choice([1, 1, 2, 3]) for _ in range(dims)]
        wide = 9 if rng.random() < 0.15 else 3
        self.before = [rng.randint(0, wide) for _ in range(dims)]
        self.after = [rng.randint(0, wide) for _ in range(dims)]
        self.spans = [d * (k - 1) + 1 for d, k in zip(self.dilations, self.kernel)]
        self.extents = []
        for span, before, after in zip(self.spans, self.before, self.after):
            least = max(1, span - before - after)
            self.extents.append(least + rng.choice([0, 1, 2, 4, 7, 11] if dims < 3 else [0, 1, 3, 5]))

    def attributes(self):
        return lists(strides=self.strides, dilations=self.dilations, padsBegin=self.before, padsEnd=self.after)

    def outputs(self):
        return [(n + b + a - span) // s + 1 for n, b, a, span, s in
                zip(self.extents, self.before, self.after, self.spans, self.strides)]

    def hasEmpty(self, before, after):
        """Whether some window has no position that counts."""
        for d, outputs in enumerate(self.outputs()):
            for out in range(outputs):
                places = [out * self.strides[d] - self.before[d] + k * self.dilations[d] for k in range(self.kernel[d])]
                if not any(-before[d] <= place < self.extents[d] + after[d] for place in places):
                    return True
        return False


def convolution(rng, dims):
    window, groups = Window(rng, dims), rng.choice([1, 1, 2, 3, 6])
    inputs, outputs = rng.choice([1, 2, 3]), rng.choice([1, 1, 2])
    channels = [groups * inputs, groups * outputs]
    arguments = [kind([2, channels[0]] + window.extents), kind([channels[1], inputs] + window.kernel)]
    if rng.random() < 0.5:
        arguments.append(kind([channels[1]]))
    attributes = "{" + window.attributes() + f", groups = {groups} : i64}}"
    return "convolution", attributes, arguments, kind([2, channels[1]] + window.outputs())


def spread(rng, window):
    """Gives windows that spread extents and padding of their own; the sizes that they cover."""
    dims, sizes = len(window.kernel), []
    window.extents = [rng.randint(1, 9 if dims < 3 else 5) for _ in range(dims)]
    for d in range(dims):
        whole = window.strides[d] * (window.extents[d] - 1) + window.spans[d]
        window.before[d] = rng.randint(-1, min(window.spans[d] + 1, whole - 1))
        window.after[d] = rng.randint(-2, min(window.spans[d], whole - 1 - window.before[d]))
        sizes.append(whole - window.before[d] - window.after[d])
    return sizes


def transposed_convolution(rng, dims):
    window, groups = Window(rng, dims), rng.choice([1, 1, 2, 3])
    inputs, outputs = rng.choice([1, 2, 3]), rng.choice([1, 1, 2])
    channels = [groups * inputs, groups * outputs]
    sizes = spread(rng, window)
    arguments = [kind([2, channels[0]] + window.extents), kind([channels[0], outputs] + window.kernel)]
    if rng.random() < 0.5:
        arguments.append(kind([channels[1]]))
    attributes = "{" + window.attributes() + f", groups = {groups} : i64}}"
    return "transposed_convolution", attributes, arguments, kind([2, channels[1]] + sizes)


def pool(rng, dims):
    window, name = Window(rng, dims), rng.choice(["max_pool", "average_pool", "average_pool", "sum_pool", "arg_max_pool"])
    attributes = lists(kernel=window.kernel) + ", " + window.attributes()
    if name == "average_pool":
        # A window of padding alone has no mean.
        counts = [[rng.randint(0, n) for n in pads] for pads in (window.before, window.after)]
        if window.hasEmpty(*counts):
            counts = [window.before, window.after]
        attributes += ", " + lists(countedBegin=counts[0], countedEnd=counts[1])
    result = kind([2, 3] + window.outputs(), "i64" if name == "arg_max_pool" else "f32")
    return name, "{" + attributes + "}", [kind([2, 3] + window.extents)], result


def pool_gradient(rng, dims):
    """Of gradients at random places, some of which no kernel has."""
    window = Window(rng, dims)
    sizes = spread(rng, window)
    attributes = "{" + lists(kernel=window.kernel) + ", " + window.attributes() + "}"
    shape = [2, 3] + window.extents
    return "max_pool_gradient", attributes, [kind(shape), kind(shape, "i64")], kind([2, 3] + sizes)


def layout(rng, mesh, type_, allow_partial):
    rank = type_.count("x")
    choices = ["replicate"] + [f"shard({d})" for d in range(rank)] + [f"shard({d})" for d in range(2, rank)] * 3
    if allow_partial and type_.endswith("f32"):
        choices.append("partial(sum)")
    return f"#dtc.layout<#mesh, [{', '.join(rng.choice(choices) for _ in mesh)}]>"


def dense(rng, type_):
    """The text of a constant of random multiples of 1/64, or of places in a kernel."""
    def nested(shape):
        if not shape:
            return str(rng.randint(0, 7) if type_.endswith("i64") else rng.randint(-128, 128) / 64)
        return "[" + ", ".join(nested(shape[1:]) for _ in range(shape[0])) + "]"
    return nested([int(word) for word in type_.split("x")[:-1]])


def function(rng, mesh, name, options):
    make = rng.choice([convolution, convolution, transposed_convolution, pool, pool, pool_gradient])
    mnemonic, attributes, arguments, result = make(rng, rng.choice([1, 1, 2, 2, 2, 3]))
    declared, body = [], ""
    for i, type_ in enumerate(arguments):
        if i > 0 and options.constants:
            body += f"  %a{i} = dtc.constant dense<{dense(rng, type_)}> : tensor<{type_}> : tensor<{type_}>\n"
            continue
        placed = layout(rng, mesh, type_, not options.write) if i == 0 or rng.random() < 0.4 else None
        declared.append(f"%a{i}: tensor<{type_}>" + (f" {{dtc.layout = {placed}}}" if placed else ""))
    wanted = "dtc.as_is" if rng.random() < 0.6 else f"dtc.layout = {layout(rng, mesh, result, False)}"
    return (f"func.func @{name}({', '.join(declared)}) -> (tensor<{result}> {{{wanted}}}) {{\n{body}"
            f"  %r = dtc.{mnemonic} {', '.join(f'%a{i}' for i in range(len(arguments)))} {attributes}\n"
            f"    : ({', '.join(f'tensor<{type_}>' for type_ in arguments)}) -> tensor<{result}>\n"
            f"  return %r : tensor<{result}>\n}}\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=60, help="functions a mesh")
    parser.add_argument("--work", required=True, help="the beginning of the names of the files that are written")
    parser.add_argument("--passes", default="--dtc-propagate-placements")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--constants", action="store_true", help="weights are constants, not arguments")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    ran, halos = 0, 0
    for mesh in MESHES:
        axes = ", ".join(f'"{name}" = {size}' for name, size in mesh)
        functions = [function(rng, mesh, f"f{i}", options) for i in range(options.count)]
        text = (f"#mesh = #dtc.mesh<{axes}>\nmodule attributes {{dtc.mesh = #mesh}} {{\n"
                + "".join(functions) + "}\n")
        path = f"{options.work}.{'x'.join(str(size) for _, size in mesh)}.mlir"
        with open(path, "w") as file:
            file.write(text)
        if options.write:
            continue
        placed = run(["dtc-opt"] + options.passes.split(), text)
        with open(path, "w") as file:
            file.write(placed)
        halos += placed.count("window(")
        report = run(["dtc-interpret", path, "--all", "--localize", "--tolerance", "2e-5",
                      "--seed", str(options.seed)], "")
        ran += report.count("local differs by")
    if options.write:
        return
    if ran != len(MESHES) * options.count or not halos:
        sys.exit(f"expected {len(MESHES) * options.count} compared results and some halos, got {ran} and {halos}")
    print(f"{ran} results agree")


if __name__ == "__main__":
    main()
