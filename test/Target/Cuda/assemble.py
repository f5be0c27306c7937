"""Compiles the functions of .mlir files to PTX and assembles it with ptxas for several architectures.

1. Functions become one program a file, as in compare_with_interpreter.py; what is refused is compiled alone, and
   its name must be one of --refused.
2. The PTX of each --cuda-arch A is assembled for A and every later architecture. Kernels that an earlier --cuda-arch
   had, instruction by instruction, were assembled with that one.
3. A kernel that spills registers is an error unless --may-spill names its file.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Cpu"))
from compare_with_interpreter import Function, merge  # noqa: E402

ARCHITECTURES = [80, 90, 100, 120]
KERNEL = re.compile(r"^\.visible \.entry (\w+)\(.*?^}\n", re.M | re.S)


class Assembly:
    def __init__(self, options, folder, header):
        self.options, self.folder, self.header = options, folder, header
        self.kernels = 0
        self.messages = []
        self.seen = set()

    def compile(self, functions, architecture):
        """The PTX of these functions as one program, or None after a message."""
        path = os.path.join(self.folder, "program.mlir")
        text = merge(functions).text()
        module = f"{self.header}\nmodule attributes {{dtc.mesh = #mesh}} {{\n{text}}}\n" if self.header else text
        with open(path, "w") as file:
            file.write(module)
        command = ["dtc-compile", path, "--target", "cuda", "--emit", "ptx", "--cuda-arch", f"sm_{architecture}",
                   "-o", os.path.join(self.folder, "program.ptx")]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            with open(os.path.join(self.folder, "program.ptx")) as file:
                return [file.read()]
        if len(functions) > 1:
            half = len(functions) // 2
            return self.compile(functions[:half], architecture) + self.compile(functions[half:], architecture)
        if done.returncode != 1 or not re.search(self.options.refused, functions[0].name):
            self.messages.append(f"@{functions[0].name}: exit status {done.returncode}: {done.stderr.strip()}")
        return []

    def only_new(self, ptx):
        """The program with those of its kernels that no program before had."""
        def keep(match):
            body = re.sub(rf"\b{match.group(1)}\b", "kernel", match.group())
            if body in self.seen:
                return ""
            self.seen.add(body)
            return match.group()
        return KERNEL.sub(keep, ptx)

    def assemble(self, ptx, target, may_spill):
        path = os.path.join(self.folder, "kernels.ptx")
        with open(path, "w") as file:
            file.write(ptx)
        done = subprocess.run([self.options.ptxas, f"-arch=sm_{target}", "-v", path, "-o", path + ".cubin"],
                              capture_output=True, text=True)
        report = done.stdout + done.stderr
        if done.returncode:
            self.messages.append(f"sm_{target}: {report.strip()[:2000]}")
            return
        names = re.findall(r"Compiling entry function '(\w+)'", report)
        self.kernels += len(names)
        spills = [int(a) + int(b) for a, b in re.findall(r"(\d+) bytes spill stores, (\d+) bytes spill loads", report)]
        for name, spilled in zip(names, spills):
            if spilled and not may_spill:
                self.messages.append(f"sm_{target}: {name} spills {spilled} bytes")


def read(path, options):
    with open(path) as file:
        text = file.read()
    header = "".join(line + "\n" for line in re.findall(r"^#\w+ = .*$", text, re.M))
    functions = [f.hoist_constants() for f in Function.parse_all(text) if not re.search(options.skip, f.name)]
    return header, functions


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--ptxas", required=True)
    parser.add_argument("--cuda-arch", type=int, action="append", required=True)
    parser.add_argument("--skip", default="$^", help="a regular expression of names of functions to leave out")
    parser.add_argument("--refused", default="$^", help="a regular expression of functions that may be refused")
    parser.add_argument("--may-spill", default="$^", help="a regular expression of files whose kernels may spill")
    options = parser.parse_args()
    kernels = failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in options.files:
            header, functions = read(path, options)
            if not functions:
                continue
            assembly = Assembly(options, folder, header)
            for architecture in sorted(options.cuda_arch):
                for ptx in map(assembly.only_new, assembly.compile(functions, architecture)):
                    for target in ARCHITECTURES if KERNEL.search(ptx) else []:
                        if target >= architecture:
                            assembly.assemble(ptx, target, re.search(options.may_spill, path))
            for message in assembly.messages:
                print(f"{path}: {message}")
            kernels += assembly.kernels
            failures += len(assembly.messages)
    print(f"{kernels} kernels assembled, {failures} failures")
    sys.exit(1 if failures or not kernels else 0)


if __name__ == "__main__":
    main()
