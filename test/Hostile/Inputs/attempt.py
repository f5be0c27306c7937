"""Runs a tool on an input that means harm and says what is wrong with how it ended.

A tool may refuse (exit status 1 or 2, a message that names what it is about) or accept. It may never

- end by a signal, by an assertion or by a message of LLVM's own;
- take more than SECONDS of time or MEBIBYTES of memory;
- leave a file behind that was not there before, after a refusal.

Sanitized tools get more time and memory, and their reports count as failures.
"""

import dataclasses
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import threading

SECONDS, MEBIBYTES = 5, 1024
MARK = ".attempts"
FORBIDDEN = ["LLVM ERROR", "PLEASE submit a bug report", "internal error", "Stack dump", "Sanitizer",
             "runtime error:", "Assertion", "terminate called", "bad_alloc",
             "stopped because another rank failed"]


def is_sanitized(tool):
    """Whether a tool is built with the address sanitizer, whose shadow breaks every limit on address space."""
    return b"__asan_init" in pathlib.Path(shutil.which(tool)).read_bytes()


@dataclasses.dataclass
class Outcome:
    """How a command ended: its exit status (negative: a signal), what it wrote, what it took."""
    status: int
    messages: str
    seconds: float
    mebibytes: float


def list_files(folder):
    """Every path beneath a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


class Attempts:
    """Counts attempts on the tools in a scratch folder; failures are printed as they are found."""

    def __init__(self, scratch):
        self.scratch = pathlib.Path(scratch)
        # Only what an earlier run made is removed.
        if self.scratch.exists() and not (self.scratch / MARK).exists():
            sys.exit(f"expected a new folder, got '{scratch}'")
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        (self.scratch / MARK).touch()
        self.slower = 12 if is_sanitized("dtc-compile") else 1
        self.count = self.failures = 0

    def folder(self, name):
        """A new folder for the files of one case."""
        path = self.scratch / name
        path.mkdir(parents=True)
        return path

    def run(self, command, folder):
        """The outcome of a command, run in `folder`, ended after twice the allowed time."""
        logs = self.scratch / ".messages"
        limit = None if self.slower > 1 else 4 * MEBIBYTES << 20

        def restrict():
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            if limit:
                resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with open(logs, "wb") as output:
            process = subprocess.Popen([str(word) for word in command], cwd=folder, stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=output, preexec_fn=restrict, start_new_session=True)
            # Wall-clock time ends what hangs; what counts is processor time, which other work does not lengthen.
            clock = threading.Timer(8 * SECONDS * self.slower, os.killpg, (process.pid, signal.SIGKILL))
            clock.start()
            _, status, usage = os.wait4(process.pid, 0)
            clock.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Outcome(process.returncode, logs.read_text(errors="replace"), seconds, usage.ru_maxrss / 1024)

    def fail(self, name, why, outcome):
        """Prints a failed attempt."""
        self.failures += 1
        words = outcome.messages if len(outcome.messages) < 1500 else outcome.messages[:1500] + "..."
        print(f"FAIL {name}: {why}; status {outcome.status}, {outcome.seconds:.1f} s, "
              f"{outcome.mebibytes:.0f} MiB, said:\n{words}", file=sys.stderr)

    def check_manners(self, name, outcome):
        """What holds for refusals and acceptances alike; True when it does."""
        self.count += 1
        for word in FORBIDDEN:
            if word in outcome.messages:
                self.fail(name, f"'{word}' in its messages", outcome)
                return False
        if outcome.status < 0 or outcome.status > 2:
            self.fail(name, "expected exit status 0, 1 or 2", outcome)
        elif outcome.seconds > SECONDS * self.slower:
            self.fail(name, f"expected at most {SECONDS} s", outcome)
        elif outcome.mebibytes > MEBIBYTES * self.slower:
            self.fail(name, f"expected at most {MEBIBYTES} MiB", outcome)
        else:
            return True
        return False

    def refuse(self, name, command, *fragments, folder, status=(1, 2)):
        """The command must refuse, say every fragment, and leave `folder` as it was."""
        before = list_files(folder)
        outcome = self.run(command, folder)
        if not self.check_manners(name, outcome):
            return
        missing = [fragment for fragment in fragments if fragment not in outcome.messages]
        surplus = list_files(folder) - before
        if outcome.status not in status:
            self.fail(name, f"expected exit status {status}", outcome)
        elif missing:
            self.fail(name, f"expected {missing} in its messages", outcome)
        elif surplus:
            self.fail(name, f"left {sorted(surplus)} behind", outcome)

    def accept(self, name, command, folder):
        """The command must succeed within the limits."""
        outcome = self.run(command, folder)
        if self.check_manners(name, outcome) and outcome.status != 0:
            self.fail(name, "expected success", outcome)

    def tolerate(self, name, command, folder):
        """The command may refuse, leaving nothing, or accept; returns whether it accepted."""
        before = list_files(folder)
        outcome = self.run(command, folder)
        if not self.check_manners(name, outcome) or outcome.status == 0:
            return outcome.status == 0
        surplus = list_files(folder) - before
        if surplus:
            self.fail(name, f"left {sorted(surplus)} behind", outcome)
        elif "error: " not in outcome.messages:
            self.fail(name, "expected a message that begins with 'error: '", outcome)
        return False

    def finish(self):
        """Prints the sum; returns the exit status of the script."""
        print(f"{self.count - self.failures} of {self.count} attempts ended as they should")
        return 1 if self.failures or not self.count else 0
