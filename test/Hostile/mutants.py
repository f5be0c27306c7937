#!/usr/bin/env python3
"""Damages fixtures at random, but the same on every run, and runs the tools on them.

    mutants.py FIXTURES SCRATCH [--count N] [--seconds S] [--seed K]

Each mutant is a model, a plan, a weights file or an input with a few bits, bytes, numbers or stretches changed, or a
model with other ops, wires, attributes or shapes. Models
and plans go through dtc-compile, and through dtc-run when that accepts them; weights and inputs go through dtc-run.
A tool may refuse or accept; it may not crash, hang, take more memory than a small case needs or leave files behind.

The default fits into a test. A long run: --count 100000 --seconds 3600.
"""

import argparse
import pathlib
import random
import shutil
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent / "Inputs"))
from attempt import Attempts  # noqa: E402
from graph_changes import change_graph  # noqa: E402

#: small fixtures of several kinds; the mesh that their plan is for
CASES = {"mlp_pair": "tp=2", "mlp_sigmoid_external": "tp=2", "embedding_rowwise": "tp=2", "tp_transform_no_bias": "tp=2",
         "residual_stack": "tp=2", "gated_mlp": "tp=2", "vit": "tp=2"}
NUMBERS = [0, 1, 127, 128, 255, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]
WORDS = [b"{", b"}", b"[", b"]", b":", b"\n", b"*", b"&a", b"shard(", b"-1", b"9" * 30, b"\0", b"\xff", b"partial(sum)",
         b"colwise", b"  ", b"\t", b"\"", b"replicate"]


def flip_bits(data, choose):
    for _ in range(choose.randint(1, 8)):
        data[choose.randrange(len(data))] ^= 1 << choose.randrange(8)


def set_bytes(data, choose):
    for _ in range(choose.randint(1, 4)):
        data[choose.randrange(len(data))] = choose.randrange(256)


def set_number(data, choose):
    size, kind = choose.choice([(1, "B"), (2, "H"), (4, "I"), (8, "Q")])
    if len(data) >= size:
        struct.pack_into("<" + kind, data, choose.randrange(len(data) - size + 1),
                         choose.choice(NUMBERS) & ((1 << 8 * size) - 1))


def cut(data, choose):
    del data[choose.randrange(len(data)):]


def remove(data, choose):
    start = choose.randrange(len(data))
    del data[start:start + choose.randint(1, 64)]


def repeat(data, choose):
    start = choose.randrange(len(data))
    data[start:start] = data[start:start + choose.randint(1, 64)] * choose.randint(1, 40)


def exchange(data, choose):
    a, b, size = choose.randrange(len(data)), choose.randrange(len(data)), choose.randint(1, 32)
    data[a:a + size], data[b:b + size] = data[b:b + size], data[a:a + size]


def insert_word(data, choose):
    at = choose.randrange(len(data) + 1)
    data[at:at] = choose.choice(WORDS)


CHANGES = [flip_bits, set_bytes, set_number, cut, remove, repeat, exchange, insert_word]


def mutate(path, choose):
    """Changes a file once to three times; the file is replaced, not written into."""
    data = bytearray(path.read_bytes())
    if path.suffix == ".onnx" and choose.random() < 0.7:
        data = change_graph(data, choose)
    else:
        for _ in range(choose.randint(1, 3)):
            if data:
                choose.choice(CHANGES)(data, choose)
    path.unlink()
    path.write_bytes(data)


class Mutants:
    """Makes and tries mutants of one fixture's files."""

    def __init__(self, fixtures, attempts):
        self.fixtures, self.attempts, self.bundles = fixtures, attempts, {}
        self.accepted = 0

    def compile_command(self, case, output):
        return ["dtc-compile", "model.onnx", "--plan", "plan.yaml", "--mesh", CASES[case], "--allow-external-links",
                "-o", output]

    def copy(self, case, name):
        """The fixture's files in a folder of their own."""
        folder = self.attempts.folder(name)
        for path in (self.fixtures / "models" / case).iterdir():
            if path.suffix != ".pt2" and path.name not in ("expected.npz", "case.json"):
                shutil.copy(path, folder)
        return folder

    def bundle(self, case):
        """The undamaged bundle of a fixture."""
        if case not in self.bundles:
            folder = self.copy(case, f"whole-{case}")
            self.attempts.accept(f"whole {case}", self.compile_command(case, "bundle"), folder)
            self.bundles[case] = folder / "bundle"
        return self.bundles[case]

    def try_source(self, name, case, file, choose):
        """A damaged model or plan."""
        folder = self.copy(case, name)
        mutate(folder / file, choose)
        if self.attempts.tolerate(name, self.compile_command(case, "bundle"), folder):
            self.accepted += 1
            self.attempts.tolerate(name + ", run", ["dtc-run", "bundle", "--input", "input.npz", "--output", "y.npz",
                                                    "--timeout", "5"], folder)
        return folder

    def try_bundle(self, name, case, file, choose):
        """A damaged input, or a damaged file of the bundle."""
        bundle, folder = self.bundle(case), self.copy(case, name)
        if file == "input.npz":
            mutate(folder / file, choose)
        else:
            shutil.copytree(bundle, folder / "bundle")
            mutate(folder / "bundle" / file, choose)
            bundle = "bundle"
        self.accepted += self.attempts.tolerate(name, ["dtc-run", bundle, "--input", "input.npz", "--output", "y.npz",
                                                       "--timeout", "5"], folder)
        return folder

    def one(self, number, seed):
        choose = random.Random(f"{seed} {number}")
        case = choose.choice(list(CASES))
        file = choose.choice(["model.onnx", "model.onnx", "model.onnx", "plan.yaml", "weights.rank0.safetensors", "input.npz",
                              "manifest.json"])
        attempt = self.try_source if file in ("model.onnx", "plan.yaml") else self.try_bundle
        failures = self.attempts.failures
        folder = attempt(f"{number}-{case}-{file}", case, file, choose)
        # What went wrong is kept.
        if self.attempts.failures == failures:
            shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("fixtures", type=pathlib.Path)
    parser.add_argument("scratch")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--first", type=int, default=0, help="number of the first mutant, to repeat one")
    options = parser.parse_args()
    attempts = Attempts(options.scratch)
    mutants = Mutants(options.fixtures.absolute(), attempts)
    end = time.monotonic() + options.seconds * attempts.slower
    number = options.first
    while number < options.first + options.count and time.monotonic() < end:
        mutants.one(number, options.seed)
        number += 1
    print(f"{number - options.first} mutants, {mutants.accepted} of them accepted")
    return attempts.finish()


if __name__ == "__main__":
    sys.exit(main())
