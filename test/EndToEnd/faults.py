#!/usr/bin/env python3
"""Has ranks of a real bundle die in every way and looks at what dtc-run does about it.

    faults.py FIXTURES SCRATCH [--count N] [--transport shm --transport mpi] [--target cuda] [--mesh dp=2,tp=2]

A rank is killed (SIGKILL), crashes (SIGSEGV) or stops (SIGSTOP) while the bundle repeats its step; on the emulated GPU,
once that repeats a graph. Each time

- dtc-run ends with status 1 within the timeout and two seconds, at once unless the rank stopped;
- its message names the rank;
- no process of the run is left, no output file, no segment in /dev/shm that nobody has mapped.
"""

import argparse
import math
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

TIMEOUT = 2
MARK = "DTC_FAULT_TEST"


def processes_of(run):
    """The processes that have this run's mark in their environment, by id."""
    found = {}
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if f"{MARK}={run}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "comm").read_text().strip()
            except OSError:
                pass
    return found


def ranks_of(run):
    """The rank processes of a run, by name; launchers have other names."""
    return {name: process for process, name in processes_of(run).items() if re.fullmatch(r"rank\d+", name)}


def abandoned(before):
    """New segments of shared memory that no process has mapped."""
    new = {path.name for path in pathlib.Path("/dev/shm").iterdir()} - before
    for maps in pathlib.Path("/proc").glob("[0-9]*/maps"):
        try:
            text = maps.read_text()
        except OSError:
            continue
        new = {name for name in new if f"/dev/shm/{name}" not in text}
    return new


def wait_for(condition, seconds):
    """Whether the condition came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


class Faults:
    """Runs one bundle and harms it."""

    def __init__(self, bundle, source, scratch, target, ranks):
        self.is_gpu, self.ranks = target == "cuda", ranks
        self.bundle, self.input, self.scratch = bundle, source, scratch
        self.log = scratch / "log"
        self.failures, self.count, self.slowest = 0, 0, {}

    def repeats_graphs(self):
        """Whether all ranks have come so far."""
        return self.log.exists() and self.log.read_bytes()[:1 << 20].count(b"launch graph") >= 2 * self.ranks

    def start(self, run, transport):
        self.log.unlink(missing_ok=True)
        environment = dict(os.environ) | {MARK: run, "DTC_EMULATED_LOG": str(self.log)}
        # A sanitizer would turn a crash into an exit.
        environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":handle_segv=0"
        return subprocess.Popen(["dtc-run", self.bundle, "--input", self.input, "--output", self.scratch / "y.npz",
                                 "--repeat", "1000000000", "--transport", transport, "--timeout", str(TIMEOUT)],
                                stderr=subprocess.PIPE, text=True, env=environment)

    def problem(self, run, transport, fault, victim, before):
        """One run; what is wrong with how it ended, or nothing."""
        launcher = self.start(run, transport)
        if not wait_for(lambda: len(ranks_of(run)) == self.ranks, 60):
            launcher.kill()
            return f"no ranks: {launcher.communicate()[1]}"
        time.sleep(1.0 if transport == "mpi" else 0.2)
        if self.is_gpu and not wait_for(self.repeats_graphs, 60):
            launcher.kill()
            return f"no graphs: {launcher.communicate()[1]}"
        ranks = ranks_of(run)
        if len(ranks) != self.ranks:
            return f"the ranks ended early: {launcher.communicate()[1]}"
        begin = time.monotonic()
        os.kill(ranks[f"rank{victim}"], fault)
        limit = TIMEOUT + 2
        try:
            messages = launcher.communicate(timeout=limit + 10)[1]
        except subprocess.TimeoutExpired:
            launcher.kill()
            return f"did not end, said {launcher.communicate()[1]!r}"
        seconds = time.monotonic() - begin
        key = f"{transport} {fault.name}"
        self.slowest[key] = max(self.slowest.get(key, 0), seconds)
        if launcher.returncode != 1:
            return f"status {launcher.returncode}, said {messages!r}"
        if seconds > limit:
            return f"took {seconds:.1f} s"
        if not re.search(rf"dtc-run: error: .*rank {victim}\b", messages):
            return f"did not name rank {victim}: {messages!r}"
        if not wait_for(lambda: not processes_of(run), max(0, limit - seconds)):
            return f"left the processes {processes_of(run)}"
        if (self.scratch / "y.npz").exists() or list(self.scratch.glob(".*.tmp")):
            return "left an output file"
        if not wait_for(lambda: not abandoned(before), 2):
            return f"left shared memory: {abandoned(before)}"
        return None

    def harm(self, transport, fault, number):
        run, victim = f"{os.getpid()}-{self.count}", number % self.ranks
        before = {path.name for path in pathlib.Path("/dev/shm").iterdir()}
        self.count += 1
        why = self.problem(run, transport, fault, victim, before)
        for process in processes_of(run):
            os.kill(process, signal.SIGKILL)
        if why:
            self.failures += 1
            print(f"FAIL {transport}, {fault.name} of rank {victim}: {why}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("fixtures", type=pathlib.Path)
    parser.add_argument("scratch", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=2)
    parser.add_argument("--transport", action="append")
    parser.add_argument("--target", default="cpu")
    parser.add_argument("--mesh", default="tp=2")
    options = parser.parse_args()
    case, scratch = options.fixtures.absolute() / "models", options.scratch.absolute()
    case /= "mlp_pair" if options.mesh == "tp=2" else "mlp_data_and_tensor"
    scratch.mkdir(parents=True, exist_ok=True)
    bundle = scratch / "bundle"
    subprocess.run(["dtc-compile", case / "model.onnx", "--plan", case / "plan.yaml", "--mesh", options.mesh, "-o", bundle,
                    "--target", options.target], check=True)
    faults = Faults(bundle, case / "input.npz", scratch, options.target,
                    math.prod(int(axis.split("=")[1]) for axis in options.mesh.split(",")))
    for transport in options.transport or ["shm"]:
        for fault in (signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP):
            for number in range(options.count):
                faults.harm(transport, fault, number)
    for key, seconds in faults.slowest.items():
        print(f"{key}: at most {seconds:.2f} s")
    print(f"{faults.count - faults.failures} of {faults.count} faults ended as they should")
    return 1 if faults.failures or not faults.count else 0


if __name__ == "__main__":
    sys.exit(main())
