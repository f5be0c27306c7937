#!/usr/bin/env python3
"""Checks who includes whom.

    includes.py SOURCE

1. The runtime includes nothing of LLVM, MLIR or the compiler.
2. The compiler includes of the runtime only public headers.
3. Plans and sharding, plain C++ below the dialect, include nothing of MLIR.
4. Public headers include public headers only.
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)
SUFFIXES = {".h", ".cpp", ".inc", ".def"}


def sources(folder):
    return [path for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES]


class Check:
    """Looks at every include of a set of files."""

    def __init__(self, source):
        self.source, self.failures, self.count = source, 0, 0

    def refuse(self, folders, why, is_wrong):
        for folder in folders:
            files = sources(self.source / folder)
            if not files:
                self.fail(folder, "nothing", "there are no sources")
            for path in files:
                for name in INCLUDE.findall(path.read_text()):
                    self.count += 1
                    if is_wrong(path, name):
                        self.fail(path.relative_to(self.source), name, why)

    def fail(self, path, name, why):
        self.failures += 1
        print(f"FAIL {path} includes '{name}': {why}", file=sys.stderr)


def main():
    source = pathlib.Path(sys.argv[1])
    check = Check(source)
    public = {f"dtc/runtime/{path.name}" for path in (source / "runtime/include/dtc/runtime").iterdir()}
    private = {path.name for path in sources(source / "runtime/lib")}
    own = {path.name for folder in ("include", "lib", "unittests", "fuzz") for path in sources(source / folder)}

    def of_compiler(path, name):
        return name.startswith(("llvm/", "mlir/", "llvm-c/")) or (name.startswith("dtc/") and name not in public)

    def of_private_runtime(path, name):
        if name.startswith("dtc/runtime/"):
            return name not in public
        return "runtime/" in name or (name in private and name not in own)

    check.refuse(["runtime", "tools/dtc-run"], "the runtime knows nothing of the compiler", of_compiler)
    check.refuse(["include", "lib", "fuzz", "unittests", *(f"tools/dtc-{tool}" for tool in (
        "compile", "opt", "interpret", "lsp-server"))], "only public headers of the runtime", of_private_runtime)
    check.refuse(["include/dtc/Plan", "include/dtc/Sharding", "lib/Plan", "lib/Sharding"],
                 "plans and sharding stand below the dialect", lambda path, name: name.startswith(
                     ("mlir/", "dtc/IR/", "dtc/Import/", "dtc/Transforms/", "dtc/Target/", "dtc/Driver/")))
    check.refuse(["include", "runtime/include"], "public headers include public headers", lambda path, name: "/" not in
                 name and name.endswith(".h") and not (path.parent / name).exists() and name in own | private)
    print(f"{check.count} includes checked")
    return 1 if check.failures or check.count < 500 else 0


if __name__ == "__main__":
    sys.exit(main())
