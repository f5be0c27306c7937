#!/usr/bin/env python3
"""Runs the node tests of the `onnx` package and says which agree, are refused, are wrong or crash.

    onnx_node_tests.py --bin DIR [--compiled] [--mesh tp=2] [--sample N] [--filter REGEX] [--table docs/onnx-ops.md]

Without --compiled models run in the interpreter, many in one process. With --mesh inputs get random placements. A test
that a message refuses is not an error; a wrong result or a crash is, and so is a difference from the table.
"""

import argparse
import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import re
import select
import subprocess
import sys
import tempfile
import threading

import numpy as np
import onnx

from onnx_node_cases import in_file, load_cases
from onnx_node_table import check_table, write_table

LIMIT_SECONDS = 60


class Server:
    """A `dtc-interpret --serve`, started again after a crash."""

    def __init__(self, tools):
        self.command, self.process = [tools / "dtc-interpret", "--serve"], None

    def ask(self, request):
        """The answer; None when the process ended or did not answer in time."""
        if not self.process:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.DEVNULL, text=True)
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], LIMIT_SECONDS)
        line = self.process.stdout.readline() if ready else ""
        if line:
            return json.loads(line)
        self.close()
        return None

    def close(self):
        if self.process:
            self.process.kill()
            self.process.communicate()
            self.process = None


def placements(case, ranks, seed):
    """A plan that places each input at random, in ways that leave its value as it is."""
    rng = random.Random(f"{case.name}:{ranks}:{seed}")
    chosen = {}
    for name, array in case.inputs.items():
        choices = ["replicate"] + [f"shard({d})" for d in range(array.ndim)]
        # Every rank contributes the same array.
        choices += ["partial(max)"] if array.dtype.kind == "f" else []
        chosen[name] = rng.choice(choices)
    return {"inputs": chosen} if chosen else {}


class Runner:
    """Runs cases in a folder of its own; one for each thread."""

    def __init__(self, options):
        self.options, self.server = options, Server(options.bin)
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.scratch.name)

    def path(self, name):
        return str(self.folder / name)

    def write(self, case):
        (self.folder / "model.onnx").write_bytes(case.model.SerializeToString())
        np.savez(self.path("inputs.npz"), **{n: in_file(a) for n, a in case.inputs.items() if a is not None})
        if self.options.mesh:
            ranks = int(self.options.mesh.split("=")[1])
            (self.folder / "plan.yaml").write_text(json.dumps(placements(case, ranks, self.options.seed)))
        for name in ("outputs.npz", "bundle"):
            subprocess.run(["rm", "-rf", self.path(name)], check=True) if os.path.exists(self.path(name)) else None

    def interpret(self):
        """None, or (status, message)."""
        request = {key: self.path(name) for key, name in
                   (("model", "model.onnx"), ("input", "inputs.npz"), ("output", "outputs.npz"))}
        if self.options.mesh:
            request |= {"mesh": self.options.mesh, "plan": self.path("plan.yaml")}
        answer = self.server.ask(request)
        if answer is None:
            return "crash", "the interpreter ended or hung"
        return ("refused", answer["error"]) if "error" in answer else None

    def run_tool(self, command):
        """None, or (status, message)."""
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            return "crash", f"{command[0].name} hung"
        if done.returncode not in (0, 1):
            return "crash", f"{command[0].name} ended with status {done.returncode}: {done.stderr.strip()[-300:]}"
        return ("refused", done.stderr.strip()) if done.returncode else None

    def compile(self, case):
        """The same with dtc-compile and dtc-run."""
        command = [self.options.bin / "dtc-compile", self.path("model.onnx"), "-o", self.path("bundle")]
        for name, shape in case.open_shapes().items():
            command += ["--input-shape", f"{name}={'x'.join(map(str, shape))}"]
        if self.options.mesh:
            command += ["--mesh", self.options.mesh, "--plan", self.path("plan.yaml")]
        return self.run_tool(command) or self.run_tool(
            [self.options.bin / "dtc-run", self.path("bundle"), "--input", self.path("inputs.npz"),
             "--output", self.path("outputs.npz"), "--timeout", "30"])

    def once(self, case):
        self.write(case)
        failure = self.compile(case) if self.options.compiled else self.interpret()
        if failure:
            return failure
        with np.load(self.path("outputs.npz")) as got:
            why = case.difference(dict(got))
        return ("wrong", why) if why else ("agree", "")

    def run(self, case):
        """(status, message) of a case."""
        if not case.has_tensors_only():
            (self.folder / "model.onnx").write_bytes(case.model.SerializeToString())
            np.savez(self.path("inputs.npz"))
            failure = self.interpret()
            return failure or ("wrong", "accepted a value that is no tensor of numbers")
        for _ in range(8):
            status, message = self.once(case)
            if status != "refused" or "known at compile time" not in message:
                break
            named = re.search(r"operand \d+ \('([^']*)'\)", message)
            if not (named and case.make_constant(named.group(1))) and not case.make_small_constants():
                break
        return status, message


def run_all(cases, options):
    """{name: (status, message)}; both cores at work."""
    local, runners = threading.local(), []

    def run(case):
        if not hasattr(local, "runner"):
            local.runner = Runner(options)
            runners.append(local.runner)
        return local.runner.run(case)

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = dict(zip((case.name for case in cases), pool.map(run, cases)))
    for runner in runners:
        runner.server.close()
    return results


def sample(cases, count):
    """Always the same `count` cases, whatever else there is."""
    return sorted(cases, key=lambda case: hashlib.sha256(case.name.encode()).hexdigest())[:count]


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=pathlib.Path, help="the folder of dtc's tools")
    parser.add_argument("--compiled", action="store_true", help="compile and run instead of interpreting")
    parser.add_argument("--mesh", help="tp=N: random placements of the inputs")
    parser.add_argument("--seed", type=int, default=1, help="of the placements")
    parser.add_argument("--sample", type=int, help="this many tests, always the same")
    parser.add_argument("--filter", default="", help="only tests whose name matches this expression")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--show", default="wrong,crash", help="list the tests with these outcomes")
    parser.add_argument("--table", type=pathlib.Path, help="the table to check")
    parser.add_argument("--update", action="store_true", help="write the table instead")
    return parser.parse_args()


def main():
    options = parse_options()
    options.bin = options.bin.resolve()
    cases = [case for case in load_cases() if re.search(options.filter, case.name)]
    if options.sample:
        cases = sample(cases, options.sample)
    results = run_all(cases, options)
    shown = options.show.split(",")
    for name, (status, message) in sorted(results.items()):
        if status in shown:
            print(f"{status} {name}: {message[:400]}")
    counts = collections.Counter(status for status, _ in results.values())
    print(f"{len(cases)} tests: " + ", ".join(f"{counts[s]} {s}" for s in ("agree", "refused", "wrong", "crash")))
    bad = counts["wrong"] + counts["crash"] > 0 or not cases
    if options.table and options.update:
        write_table(options.table, cases, results, options)
    elif options.table:
        bad |= not check_table(options.table, cases, results, onnx.__version__)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
