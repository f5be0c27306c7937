#!/usr/bin/env python3
"""Compares what dtc-run wrote with what its documentation promises.

    check_outputs.py FOLDER EXPECTED.npz
"""

import json
import pathlib
import sys

import numpy as np


def check(condition, what):
    if not condition:
        sys.exit(f"check_outputs.py: {what}")


def check_statistics(stats):
    """The keys of one object a rank, and as many times as repetitions."""
    check([rank["rank"] for rank in stats["ranks"]] == [0, 1], "expected one entry a rank in the statistics")
    for rank in stats["ranks"]:
        for key in ("startup_seconds", "load_seconds", "peak_memory_bytes", "bytes_moved"):
            check(rank[key] >= 0, f"expected '{key}' in the statistics")
        check(len(rank["step_seconds"]) == 3 and len(rank["collective_seconds"]) == 3, "expected three repetitions")
        check(rank["collectives"]["all_reduce"] == 3, f"expected one all_reduce a repetition, got {rank['collectives']}")
        check(all(0 <= c <= s for c, s in zip(rank["collective_seconds"], rank["step_seconds"])),
              "expected collectives to take less than the step they are in")


def main():
    folder, expected = pathlib.Path(sys.argv[1]), np.load(sys.argv[2])
    for name in ("y", "z", "v"):
        written = np.load(folder / f"{name}.npz")
        check(written.files == expected.files, f"expected the outputs {expected.files}, got {written.files}")
        for key in expected.files:
            check(np.allclose(written[key], expected[key], rtol=1e-4, atol=1e-5), f"'{key}' of {name}.npz differs")
    first, second = np.load(folder / "r.npz"), np.load(folder / "q.npz")
    check(all((first[key] == second[key]).all() for key in first.files), "one seed gave different parameters")
    check(not np.allclose(first["y"], expected["y"]), "random parameters were not used")
    pieces = np.load(folder / "l.npz")
    check(sorted(pieces.files) == ["y.rank0", "y.rank1"], f"expected one piece a rank, got {pieces.files}")
    check_statistics(json.loads((folder / "s.json").read_text()))
    trace = json.loads((folder / "t.json").read_text())
    events = trace["traceEvents"] if isinstance(trace, dict) else trace
    check(len({event["pid"] for event in events}) == 2, "expected one track a rank in the trace")
    print("as documented")
    return 0


if __name__ == "__main__":
    sys.exit(main())
