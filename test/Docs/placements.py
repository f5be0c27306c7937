"""Runs the programs of a guide: each ```mlir block, then what must be in the output, in order, as a ```console block."""

import re
import subprocess
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    examples = re.findall(r"```mlir\n(.*?)```\s*```console\n(.*?)```", text, re.DOTALL)
    if len(examples) != text.count("```mlir"):
        sys.exit(f"expected an output for each of {text.count('```mlir')} programs, got {len(examples)}")
    for program, expected in examples:
        done = subprocess.run(["dtc-opt", "--mlir-print-local-scope", "--dtc-propagate-placements",
                               "--dtc-insert-collectives"], input=program, capture_output=True, text=True)
        output, position = done.stdout + done.stderr, 0
        for line in expected.splitlines():
            position = output.find(line, position)
            if position < 0:
                sys.exit(f"expected '{line}' from\n{program}\ngot\n{output}")
            position += len(line)
    print(f"{len(examples)} programs run")


if __name__ == "__main__":
    main()
