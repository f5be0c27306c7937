#!/usr/bin/env python3
"""Compiles every public header alone, for its syntax only.

    headers.py SOURCE BUILD

Compiler and folders are those that the build tree used for its own sources.
"""

import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys


def flags_of(commands, part):
    """The compiler and the flags that matter to a header, from the command of a source in a part of the tree."""
    entry = next(e for e in commands if part in e["file"])
    words = shlex.split(entry["command"])
    if words[0].endswith("ccache"):
        words.pop(0)
    kept, rest = [words[0]], iter(words[1:])
    for word in rest:
        if word == "-isystem":
            kept += [word, next(rest)]
        elif word.startswith(("-I", "-D", "-std=", "-fno-rtti", "-fno-exceptions")):
            kept.append(word)
    return kept, entry["directory"]


def compile_header(header, flags):
    command, folder = flags
    done = subprocess.run([*command, "-fsyntax-only", "-x", "c++", "-Wno-pragma-once-outside-header", str(header)],
                          cwd=folder, capture_output=True, text=True)
    return header, done.returncode, done.stderr


def main():
    source, build = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    commands = json.loads((build / "compile_commands.json").read_text())
    work = [(header, flags_of(commands, "/lib/Driver/")) for header in sorted((source / "include").rglob("*.h"))]
    work += [(header, flags_of(commands, "/runtime/lib/Rank/"))
             for header in sorted((source / "runtime" / "include").rglob("*.h"))]
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for header, status, messages in pool.map(lambda pair: compile_header(*pair), work):
            if status != 0:
                failures += 1
                print(f"FAIL {header.relative_to(source)}\n{messages[:2000]}", file=sys.stderr)
    print(f"{len(work) - failures} of {len(work)} headers compile alone")
    return 1 if failures or len(work) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
