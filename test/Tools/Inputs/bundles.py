#!/usr/bin/env python3
"""Has dtc-compile fail, be killed and be overtaken while it writes a bundle, and looks at what is there then.

    bundles.py FIXTURES SCRATCH
"""

import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import time

failures = []


def check(condition, what):
    if not condition:
        failures.append(what)
        print(f"FAIL {what}", file=sys.stderr)


class Writer:
    """dtc-compile of one fixture, for one mesh after the other."""

    def __init__(self, case, folder):
        self.case, self.folder, self.bundle = case, folder, folder / "bundle"

    def command(self, ranks):
        return ["dtc-compile", self.case / "model.onnx", "--plan", self.case / "plan.yaml", "--mesh", f"tp={ranks}", "-o",
                self.bundle]

    def run(self, ranks, limit=None):
        """Exit status and messages; with a limit no file may grow beyond so many bytes, as on a full disk."""
        def restrict():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        done = subprocess.run(self.command(ranks), capture_output=True, text=True, restore_signals=False,
                              preexec_fn=restrict if limit is not None else None)
        return done.returncode, done.stderr

    def start(self, ranks):
        return subprocess.Popen(self.command(ranks), stderr=subprocess.PIPE, text=True)

    def leftovers(self):
        """What lies beside the bundle."""
        return sorted(path.name for path in self.folder.iterdir() if path.name != "bundle")

    def ranks(self):
        """The ranks of the bundle that is there, every file of it in its size; 0: there is none."""
        if not self.bundle.exists():
            return 0
        manifest = json.loads((self.bundle / "manifest.json").read_text())
        for entry in manifest["files"]:
            check((self.bundle / entry["name"]).stat().st_size == entry["size"], f"{entry['name']} is not whole")
        return len(manifest["ranks"])


def check_full_disks(writer, there):
    """Nothing is left, and what was there before stays, wherever the disk becomes full."""
    for limit in (0, 1, 500, 2000, 8000, 100000, 900000):
        status, messages = writer.run(3, limit)
        check(status == 1 and "error: " in messages and "LLVM ERROR" not in messages,
              f"full after {limit} bytes: status {status}, said {messages!r}")
        check(not writer.leftovers(), f"full after {limit} bytes: left {writer.leftovers()}")
        check(writer.ranks() == there, f"full after {limit} bytes: expected the bundle of {there} ranks")


def wait_for_partial(writer, process):
    """Returns when the writer has begun; False when it has ended already."""
    while process.poll() is None:
        if any(".partial-" in name for name in writer.leftovers()):
            return True
        time.sleep(0.001)
    return False


def check_interruptions(writer):
    """Interrupted: nothing is left. Killed: what is left goes with the next bundle."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGKILL):
        for delay in (0, 0.02, 0.05):
            process = writer.start(4)
            began = wait_for_partial(writer, process)
            time.sleep(delay)
            process.send_signal(number)
            process.communicate()
            if process.returncode == 0:
                check(writer.ranks() == 4, "ended before the signal, expected its bundle")
                check(writer.run(2)[0] == 0, "the old bundle again")
                continue
            check(process.returncode == -number, f"{number.name}: status {process.returncode}")
            check(writer.ranks() == 2, f"{number.name}: expected the old bundle")
            if number != signal.SIGKILL:
                check(not writer.leftovers(), f"{number.name}: left {writer.leftovers()}")
            check(began, f"{number.name}: the writer never began")
    check(writer.run(2)[0] == 0 and not writer.leftovers(), f"left {writer.leftovers()} after the next bundle")


def check_replacement(writer):
    """A reader finds a whole bundle at any time while bundles replace each other."""
    for ranks in (3, 2, 4, 2):
        process = writer.start(ranks)
        looked = 0
        while process.poll() is None:
            # A manifest that is opened once stays readable: the name changes its meaning in one step.
            folder = os.open(writer.bundle, os.O_PATH | os.O_DIRECTORY)
            try:
                os.close(os.open("manifest.json", os.O_RDONLY, dir_fd=folder))
            except FileNotFoundError:
                # Removed after the exchange: then the name stands for the new bundle already.
                check(writer.ranks() == ranks, "the bundle was gone for a moment")
            os.close(folder)
            looked += 1
        process.communicate()
        check(process.returncode == 0 and writer.ranks() == ranks and looked > 0, f"replaced by {ranks} ranks")
    check(not writer.leftovers(), f"left {writer.leftovers()} after replacements")


def check_rivals(writer):
    """Two writers of one bundle: both succeed, one is there, whole."""
    rivals = [writer.start(2), writer.start(4)]
    for process in rivals:
        check(process.communicate()[1] == "" and process.returncode == 0, f"a rival ended with {process.returncode}")
    check(writer.ranks() in (2, 4) and not writer.leftovers(), f"rivals left {writer.leftovers()}")


def check_links(writer):
    """A link to a bundle stays a link; an empty folder becomes the bundle."""
    target = writer.folder / "target"
    writer.bundle.rename(target)
    writer.bundle.symlink_to("target")
    check(writer.run(3)[0] == 0 and writer.bundle.is_symlink() and writer.ranks() == 3, "a link to a bundle")
    check(writer.leftovers() == ["target"], f"a link to a bundle left {writer.leftovers()}")
    writer.bundle.unlink()
    writer.bundle.mkdir()
    check(writer.run(2)[0] == 0 and writer.ranks() == 2, "an empty folder")


def main():
    case = pathlib.Path(sys.argv[1]).absolute() / "models" / "mlp_pair"
    folder = pathlib.Path(sys.argv[2]).absolute() / "bundles"
    folder.mkdir()
    writer = Writer(case, folder)
    check_full_disks(writer, 0)
    check(writer.run(2) == (0, "") and writer.ranks() == 2, "the first bundle")
    check_full_disks(writer, 2)
    check_interruptions(writer)
    check_replacement(writer)
    check_rivals(writer)
    check_links(writer)
    print("bundles are whole" if not failures else f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
