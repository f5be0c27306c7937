"""Checks that the CUDA libraries at hand have every function of the runtime's tables.

usage: symbols.py SOURCE TOOLKIT

The names are those between quotes in the tables of runtime/lib/Cuda/*.h. The driver is looked up in the toolkit's
stub of it. Prints how many there are; exit status 1 when one is missing.
"""

import os
import re
import subprocess
import sys

LIBRARIES = {"Driver.h": ("cu[A-Z]", "lib64/stubs/libcuda.so"), "Blas.h": ("cublasLt", "lib64/libcublasLt.so.13"),
             "Dnn.h": ("cudnn", "lib64/libcudnn.so.9"), "Nccl.h": ("nccl", "lib64/libnccl.so.2")}


def main():
    source, toolkit = sys.argv[1:]
    missing = found = 0
    for header, (prefix, library) in LIBRARIES.items():
        path = os.path.join(toolkit, library)
        if not os.path.exists(path):
            print(f"{library}: not installed, not checked")
            continue
        with open(os.path.join(source, "runtime", "lib", "Cuda", header), encoding="utf-8") as file:
            names = re.findall(rf'"({prefix}\w+)"', file.read())
        table = subprocess.run(["llvm-nm", "-D", "--defined-only", path], capture_output=True, text=True, check=True)
        exported = {re.sub("@.*", "", line.split()[-1]) for line in table.stdout.splitlines() if line}
        for name in names:
            found += name in exported
            if name not in exported:
                missing += 1
                print(f"{library} has no '{name}'")
    print(f"{found} functions found, {missing} missing")
    sys.exit(1 if missing or not found else 0)


if __name__ == "__main__":
    main()
