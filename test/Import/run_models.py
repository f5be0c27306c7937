#!/usr/bin/env python3
"""Imports the small ONNX models of a test file and checks what comes out.

    run_models.py FILE FOLDER

FILE consists of parts, each a model in ONNX's textual syntax:

    //--- a_sentence_about_the_behaviour
    # ARGS: --dim batch=2          more arguments of dtc-compile
    # PATCH: model.ir_version = 3  Python on `model` (and `folder`, `onnx`, `np`); `data = b"..."` replaces the file
    # ERROR: text                  must be in the messages; the exit status must be 1
    # CHECK...                     without ERROR: FileCheck reads the part

A failing import must also stay below 1 GiB and 5 s of processor time.
"""

import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import onnx
import onnx.parser

MEMORY_KIB = 1 << 20


def directives(part, word):
    return re.findall(rf"^# {word}: ?(.*)$", part, re.MULTILINE)


def build(part, folder):
    """Writes folder/model.onnx from a part's text and patches."""
    text = "\n".join(line for line in part.splitlines() if not line.startswith("#")).strip()
    names = {"onnx": onnx, "np": np, "os": os, "folder": folder, "data": None,
             "model": onnx.parser.parse_model(text) if text else onnx.ModelProto()}
    exec("\n".join(directives(part, "PATCH")), names)
    path = folder / "model.onnx"
    path.write_bytes(names["model"].SerializeToString() if names["data"] is None else names["data"])
    return path


def run(command, scratch):
    """Exit status, output, messages, processor seconds and peak KiB of a command."""
    with open(scratch / "stdout", "wb") as output, open(scratch / "stderr", "wb") as messages:
        process = subprocess.Popen(command, stdout=output, stderr=messages)
        _, status, usage = os.wait4(process.pid, 0)
    return (os.waitstatus_to_exitcode(status), (scratch / "stdout").read_text(),
            (scratch / "stderr").read_text(errors="replace"), usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def check(part, folder):
    """None, or why the part fails."""
    folder.mkdir(parents=True, exist_ok=True)
    path = build(part, folder)
    arguments = " ".join(directives(part, "ARGS")).split()
    command = ["dtc-compile", str(path), "--emit", "imported", *arguments]
    status, output, messages, seconds, kib = run(command, folder)
    errors = directives(part, "ERROR")
    if errors:
        missing = [error for error in errors if error not in messages]
        if status != 1 or missing:
            return f"exit status {status}, missing {missing} in\n{messages}"
        if seconds > 5 or kib > MEMORY_KIB:
            return f"took {seconds:.1f} s and {kib} KiB"
        return None
    if status != 0:
        return f"exit status {status}\n{messages}"
    (folder / "part.txt").write_text(part)
    verdict = subprocess.run(["FileCheck", folder / "part.txt"], input=output, capture_output=True, text=True)
    return verdict.stderr if verdict.returncode else None


def main():
    source, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    parts = re.split(r"^//--- *(\w+)\n", source.read_text(), flags=re.MULTILINE)
    names, failures = parts[1::2], 0
    for name, part in zip(names, parts[2::2]):
        why = check(part, folder / name)
        if why:
            failures += 1
            print(f"FAIL {name}: {why}", file=sys.stderr)
    print(f"{len(names) - failures} of {len(names)} models as expected")
    return 1 if failures or not names else 0


if __name__ == "__main__":
    sys.exit(main())
