#!/usr/bin/env python3
"""Runs a command and checks its exit status; what it wrote goes to stdout.

    exits.py STATUS [--as-if-full BYTES] [--memory MEBIBYTES] [--stdout FILE] COMMAND...

--as-if-full lets no file grow beyond BYTES, as if the disk were full. --memory limits the address space. --stdout
writes the command's own output there.
"""

import os
import resource
import signal
import subprocess
import sys


def restrict(limits):
    """Runs in the child. Writing beyond a limit is an error then, not a signal."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for kind, size in limits:
        resource.setrlimit(kind, (size, size))


def main():
    words = sys.argv[1:]
    wanted, limits, output = int(words.pop(0)), [], subprocess.PIPE
    while words[0].startswith("--"):
        option = words.pop(0)
        if option == "--as-if-full":
            limits.append((resource.RLIMIT_FSIZE, int(words.pop(0))))
        elif option == "--memory":
            limits.append((resource.RLIMIT_AS, int(words.pop(0)) << 20))
        elif option == "--stdout":
            output = os.open(words.pop(0), os.O_WRONLY)
        else:
            sys.exit(f"unknown option '{option}'")
    done = subprocess.run(words, stdout=output, stderr=subprocess.STDOUT if output is subprocess.PIPE else
                          subprocess.PIPE, stdin=subprocess.DEVNULL, restore_signals=False,
                          preexec_fn=(lambda: restrict(limits)) if limits else None)
    text = (done.stdout or b"") + (done.stderr or b"")
    sys.stdout.buffer.write(text)
    if b"LLVM ERROR" in text or b"Stack dump" in text or b"Sanitizer" in text:
        print("exits.py: that is no message for users")
        return 1
    if done.returncode != wanted:
        print(f"exits.py: expected exit status {wanted}, got {done.returncode}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
