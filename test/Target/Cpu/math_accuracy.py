"""Accuracy of the mathematical functions of generated code, in units in the last place, over all of a type's range.

1. Arguments: evenly spaced bit patterns of f32 (so every exponent, denormals, infinities, not-a-number), values around
   the points where functions change their form, and what an infinite or empty argument is.
2. One program has all functions; it is compiled and run.
3. References are computed in f64 and differences measured in units in the last place of f32 at the reference.
   Infinities and not-a-number must be where the reference, rounded to f32, has them.
"""

import argparse
import math
import os
import subprocess
import sys
import tempfile

import numpy as np

# Largest error in ulp; a denormal result may be zero. Functions whose tail is a small difference of large values are
# measured against the argument there: see `scale`.
BOUNDS = {"exp": 6, "log": 2.5, "sqrt": 0.5, "rsqrt": 2, "reciprocal": 0.5, "erf": 4, "sin": 1, "cos": 1, "atan": 4,
          "tanh": 5, "sigmoid": 4, "silu": 6, "gelu": 6, "gelu_tanh": 8, "pow": 1,
          "log1p": 2.5, "expm1": 7, "softplus": 4}

TINY, ULP = np.float64(2.0**-126), 2.0**-23


def arguments(count):
    bits = np.linspace(0, 2**32 - 1, count).astype(np.uint32)
    near = np.concatenate([np.linspace(c - 0.5, c + 0.5, 501) for c in (-9, -5.5, -4, -1, 0, 1, 2, 4, 5.5, 9, 87, 88.5)])
    large = np.concatenate([np.linspace(-110, 110, 20001), np.linspace(-12, 12, 20001), np.linspace(-1, 1, 20001)])
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, 2.0**-149, -2.0**-149, 2.0**-126, 3.4028234e38, -3.4028234e38,
               -87.33655, -87.5, -103.9, -104.5, 88.72283, 88.7229]
    # What a function makes of a signalling not-a-number is up to the machine.
    patterns = bits.view(np.float32)
    patterns = np.where(np.isnan(patterns), np.float32(np.nan), patterns)
    return np.concatenate([patterns, near.astype(np.float32), large.astype(np.float32),
                           np.asarray(special, np.float32)])


def references(x, y):
    """Results in f64 by function; `x` and `y` are f64."""
    phi = np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in x])
    exponential = np.exp(-np.abs(x))
    sigmoid = np.where(x >= 0, 1, exponential) / (1 + exponential)
    inner = 2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    squashed = np.where(inner >= 0, 1, np.exp(-np.abs(inner))) / (1 + np.exp(-np.abs(inner)))
    # Nothing of infinitely much is not a number.
    times = lambda part: np.where(np.isneginf(x), np.nan, x * part)
    return {"exp": np.exp(x), "log": np.log(x), "sqrt": np.sqrt(x), "rsqrt": 1 / np.sqrt(x), "reciprocal": 1 / x,
            "erf": np.array([math.erf(v) for v in x]),
            "sin": np.sin(x), "cos": np.cos(x), "atan": np.arctan(x), "tanh": np.tanh(x), "sigmoid": sigmoid, "silu": times(sigmoid),
            "gelu": times(phi), "gelu_tanh": times(squashed), "pow": np.power(x, y),
            "log1p": np.log1p(x), "expm1": np.expm1(x), "softplus": np.maximum(x, 0) + np.log1p(exponential)}


def program(names, size):
    kind = f"tensor<{size}xf32>"
    lines = [f"func.func @main(%x: {kind} {{dtc.name = \"x\"}}, %y: {kind} {{dtc.name = \"y\"}}) -> ("
             + ", ".join(f'{kind} {{dtc.name = "{name}"}}' for name in names) + ") {"]
    for name in names:
        operands = "%x, %y" if name == "pow" else "%x"
        flag = "{tanh} " if name == "gelu_tanh" else ""
        types = ", ".join([kind] * operands.count("%"))
        lines.append(f"  %{name} = dtc.{name.replace('_tanh', '')} {operands} {flag}: ({types}) -> {kind}")
    lines.append("  return " + ", ".join("%" + name for name in names) + " : " + ", ".join([kind] * len(names)))
    return "\n".join(lines + ["}", ""])


def scale(name, x, want):
    """One unit in the last place of the result, or of what it is a difference of."""
    size = np.maximum(np.abs(want), TINY)
    if name in ("gelu", "gelu_tanh"):
        # The tail is the argument times 1 minus nearly 1.
        size = np.where(x < -1, np.abs(x), size)
    return 2.0**np.floor(np.log2(size)) * ULP


def check(name, x, got, reference):
    """The largest error and its argument; prints what is worse than the bound."""
    with np.errstate(all="ignore"):
        want = reference.astype(np.float32).astype(np.float64)
    finite = np.isfinite(want) & np.isfinite(got)
    same = (want == got) | (np.isnan(want) & np.isnan(got))
    # The last value before infinity may be on either side of it.
    edge = np.abs(reference) > 3.4028e38
    wrong = np.flatnonzero(~finite & ~same & ~edge)
    errors = np.zeros(len(x))
    difference = np.abs(got[finite] - reference[finite])
    # Where exp(-x) is infinite silu is zero, a little before its results are denormal.
    difference[(got[finite] == 0) & (np.abs(reference[finite]) < (128 if name == "silu" else 1) * TINY)] = 0
    errors[finite] = difference / scale(name, x[finite], reference[finite])
    worst = int(np.argmax(errors))
    print(f"{name}: {errors[worst]:.3g} ulp at {x[worst]!r}: expected {reference[worst]!r}, got {got[worst]!r}")
    for i in wrong[:5]:
        print(f"  {name}({x[i]!r}): expected {reference[i]!r}, got {got[i]!r}")
    return errors[worst] <= BOUNDS[name] and not wrong.size


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100001, help="bit patterns")
    options = parser.parse_args()
    x = arguments(options.count)
    random = np.random.default_rng(1)
    y = np.where(random.random(len(x)) < 0.3, random.integers(-4, 5, len(x)), random.uniform(-6, 6, len(x)))
    y = y.astype(np.float32)
    with np.errstate(all="ignore"):
        wanted = references(x.astype(np.float64), y.astype(np.float64))
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        with open(path("program.mlir"), "w") as file:
            file.write(program(list(wanted), len(x)))
        np.savez(path("in.npz"), x=x, y=y)
        subprocess.run(["dtc-compile", path("program.mlir"), "-o", path("bundle")], check=True)
        subprocess.run(["dtc-run", path("bundle"), "--input", path("in.npz"), "--output", path("out.npz")], check=True)
        outputs = np.load(path("out.npz"))
        good = [check(name, x.astype(np.float64), outputs[name].astype(np.float64), reference)
                for name, reference in wanted.items()]
    print(f"{sum(good)} of {len(good)} functions within their bounds")
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
