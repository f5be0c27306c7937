"""Runs compiled training steps as a user does: several steps, saved and continued, from one rank's values.

    training_runs.py FIXTURES WORK [TARGET]

The tools are found in PATH. Prints a line a check; ends with an error at the first that fails.
"""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np

FIXTURES, WORK = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
TARGET = sys.argv[3] if len(sys.argv) > 3 else "cpu"
MODEL = FIXTURES / "models" / "linear_rowwise"
NAMES = ["fc.weight", "fc.bias"]


def run(*command, expect=0, **environment):
    """stderr of a command that must end with the status `expect`."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300,
                          env=dict(os.environ, **environment))
    if done.returncode != expect:
        sys.exit(f"{' '.join(map(str, command))}\nexpected status {expect}, got {done.returncode}\n{done.stderr}")
    return done.stderr


def train(*options, **how):
    return run("dtc-run", WORK / "bundle", "--input", WORK / "x.npz", *options, **how)


def check(condition, what):
    if not condition:
        sys.exit(f"failed: {what}")
    print(f"ok: {what}")


def close(a, b):
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-5, atol=1e-5)


def read_safetensors(path):
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    return {name: np.frombuffer(data[8 + length:], np.float32, int(np.prod(entry["shape"])),
                                entry["data_offsets"][0]).reshape(entry["shape"])
            for name, entry in header.items() if name != "__metadata__"}


def prepare():
    WORK.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(5)
    with np.load(MODEL / "input.npz") as inputs:
        x = inputs["x"]
    steps = generator.standard_normal((3, *x.shape)).astype(np.float32)
    np.savez_compressed(WORK / "x.npz", x=steps)
    for number, value in enumerate(steps):
        np.savez(WORK / f"x{number}.npz", x=value)
    own = {name: generator.standard_normal(shape).astype(np.float32)
           for name, shape in (("fc.weight", (10, 16)), ("fc.bias", (10,)))}
    np.savez(WORK / "own.npz", **own)
    np.savez(WORK / "ranks.npz", **{f"{name}.rank{rank}": value if rank == 1 else value * 0
                                    for name, value in own.items() for rank in (0, 1)})
    run("dtc-compile", MODEL / "model.onnx", "--plan", MODEL / "plan.yaml", "--train", MODEL / "train.yaml",
        "--mesh", "tp=2", "--target", TARGET, "-o", WORK / "bundle")


def steps_follow_each_other():
    errors = train("--steps", 3, "--output", WORK / "all.npz", "--save-params", WORK / "all.safetensors",
                   "--checkpoint-every", 2, "--stats", WORK / "stats.json", DTC_PROGRESS="1")
    check("step 3/3  loss " in errors and " ms" in errors, "a line shows steps, loss and time")
    params, losses = [], []
    for number in range(3):
        saved = WORK / f"step{number}.safetensors"
        run("dtc-run", WORK / "bundle", "--input", WORK / f"x{number}.npz", "--output", WORK / "one.npz",
            "--save-params", saved, *params)
        losses.append(np.load(WORK / "one.npz")["loss"])
        params = ["--params", saved]
    whole = np.load(WORK / "all.npz")
    check(whole["loss"].shape == (3,) and close(whole["loss"], np.concatenate(losses)),
          "each step has its inputs, and continues from what was saved")
    saved = read_safetensors(WORK / "all.safetensors")
    check(sorted(saved) == sorted(NAMES) and all((saved[name] == whole[f"param.{name}"]).all() for name in NAMES),
          "saved parameters are those that the last step left")
    second = read_safetensors(WORK / "all.checkpoint.safetensors")
    check(all(close(second[name], read_safetensors(WORK / "step1.safetensors")[name]) for name in NAMES),
          "the checkpoint is of the second step")
    left = {path.name for path in WORK.iterdir() if "all" in path.name}
    check(left == {"all.npz", "all.safetensors", "all.checkpoint.safetensors"}, "no partial file is left")


def stats_have_phases():
    for rank in json.loads((WORK / "stats.json").read_text())["ranks"]:
        total = [sum(times) for times in zip(*rank["phase_seconds"].values())]
        check(len(total) == 3 and np.allclose(total, rank["step_seconds"], rtol=0.1, atol=1e-3),
              f"rank {rank['rank']}: the phases of three steps are their times")
        counts = {}
        for kinds in rank["collectives_by_phase"].values():
            for kind, count in kinds.items():
                counts[kind] = counts.get(kind, 0) + count
        check(counts == rank["collectives"] and counts["all_reduce"] % 3 == 0,
              f"rank {rank['rank']}: collectives by phase add up")


def one_rank_has_the_parameters():
    train("--steps", 3, "--params", WORK / "own.npz", "--output", WORK / "wanted.npz")
    train("--steps", 3, "--params", WORK / "ranks.npz", "--src-data-rank", 1, "--output", WORK / "got.npz",
          "--stats", WORK / "stats.json")
    wanted, got = np.load(WORK / "wanted.npz"), np.load(WORK / "got.npz")
    check(all((wanted[key] == got[key]).all() for key in wanted.files), "all ranks train from rank 1's values")
    for rank in json.loads((WORK / "stats.json").read_text())["ranks"]:
        moved = {kind: rank["collectives"].get(kind) for kind in ("scatter", "broadcast")}
        check(moved == {"scatter": 1, "broadcast": 1}, f"rank {rank['rank']}: one scatter, one broadcast are counted")


def refusals_say_why():
    for options, words in ((["--warmup", 1], "expected --steps"),
                           (["--checkpoint-every", 2], "expected both"),):
        check(words in train(*options, expect=2), f"'{options[0]}' is refused: {words}")
    error = train("--steps", 2, expect=1)
    check("expected f32 [2, 9, 16], got f32 [3, 9, 16]" in error, "inputs of another number of steps are refused")


def main():
    prepare()
    steps_follow_each_other()
    stats_have_phases()
    one_rank_has_the_parameters()
    refusals_say_why()


if __name__ == "__main__":
    main()
