#!/usr/bin/env python3
"""The table of ATen operators in docs/torch.md: written from `dtc-opt --list-ops`, or compared with it.

    torch_op_table.py --bin DIR [--update]

Exit status 1 when the table is not current.
"""

import argparse
import collections
import pathlib
import subprocess
import sys

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "torch.md"
MARK = "<!-- operators -->\n"
WORDS = {"view": "view", "view-read-only": "view, read only"}


def read_operators(tools):
    """{(family, operator): ([overloads], word)} of ATen, and how many overloads there are."""
    listed = subprocess.run([tools / "dtc-opt", "--list-ops"], capture_output=True, text=True, check=True).stdout
    operators, count = collections.defaultdict(lambda: ([], set())), 0
    for line in listed.splitlines():
        fields = line.split()
        if len(fields) < 3 or fields[1] != "torch":
            continue
        operator, overload = fields[0].rsplit(".", 1)
        overloads, words = operators[fields[2], operator]
        overloads.append(overload)
        words.update(fields[3:])
        count += 1
    return operators, count


def make_table(tools):
    operators, count = read_operators(tools)
    text = f"{len(operators)} operators, {count} overloads:\n\n| op family | operator | overloads | |\n|---|---|---|---|\n"
    for (family, operator), (overloads, words) in sorted(operators.items()):
        note = ", ".join(WORDS[word] for word in sorted(words))
        text += f"| {family} | {operator} | {', '.join(overloads)} | {note} |\n".replace("|  |", "| |")
    return text


def main():
    parser = argparse.ArgumentParser(description="write or check the table of ATen operators")
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    page = PAGE.read_text()
    head = page[:page.index(MARK) + len(MARK)]
    wanted = head + "\n" + make_table(options.bin)
    if options.update:
        PAGE.write_text(wanted)
    elif page != wanted:
        print(f"{PAGE.name} is not current: run utils/torch_op_table.py --bin BIN --update", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
