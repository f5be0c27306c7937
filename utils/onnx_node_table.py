"""The table of ONNX operators in docs/onnx-ops.md: written from test results, and compared with them.

A row is an operator: how many tests the onnx package has for it (with those of the functions that define it), how many
agree in the interpreter and compiled, how many are refused, and the most frequent reason. The columns of compiled
programs keep their numbers when only the interpreter ran.
"""

import collections
import re

import onnx

HEADING = """# ONNX operators

Results of the node tests that come with the `onnx` package, version {version}: for each operator the tests, those that
agree in the interpreter and as compiled programs of one rank, and those that a message refuses. "wrong" must be 0.
Inputs that the compiler must know (axes, shapes) are part of the model in these runs.

Written by `utils/onnx_node_tests.py --bin BIN --table docs/onnx-ops.md --update` (interpreter) and the same with
`--compiled`; a test checks the interpreter's columns.

| operator | tests | agree | refused | wrong | compiled: agree | refused | wrong | refused because |
|---|---|---|---|---|---|---|---|---|
"""
COLUMNS = 8


def reason(message):
    """What a message says, without names and numbers."""
    text = message.split("; ")[0].splitlines()[0] if message else ""
    text = re.sub(r"^.*?error: ", "", text)
    text = re.sub(r"node (of output )?'[^']*' \(op type '([^']*)'\):?", r"\2:", text)
    text = re.sub(r"node '[^']*' \(op type '([^']*)', domain '[^']*'\) is not supported", r"\1 is not supported", text)
    text = re.sub(r"(operand \d+|input|output) \('[^']*'\)|(input|output) '[^']*'", r"\1\2", text)
    return text.replace("|", "\\|")[:110]


def count(cases, results):
    """{operator: [tests, agree, refused, wrong]} and {operator: Counter of reasons}."""
    rows, reasons = collections.defaultdict(lambda: [0, 0, 0, 0]), collections.defaultdict(collections.Counter)
    for case in cases:
        status, message = results[case.name]
        row = rows[case.op]
        row[0] += 1
        row[{"agree": 1, "refused": 2}.get(status, 3)] += 1
        if status == "refused":
            reasons[case.op][reason(message)] += 1
    return rows, reasons


def read_table(path):
    """(version of onnx, {operator: [the columns behind it]})."""
    text = path.read_text() if path.exists() else ""
    version = re.search(r"`onnx` package, version ([^:]*):", text)
    rows = {}
    for line in text.splitlines():
        fields = [f.strip() for f in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(fields) == COLUMNS + 1 and fields[1].isdigit():
            rows[fields[0]] = fields[1:]
    return version.group(1) if version else None, rows


def write_table(path, cases, results, options):
    """Replaces the interpreter's columns, or the compiled programs'."""
    rows, reasons = count(cases, results)
    _, old = read_table(path)
    lines = {}
    for op, row in rows.items():
        fields = old.get(op, ["0"] * (COLUMNS - 1) + [""])
        if options.compiled:
            fields[4:7] = [str(n) for n in row[1:]]
        else:
            most = reasons[op].most_common(1)
            fields[0:4], fields[7] = [str(n) for n in row], most[0][0] if most else ""
        lines[op] = fields
    total = [sum(int(fields[i]) for fields in lines.values()) for i in range(COLUMNS - 1)]
    text = HEADING.format(version=onnx.__version__)
    for op in sorted(lines):
        text += f"| {op} | {' | '.join(lines[op])} |\n".replace("|  |", "| |")
    text += f"| **all** | {' | '.join(map(str, total))} | |\n"
    path.write_text(text)


def check_table(path, cases, results, version):
    """True when the interpreter's columns are what ran now, or were made with another version of the tests."""
    written, old = read_table(path)
    if written != version:
        print(f"'{path}' was made with onnx {written}, this is {version}: not compared")
        return True
    rows, _ = count(cases, results)
    stale = [op for op, row in rows.items() if [str(n) for n in row] != old.get(op, [])[0:4]]
    for op in stale:
        print(f"'{path}' is not current: '{op}' has {old.get(op, ['no row'])[0:4]}, got {rows[op]}: run --update")
    return not stale
