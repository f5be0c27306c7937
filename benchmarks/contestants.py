"""The programs that run.py compares, each behind the same three calls.

`prepare(folder)` compiles or loads the workload and says how long that took; `output()` is what
one step computes, for the cross-check; `measure(seconds)` repeats the step. `Absent` says that a
contestant cannot take part here (not installed, not built), and why.
"""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent


class Absent(Exception):
    """The contestant cannot take part; the message says why."""


@dataclasses.dataclass(frozen=True)
class Machine:
    """What every contestant may use: the cores, how many ranks, and a scratch folder."""

    cores: tuple
    ranks: int
    scratch: pathlib.Path

    def start(self, command, environment=None, **options):
        """Starts a process confined to the cores."""
        return subprocess.Popen([str(part) for part in command], env=environment, text=True,
                                preexec_fn=lambda: os.sched_setaffinity(0, self.cores), **options)


class Peer:
    """A peer_*.py program in its own process."""

    def __init__(self, name, machine, program, ranks):
        self.name, self.machine, self.program, self.ranks = name, machine, program, ranks
        self.process = None
        self.log = None

    def environment(self):
        """Thread limits for every library that reads them from the environment."""
        threads = len(self.machine.cores) if self.ranks == 1 else max(1, len(self.machine.cores) // self.ranks)
        flags = f"--xla_force_host_platform_device_count={self.ranks}"
        if len(self.machine.cores) == 1:
            flags += " --xla_cpu_multi_thread_eigen=false"
        return dict(os.environ, OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads), PEER_RANKS=str(self.ranks),
                    OPENBLAS_NUM_THREADS=str(threads), PEER_THREADS=str(threads), XLA_FLAGS=flags,
                    JAX_PLATFORMS="cpu", GLOO_SOCKET_IFNAME=os.environ.get("GLOO_SOCKET_IFNAME", "lo"))

    def prepare(self, folder):
        self.log = open(self.machine.scratch / f"{self.name.replace(' ', '-')}.log", "w+")
        self.process = self.machine.start([sys.executable, HERE / self.program, folder], self.environment(),
                                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        return self.receive()["prepare_seconds"]

    def receive(self):
        """The next answer; Absent when the package is missing or the peer failed."""
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            tail = self.log.read().strip().splitlines()[-1:]
            raise Absent(f"ended early: {' '.join(tail)}")
        message = json.loads(line)
        if "missing" in message:
            raise Absent(f"'{message['missing']}' is not installed")
        if "error" in message:
            raise Absent(message["error"].splitlines()[0])
        return message

    def ask(self, command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return self.receive()

    def output(self):
        path = self.machine.scratch / f"{self.name.replace(' ', '-')}.npy"
        self.ask({"output": str(path)})
        return np.load(path)

    def measure(self, seconds):
        return self.ask({"seconds": seconds})["steps"]

    def close(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()
            self.process.stdout.close()
        if self.log:
            self.log.close()


class Dtc:
    """dtc-compile and dtc-run; a step lasts as long as its slowest rank says."""

    name = "dtc"

    def __init__(self, machine, folder_of_tools):
        self.machine, self.tools = machine, folder_of_tools
        self.bundle = machine.scratch / "bundle"
        self.folder = None
        self.estimate = None
        self.training = False

    def run(self, *command):
        if not pathlib.Path(command[0]).is_file():
            raise Absent(f"'{command[0]}' is not built")
        process = self.machine.start(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text, _ = process.communicate()
        if process.returncode != 0:
            lines = text.strip().splitlines()
            raise Absent(f"'{pathlib.Path(command[0]).name}' failed: {lines[-1] if lines else process.returncode}")

    def prepare(self, folder):
        self.folder = folder
        command = [self.tools / "dtc-compile", folder / "model.onnx", "-o", self.bundle, "--plan", folder / "plan.yaml",
                   "--mesh", f"tp={self.machine.ranks}"]
        spec = json.loads((folder / "spec.json").read_text())
        if spec["weights"] == "minilm":
            command += ["--dim", f"batch={spec['batch']}", "--dim", f"sequence={spec['sequence']}"]
        self.training = spec["training"]
        if self.training:
            command += ["--train", folder / "train.yaml"]
        begin = time.perf_counter()
        self.run(*command)
        return time.perf_counter() - begin

    def steps(self, warmup, repeat, *more):
        """Times of `repeat` steps after `warmup` others."""
        stats = self.machine.scratch / "stats.json"
        count = ["--steps", warmup + repeat] if self.training else ["--warmup", warmup, "--repeat", repeat]
        self.run(self.tools / "dtc-run", self.bundle, "--input", self.folder / "input.npz", "--stats", stats,
                 *count, *more)
        ranks = json.loads(stats.read_text())["ranks"]
        times = [max(times) for times in zip(*(rank["step_seconds"] for rank in ranks))]
        return times[-repeat:]

    def output(self):
        path = self.machine.scratch / "dtc.npz"
        times = self.steps(3, 10, "--output", path)
        self.estimate = max(float(np.median(times)), 1e-7)
        with np.load(path) as arrays:
            # Peers have trained for three steps when they are asked.
            return arrays["loss"][3:4] if self.training else arrays[arrays.files[0]]

    def measure(self, seconds):
        return self.steps(5, int(min(5000, max(5, seconds / self.estimate))))

    def close(self):
        """Nothing runs between calls."""


def contestants(machine, tools):
    """Everyone who takes part on this machine, dtc first."""
    listed = [Dtc(machine, tools), Peer("onnxruntime", machine, "peer_onnxruntime.py", 1),
              Peer("jax", machine, "peer_jax.py", 1), Peer("torch", machine, "peer_torch.py", 1)]
    if machine.ranks > 1:
        listed += [Peer("jax tp", machine, "peer_jax.py", machine.ranks),
                   Peer("torch dtensor", machine, "peer_torch.py", machine.ranks)]
    return listed
