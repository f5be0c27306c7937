#!/usr/bin/env python3
"""Prints dtc beside onnxruntime, JAX and PyTorch: same models, same cores, in turn.

1. Make each workload's folder (models.py).
2. For each mode (ranks and cores) and workload: start every contestant that is installed, confined
   to the mode's cores, and compare their outputs before anything is timed.
3. Rounds: every contestant runs for a while, then the next; the order turns from round to round,
   so that a disturbance of the machine meets all of them.
4. Report the median step of all rounds, and dtc's time relative to the fastest peer.
5. Compile times of deeper and deeper decoders: dtc, JAX's jit, onnxruntime's session.

    benchmarks/run.py --bin build/bin                         everything, about 15 minutes
    benchmarks/run.py --ranks 2 --cores 2 --workloads 'MiniLM*'
"""

import argparse
import fnmatch
import json
import os
import pathlib
import shutil
import statistics
import sys
import tempfile

import numpy as np

import contestants
import models
import workloads

TOLERANCE = 1e-3
STATISTICS = {"median": "median_seconds", "lowest": "lowest_round_median_seconds"}
COLUMNS = ["dtc", "onnxruntime", "jax", "jax tp", "torch", "torch dtensor"]


def say(text):
    """Progress, to stderr: stdout is the table."""
    print(text, file=sys.stderr, flush=True)


def prepare_all(everyone, folder, absences):
    """Starts everyone; those that cannot take part are noted in `absences` and left out."""
    present, seconds = [], {}
    for one in everyone:
        try:
            seconds[one.name] = one.prepare(folder)
            present.append(one)
        except contestants.Absent as absent:
            absences[one.name] = str(absent)
            say(f"    {one.name}: left out: {absent}")
            one.close()
    return present, seconds


def cross_check(present, absences):
    """Leaves out whoever computes something else than onnxruntime (or the first peer there is)."""
    outputs = {}
    for one in list(present):
        try:
            outputs[one] = one.output()
        except contestants.Absent as absent:
            absences[one.name] = str(absent)
            present.remove(one)
    peers = [one for one in present if one.name != "dtc"] or present
    if not peers:
        return
    reference = outputs[peers[0]]
    scale = max(1.0, float(np.abs(reference).max()))
    for one in list(present):
        value = outputs[one]
        deviation = float(np.abs(value - reference).max()) / scale if value.shape == reference.shape else float("inf")
        if not deviation <= TOLERANCE:
            absences[one.name] = f"its output differs from {peers[0].name}'s by {deviation:.1e}"
            say(f"    {one.name}: left out: {absences[one.name]}")
            present.remove(one)


def measure(options, machine, workload):
    """One workload in one mode: name -> median, lowest round median, absences."""
    folder = models.make(workload, options.cache, options.minilm)
    absences, times, load = {}, {}, os.getloadavg()[0]
    everyone = [c for c in contestants.contestants(machine, options.bin) if c.name in options.peers]
    present, prepared = prepare_all(everyone, folder, absences)
    try:
        cross_check(present, absences)
        for turn in range(options.rounds):
            for place in range(len(present)):
                one = present[(turn + place) % len(present)]
                times.setdefault(one.name, []).append(one.measure(options.seconds))
    finally:
        for one in everyone:
            one.close()
    medians = {name: statistics.median(step for steps in rounds for step in steps) for name, rounds in times.items()}
    lowest = {name: min(statistics.median(steps) for steps in rounds) for name, rounds in times.items()}
    return {"workload": workload.name, "ranks": machine.ranks, "cores": len(machine.cores), "median_seconds": medians,
            "lowest_round_median_seconds": lowest, "load_average_before": load, "prepare_seconds": prepared, "absent": absences}


def measure_compile(options, machine, workload):
    """Times to compile one decoder, one contestant after the other; the median of three."""
    folder = models.make(workload, options.cache, options.minilm)
    seconds, absences = {}, {}
    for _ in range(options.compile_rounds):
        for one in contestants.contestants(machine, options.bin):
            if one.name not in options.peers or one.name.startswith("torch"):
                continue
            present, prepared = prepare_all([one], folder, absences)
            if present:
                seconds.setdefault(one.name, []).append(prepared[one.name])
                one.close()
    return {"workload": workload.name, "ranks": machine.ranks, "cores": len(machine.cores), "absent": absences,
            "compile_seconds": {name: statistics.median(values) for name, values in seconds.items()}}


def row(result, times, scale):
    """The cells of one table row."""
    peers = {name: value for name, value in times.items() if name != "dtc"}
    best = min(peers, key=peers.get) if peers else "-"
    ratio = f"{times['dtc'] / peers[best]:.2f}" if peers and "dtc" in times else "-"
    cells = [f"{times[name] * scale:.3f}" if name in times else "-" for name in COLUMNS]
    return [result["workload"], f"{result['ranks']}/{result['cores']}", cells[0], best, *cells[1:], ratio]


def table(results, key, unit, scale):
    """A markdown table of all results."""
    head = ["workload", "ranks/cores", f"dtc {unit}", "best peer", *(f"{name} {unit}" for name in COLUMNS[1:]),
            "dtc / best peer"]
    rows = [head, ["---"] * len(head)] + [row(result, result[key], scale) for result in results]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def notes(results):
    """Why someone was left out, each reason once."""
    reasons = {}
    for result in results:
        for name, why in result["absent"].items():
            reasons.setdefault((name, why), []).append(f"{result['workload']} {result['ranks']}/{result['cores']}")
    lines = [f"- {name} left out of {len(where)} rows: {why}" for (name, why), where in reasons.items()]
    busy = max((result.get("load_average_before", 0.0) for result in results[:1]), default=0.0)
    if busy > 0.5:
        lines.append(f"- the load average was {busy:.1f} before the first row: something else was running")
    return lines


def parse_arguments():
    parser = argparse.ArgumentParser(description="dtc beside onnxruntime, JAX and PyTorch")
    build = models.ROOT / "build"
    parser.add_argument("--bin", type=pathlib.Path, default=build / "bin", help="folder of dtc-compile and dtc-run")
    parser.add_argument("--ranks", type=int, help="ranks of the only mode to run (default: 1 and 2)")
    parser.add_argument("--cores", type=int, help="cores of that mode (default: as many as ranks)")
    parser.add_argument("--workloads", default="*", help="glob over the workloads' names")
    parser.add_argument("--peers", default=",".join(COLUMNS), help="who takes part, by name")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5, help="how long one contestant runs in a round")
    parser.add_argument("--compile-rounds", type=int, default=3, help="0 leaves the compile times out")
    parser.add_argument("--statistic", choices=sorted(STATISTICS), default="median",
                        help="of the steps: the median of all, or the lowest median of a round (shared machines)")
    parser.add_argument("--cache", type=pathlib.Path, default=build / "benchmarks")
    parser.add_argument("--minilm", type=pathlib.Path, default=build / "models" / "minilm")
    parser.add_argument("--json", type=pathlib.Path, help="also write every number here")
    options = parser.parse_args()
    options.peers = options.peers.split(",")
    unknown = sorted(set(options.peers) - set(COLUMNS))
    if unknown:
        parser.error(f"expected peers among {COLUMNS}, got {unknown}")
    modes = [(options.ranks, options.cores or options.ranks)] if options.ranks else [(1, 1), (2, 2)]
    available = sorted(os.sched_getaffinity(0))
    for mode in modes:
        if mode[1] > len(available):
            parser.error(f"expected at most {len(available)} cores, got {mode[1]}")
    options.modes = [(ranks, tuple(available[:cores])) for ranks, cores in modes]
    return options


def main():
    options = parse_arguments()
    chosen = [w for w in workloads.STEPS if fnmatch.fnmatch(w.name, options.workloads)]
    compiled = [w for w in workloads.COMPILES if fnmatch.fnmatch(w.name, options.workloads)]
    compiled = compiled if options.compile_rounds else []
    if not chosen and not compiled:
        names = ", ".join(w.name for w in workloads.STEPS + workloads.COMPILES)
        print(f"error: no workload matches '{options.workloads}'; there are: {names}", file=sys.stderr)
        return 2
    steps, compiles = [], []
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="dtc-benchmark-"))
    try:
        for ranks, cores in options.modes:
            machine = contestants.Machine(cores, ranks, scratch)
            for group, function, results in ((chosen, measure, steps), (compiled, measure_compile, compiles)):
                for workload in group:
                    say(f"{workload.name}, {ranks} ranks on {len(cores)} cores")
                    results.append(function(options, machine, workload))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if steps:
        print(f"Step ({options.statistic})\n\n" + table(steps, STATISTICS[options.statistic], "ms", 1e3) + "\n")
    if compiles:
        print("Compile (dtc: dtc-compile; jax: lower + compile; onnxruntime: session)\n\n"
              + table(compiles, "compile_seconds", "s", 1) + "\n")
    print("\n".join(notes(steps + compiles)))
    if options.json:
        options.json.write_text(json.dumps({"steps": steps, "compiles": compiles}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
