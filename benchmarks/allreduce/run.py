#!/usr/bin/env python3
"""dtc's all_reduce beside those of Open MPI and gloo: a table of latencies.

    cmake --build build --target allreduce-dtc allreduce-mpi
    benchmarks/allreduce/run.py --bin build/runtime/allreduce

Contestants run in turn, round by round, so that a busy moment of the machine
hits all of them; the median over rounds is printed, in microseconds, with the
bandwidth of dtc and how many times faster it is. One that is not installed is
left out.
"""

import argparse
import collections
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def parse_lines(text):
    pairs = (line.split() for line in text.splitlines())
    return {int(size): float(time) for size, time in pairs}


def run_dtc(options, ranks):
    return subprocess.run([options.bin / "allreduce-dtc", str(ranks)],
                          check=True, capture_output=True, text=True).stdout


def run_mpi(options, ranks):
    command = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n",
               str(ranks), options.bin / "allreduce-mpi"]
    return subprocess.run(command, check=True, capture_output=True,
                          text=True).stdout


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def run_gloo(options, ranks):
    shared = dict(os.environ, WORLD_SIZE=str(ranks), MASTER_ADDR="127.0.0.1",
                  MASTER_PORT=str(free_port()), GLOO_SOCKET_IFNAME="lo")
    processes = [
        subprocess.Popen([options.python, HERE / "allreduce_gloo.py"],
                         env=dict(shared, RANK=str(rank)),
                         stdout=subprocess.PIPE, text=True)
        for rank in range(ranks)]
    texts = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        raise SystemExit("error: gloo failed")
    return texts[0]


def has_torch(python):
    found = subprocess.run([python, "-c", "import torch"], capture_output=True)
    return found.returncode == 0


def contestants(options):
    found = {"dtc": run_dtc}
    if shutil.which("mpirun") and (options.bin / "allreduce-mpi").exists():
        found["openmpi"] = run_mpi
    if options.gloo and has_torch(options.python):
        found["gloo"] = run_gloo
    return found


def print_table(ranks, times):
    others = [name for name in times if name != "dtc"]
    print(f"\n{ranks} ranks, {os.cpu_count()} processors, "
          f"load {os.getloadavg()[0]:.1f}")
    heads = ["bytes", "dtc us", "GB/s"]
    for name in others:
        heads += [f"{name} us", "ratio"]
    print(" ".join(f"{head:>12}" for head in heads))
    for size in sorted(times["dtc"]):
        own = statistics.median(times["dtc"][size])
        cells = [str(size), f"{own:.2f}", f"{size / own / 1e3:.2f}"]
        for name in others:
            other = statistics.median(times[name][size])
            cells += [f"{other:.2f}", f"{other / own:.2f}"]
        print(" ".join(f"{cell:>12}" for cell in cells))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True,
                        help="folder of allreduce-dtc and allreduce-mpi")
    parser.add_argument("--ranks", default="2,4")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--python", default=sys.executable,
                        help="a Python with PyTorch, for gloo")
    parser.add_argument("--no-gloo", dest="gloo", action="store_false")
    options = parser.parse_args()
    options.bin = options.bin.resolve()
    for ranks in map(int, options.ranks.split(",")):
        times = collections.defaultdict(lambda: collections.defaultdict(list))
        for _ in range(options.rounds):
            for name, run in contestants(options).items():
                for size, time in parse_lines(run(options, ranks)).items():
                    times[name][size].append(time)
        print_table(ranks, times)


if __name__ == "__main__":
    main()
