"""Runs the functions of .mlir files as compiled programs and compares with the interpreter on the same inputs.

1. Functions are read as text: arguments, body, returned values. Constants become arguments with the constant's
   value (--keep-constants leaves them), so that code is made for every op instead of a folded value.
2. Functions of one file become one program, compiled and linked once; when that is refused, each is compiled alone
   to name the ones that are.
3. The program and dtc-interpret run on the same arrays. Floats may differ by --ulps of the result's type relative
   to the value, and by as many of the largest finite value of the result where sums cancel (--cancelling); inf and
   nan must be in the same places; all other types must be equal.

With --keep FOLDER programs are not run: FOLDER/NAME.RANKS is the bundle of a program, and FOLDER/NAME has input.npz,
expected.npz and tolerances, as `dtc-gpu-check compare` reads them.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import numpy as np

EPSILON = {"f16": 2.0**-10, "bf16": 2.0**-7, "f32": 2.0**-23, "f64": 2.0**-52}
NUMPY = {"i1": np.bool_, "f16": np.float16, "bf16": np.float32, "f32": np.float32, "f64": np.float64}
FUNCTION = re.compile(r"func\.func @(\w+)\((.*?)\)\s*(?:->\s*(.*?))?\s*\{\n(.*?)\n\}", re.S)
CONSTANT = re.compile(r"^\s*%(\w+) = dtc\.constant (.*?)(?: : tensor<[^>]*>)?\s*: (tensor<[^>]*>)\s*$", re.M)


def numpy_type(element):
    if element in NUMPY:
        return NUMPY[element]
    width = re.search(r"\d+", element).group()
    return np.dtype(("u" if element.startswith("u") else "") + f"int{width}").type


def shape_and_element(kind):
    """The dimensions and the element type of `tensor<2x3xf32>` or `tensor<2xf32, #layout>`."""
    words = re.match(r"tensor<([^,>]*)", kind).group(1).split("x")
    return [int(word) for word in words[:-1]], words[-1]


def split_top(text):
    """Parts between commas that no bracket encloses."""
    parts, depth, part = [], 0, ""
    for i, c in enumerate(text):
        depth += c in "([{<"
        depth -= c in ")]}" or (c == ">" and text[i - 1] != "-")
        if c == "," and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += c
    return parts + [part.strip()] if part.strip() else parts


class Function:
    """`arguments` are (name, type, attributes), `results` (name, type, attributes); `constants` values by name."""

    def __init__(self, name, arguments, body, results):
        self.name, self.arguments, self.body, self.results = name, arguments, body, results
        self.constants = {}

    @staticmethod
    def parse_all(text):
        found = []
        for name, arguments, types, body in FUNCTION.findall(re.sub(r"^\s*//.*\n", "", text, flags=re.M)):
            arguments = [re.match(r"%(\w+)\s*:\s*(tensor<.*?>)\s*(\{.*\})?$", a, re.S).groups()
                         for a in split_top(arguments)]
            types = types[1:-1] if types.startswith("(") else types
            types = [re.match(r"(tensor<.*?>)\s*(\{.*\})?$", t, re.S).groups() for t in split_top(types)]
            body, _, values = body.rpartition("return ")
            values = [value.strip() for value in values.split(":")[0].split(",")]
            results = [(v, kind, attributes) for v, (kind, attributes) in zip(values, types)]
            found.append(Function(name, arguments, body, results))
        return found

    def hoist_constants(self):
        """Constants become arguments."""
        hoisted = Function(self.name, list(self.arguments), CONSTANT.sub("", self.body), self.results)
        for name, value, kind in CONSTANT.findall(self.body):
            hoisted.arguments.append((name, kind, None))
            hoisted.constants[name] = (value, kind)
        return hoisted

    def renamed(self, prefix):
        rename = lambda text: re.sub(r"%(\w+)", rf"%{prefix}\1", text)
        copy = Function(self.name, [(prefix + n, k, a) for n, k, a in self.arguments], rename(self.body),
                        [(rename(v), k, a) for v, k, a in self.results])
        copy.constants = {prefix + n: v for n, v in self.constants.items()}
        return copy

    def text(self):
        arguments = ", ".join(f"%{n}: {k} {a or ''}" for n, k, a in self.arguments)
        types = ", ".join(f"{k} {a or ''}" for _, k, a in self.results)
        values = ", ".join(v for v, _, _ in self.results)
        return (f"func.func @main({arguments}) -> ({types}) {{\n{self.body}\n  return {values} : "
                f"{', '.join(k for _, k, _ in self.results)}\n}}\n")


def merge(functions):
    parts = [f.renamed(f"f{i}_") for i, f in enumerate(functions)]
    whole = Function("main", sum((p.arguments for p in parts), []), "\n".join(p.body for p in parts),
                     sum((p.results for p in parts), []))
    for part in parts:
        whole.constants.update(part.constants)
    return whole


class Comparison:
    def __init__(self, options, folder, header, name):
        self.options, self.folder, self.header, self.name = options, folder, header, name

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, command):
        return subprocess.run(command, capture_output=True, text=True)

    def write(self, name, text):
        module = f"{self.header}\nmodule attributes {{dtc.mesh = #mesh}} {{\n{text}}}\n" if self.header else text
        with open(self.path(name), "w") as file:
            file.write(module)
        return self.path(name)

    def interpret(self, function, inputs, name):
        path = self.write(name + ".mlir", function.text())
        done = self.run(["dtc-interpret", path, "--input", inputs, "--output", self.path(name + ".npz")])
        return np.load(self.path(name + ".npz")) if done.returncode == 0 else done.stderr.strip()

    def constant_values(self, function):
        """The hoisted constants' arrays, as the interpreter reads their text."""
        if not function.constants:
            return {}
        body = "".join(f"  %{n} = dtc.constant {v} : {k} : {k}\n" for n, (v, k) in function.constants.items())
        results = [("%" + n, k, None) for n, (_, k) in function.constants.items()]
        np.savez(self.path("none.npz"))
        arrays = self.interpret(Function("main", [], body, results), self.path("none.npz"), "constants")
        if isinstance(arrays, str):
            sys.exit(f"constants of '{function.name}': {arrays}")
        return dict(zip(function.constants, (arrays[f"result{i}"] for i in range(len(results)))))

    def inputs(self, function, rng):
        known, arrays = self.constant_values(function), {}
        for i, (name, kind, attributes) in enumerate(function.arguments):
            shape, element = shape_and_element(kind)
            if name in known:
                arrays[f"arg{i}"] = known[name]
            elif element == "i1":
                arrays[f"arg{i}"] = rng.random(shape) < 0.5
            elif element in EPSILON:
                arrays[f"arg{i}"] = np.asarray(rng.integers(-128, 129, shape) / 64).astype(NUMPY[element])
            else:
                bounds = re.search(r"dtc\.range = \[(-?\d+), (-?\d+)\]", attributes or "")
                low, high = map(int, bounds.groups()) if bounds else (0, 3)
                arrays[f"arg{i}"] = np.asarray(rng.integers(low, high + 1, shape)).astype(numpy_type(element))
        np.savez(self.path("inputs.npz"), **arrays)
        return self.path("inputs.npz")

    def compiled(self, function, inputs):
        """The outputs of the compiled program, or what was refused."""
        path = self.write("program.mlir", function.text())
        command = ["dtc-compile", path, "-o", self.path("bundle"), "--target", self.options.target]
        command += ["--cuda-arch", self.options.cuda_arch] if self.options.cuda_arch else []
        done = self.run(command + (["--mesh", self.options.mesh] if self.options.mesh else []))
        if done.returncode:
            return "refused: " + done.stderr.strip()
        if self.options.keep:
            return "kept"
        done = self.run(["dtc-run", self.path("bundle"), "--input", inputs, "--output", self.path("out.npz"),
                         "--timeout", "60"])
        self.run(["rm", "-rf", self.path("bundle")])
        return np.load(self.path("out.npz")) if done.returncode == 0 else "failed: " + done.stderr.strip()

    def allowed(self, want, element):
        """How far a result may be off, relative to its values and besides."""
        if element not in EPSILON:
            return 0, 0
        finite = np.abs(want[np.isfinite(want)].astype(np.float64))
        largest = finite.max() if finite.size and self.options.cancelling else 0
        # Below the smallest normal number an ulp is what it is there.
        smallest = float(np.finfo(NUMPY[element]).tiny)
        unit = self.options.ulps * EPSILON[element]
        # The largest value's share is at least that of each.
        return (0, unit * max(largest, smallest)) if self.options.cancelling else (unit, unit * smallest)

    def keep(self, name, inputs, want, whole):
        """Puts the compiled bundle and its numbers where --keep says."""
        count = sum(entry.startswith(name) and "." not in entry for entry in os.listdir(self.options.keep))
        folder = os.path.join(self.options.keep, f"{name}-{count}")
        with open(self.path("bundle/manifest.json")) as file:
            ranks = len(json.load(file)["ranks"])
        os.mkdir(folder)
        shutil.move(self.path("bundle"), f"{folder}.{ranks}")
        shutil.copy(inputs, os.path.join(folder, "input.npz"))
        shutil.copy(self.path("reference.npz"), os.path.join(folder, "expected.npz"))
        with open(os.path.join(folder, "tolerances"), "w") as file:
            for i, (_, kind, _) in enumerate(whole.results):
                relative, absolute = self.allowed(want[f"result{i}"], shape_and_element(kind)[1])
                file.write(f"result{i} {relative} {absolute}\n")

    def difference(self, got, want, element):
        if got.shape != want.shape:
            return f"expected shape {want.shape}, got {got.shape}"
        if element not in EPSILON:
            bad = np.flatnonzero(got != want)
        else:
            relative, absolute = self.allowed(want, element)
            with np.errstate(invalid="ignore"):
                allowed = relative * np.abs(want.astype(np.float64)) + absolute
                near = np.abs(got.astype(np.float64) - want) <= allowed
            bad = np.flatnonzero(~(near | (got == want) | (np.isnan(got) & np.isnan(want))))
        if not bad.size:
            return None
        i = bad[0]
        return f"element {i} of {want.shape}: expected {want.flat[i]!r}, got {got.flat[i]!r} ({bad.size} differ)"

    def compare(self, functions):
        """Messages by function name, of those that differ."""
        whole = merge(functions)
        inputs = self.inputs(whole, np.random.default_rng(self.options.seed))
        got, want = self.compiled(whole, inputs), self.interpret(whole, inputs, "reference")
        if got == "kept" and not isinstance(want, str):
            self.keep(self.name, inputs, want, whole)
            return {}
        if isinstance(got, str) or isinstance(want, str):
            if len(functions) > 1:
                half = len(functions) // 2
                return {**self.compare(functions[:half]), **self.compare(functions[half:])}
            if isinstance(got, str) and isinstance(want, str) and not got.startswith("refused"):
                return {}  # Both refuse the data.
            return {functions[0].name: got if isinstance(got, str) else "interpreter: " + want}
        messages, number = {}, 0
        for function in functions:
            for _, kind, _ in function.results:
                message = self.difference(got[f"result{number}"], want[f"result{number}"],
                                          shape_and_element(kind)[1])
                if message:
                    messages[function.name] = message
                number += 1
        return messages


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--mesh", help="as dtc-compile takes it; a file's own '#mesh' wins")
    parser.add_argument("--target", default="cpu", help="as dtc-compile takes it")
    parser.add_argument("--cuda-arch", help="as dtc-compile takes it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ulps", type=float, default=4)
    parser.add_argument("--cancelling", action="store_true")
    parser.add_argument("--keep-constants", action="store_true")
    parser.add_argument("--only", help="a regular expression of function names")
    parser.add_argument("--skip", default="$^", help="a regular expression of names of functions to leave out")
    parser.add_argument("--keep", help="a folder to keep programs and numbers in, instead of running them")
    parser.add_argument("--expect-refused", action="store_true", help="every function must be refused")
    options = parser.parse_args()
    failures = total = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in options.files:
            with open(path) as file:
                text = file.read()
            header = "".join(line + "\n" for line in re.findall(r"^#\w+ = .*$", text, re.M))
            functions = [f for f in Function.parse_all(text) if re.search(options.only or "", f.name) and not re.search(options.skip, f.name)]
            if not options.keep_constants:
                functions = [f.hoist_constants() for f in functions]
            total += len(functions)
            folder_name, stem = os.path.basename(os.path.dirname(os.path.abspath(path))), os.path.basename(path)[:-5]
            name = "op-" + folder_name if stem == "eval" else "products-" + stem
            messages = Comparison(options, folder, header, name).compare(functions) if functions else {}
            for name, message in messages.items():
                if message.startswith("refused: error") and options.expect_refused:
                    continue
                failures += 1
                print(f"{path}: @{name}: {message}")
            if options.expect_refused:
                failures += len(functions) - len(messages)
    print(f"{total - failures} of {total} functions agree with the interpreter")
    sys.exit(1 if failures or not total else 0)


if __name__ == "__main__":
    main()
