"""Checks times that a GPU took: --stats and --trace of a run of one collective or more a step.

usage: gpu_times.py STATS.json TRACE.json STEPS

1. Every step has a time, and collectives do not last longer than it.
2. The trace has a `compute` event a step and a communication event a collective, within the step.
"""

import json
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        stats = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        events = json.load(file)["traceEvents"]
    steps = int(sys.argv[3])
    for rank in stats["ranks"]:
        times, inside = rank["step_seconds"], rank["collective_seconds"]
        count = sum(rank["collectives"].values())
        if len(times) != steps or not all(0 < b <= a for a, b in zip(times, inside)):
            sys.exit(f"expected {steps} steps longer than their collectives, got {times} and {inside}")
        if count == 0 or count % steps:
            sys.exit(f"expected collectives of {steps} steps, got {rank['collectives']}")
        own = [event for event in events if event["pid"] == rank["rank"] and event["ph"] == "X"]
        compute = [event for event in own if event["tid"] == 0]
        moves = [event for event in own if event["tid"] == 1]
        if len(compute) != steps or len(moves) != count:
            sys.exit(f"expected {steps} steps and {count} collectives in the trace, got {len(compute)}, {len(moves)}")
        for event in moves:
            end = event["ts"] + event["dur"]
            if not any(c["ts"] <= event["ts"] and end <= c["ts"] + c["dur"] + 0.01 for c in compute):
                sys.exit(f"expected '{event['name']}' within a step, got {event}")


if __name__ == "__main__":
    main()
