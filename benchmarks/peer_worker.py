"""What every peer program shares: the conversation with run.py over pipes.

A peer is its own process, so that its threads and its affinity are its own. It reads one JSON
command a line and answers with one JSON line:

1. start-up: `{"ready": true, "prepare_seconds": …}` after the model is loaded and has run once;
2. `{"output": FILE}`: writes the step's output there as .npy, answers `{}`;
3. `{"seconds": S}`: repeats the step for about S seconds, answers `{"steps": [seconds, …]}`.

An ImportError ends it with `{"missing": package}`, any other error with `{"error": text}`.
"""

import json
import os
import pathlib
import sys
import time

import numpy as np

FEWEST, MOST = 5, 5000


def load(folder):
    """(spec, inputs) of a workload folder."""
    folder = pathlib.Path(folder)
    with np.load(folder / "input.npz") as inputs:
        return json.loads((folder / "spec.json").read_text()), dict(inputs)


def repeat(step, seconds):
    """Times of single steps until `seconds` have passed."""
    times, end = [], time.perf_counter() + seconds
    while len(times) < FEWEST or (time.perf_counter() < end and len(times) < MOST):
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    return times


def answer(stream, message):
    stream.write(json.dumps(message) + "\n")
    stream.flush()


def private_output():
    """The answer pipe; what libraries print goes to stderr from here on."""
    stream = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return stream


def serve(prepare, measure=repeat):
    """Runs a peer: `prepare(folder)` returns (step, seconds it took to compile or load).

    `step()` computes one output and returns it as a numpy array when called.
    """
    stream = private_output()
    try:
        step, seconds = prepare(pathlib.Path(sys.argv[1]))
        for _ in range(3):
            step()
    except ImportError as error:
        answer(stream, {"missing": str(error.name)})
        return
    except Exception as error:  # pylint: disable=broad-except
        answer(stream, {"error": f"{type(error).__name__}: {error}"})
        return
    answer(stream, {"ready": True, "prepare_seconds": seconds})
    for line in sys.stdin:
        command = json.loads(line)
        if "output" in command:
            np.save(command["output"], step())
            answer(stream, {})
        else:
            answer(stream, {"steps": measure(step, command["seconds"])})
