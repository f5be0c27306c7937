#!/usr/bin/env python3
"""Compiles the sentence encoder for some ranks, runs it on sentences and shows what it says.

1. Tokens of the sentences (wordpiece.py), padded to one length.
2. `dtc-compile` for that batch and length on a `tp` mesh; `dtc-run` with warm-up and repetitions.
3. The sentences, the cosine similarity of every pair, the collectives and their causes from the
   report, the times from the statistics.

    scripts/demo_minilm.py --bin build/bin --model build/models/minilm --ranks 2 [SENTENCE...]

Needs numpy; the model folder is what fetch_minilm.sh makes.
"""

import argparse
import collections
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

import wordpiece

SENTENCES = [
    "A man is eating a piece of bread.",
    "Somebody is having a meal.",
    "A cheetah chases its prey across a field.",
    "The fastest land animal is hunting.",
    "Compilers translate programs into machine code.",
    "The orchestra played all evening.",
]


def call(*command):
    """Runs one tool with its messages shown; returns the seconds it took, or ends this script."""
    begin = time.perf_counter()
    status = subprocess.run([str(part) for part in command], check=False).returncode
    if status != 0:
        sys.exit(f"error: '{pathlib.Path(command[0]).name}' exited with {status}")
    return time.perf_counter() - begin


def encode(options, folder):
    """Compiles and runs; returns (embeddings, report, stats, seconds to compile, token matrix shape)."""
    ids, mask = wordpiece.WordPiece(options.model / "vocab.txt").encode(options.sentences)
    np.savez(folder / "input.npz", input_ids=ids, attention_mask=mask)
    batch, sequence = ids.shape
    bundle = options.bundle or folder / "bundle"
    seconds = call(options.bin / "dtc-compile", options.model / "model.onnx", "-o", bundle,
                   "--plan", options.model / "plan.yaml", "--mesh", f"tp={options.ranks}",
                   "--dim", f"batch={batch}", "--dim", f"sequence={sequence}")
    call(options.bin / "dtc-run", bundle, "--input", folder / "input.npz", "--output", folder / "output.npz",
         "--stats", folder / "stats.json", "--warmup", 5, "--repeat", 20)
    with np.load(folder / "output.npz") as output:
        embeddings = output["sentence_embedding"]
    report = json.loads((pathlib.Path(bundle) / "report.json").read_text())
    return embeddings, report, json.loads((folder / "stats.json").read_text()), seconds, ids.shape


def show_similarities(sentences, embeddings):
    """Prints the numbered sentences and the matrix of cosines; a note names each one's nearest."""
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    cosine = unit @ unit.T
    print("\nsentences")
    for number, sentence in enumerate(sentences, 1):
        print(f"  {number}  {sentence}")
    print("\ncosine similarity")
    print("     " + "".join(f"{n:7d}" for n in range(1, len(sentences) + 1)))
    for number, row in enumerate(cosine, 1):
        others = np.where(np.arange(len(row)) == number - 1, -np.inf, row)
        nearest = f"   nearest: {int(others.argmax()) + 1}" if len(row) > 1 else ""
        print(f"  {number:2d} " + "".join(f"{value:7.2f}" for value in row) + nearest)


def show_collectives(report):
    """Prints the counts and, grouped, why each collective is there."""
    counts = ", ".join(f"{n} {kind}" for kind, n in report["collectives"].items()) or "none"
    print(f"\ncollectives in one step: {counts}")
    causes = collections.Counter()
    for op in report["collective_ops"]:
        causes[(op["kind"], op.get("module", ""), op["bytes"])] += 1
    for (kind, module, size), number in causes.items():
        print(f"  {number} x {kind:14} {size / 1024:7.1f} KiB  {module}")


def show_times(options, stats, seconds, shape):
    """Prints the compile time and the median step: a step lasts as long as its slowest rank."""
    steps = [max(times) for times in zip(*(rank["step_seconds"] for rank in stats["ranks"]))]
    waits = [max(times) for times in zip(*(rank["collective_seconds"] for rank in stats["ranks"]))]
    print(f"\ntime for {shape[0]} sentences of {shape[1]} tokens on {options.ranks} ranks")
    print(f"  compile   {seconds:8.2f} s")
    print(f"  load      {max(rank['load_seconds'] for rank in stats['ranks']) * 1e3:8.1f} ms")
    print(f"  step      {statistics.median(steps) * 1e3:8.2f} ms (median of {len(steps)}), "
          f"of it {statistics.median(waits) * 1e3:.2f} ms in collectives")
    print(f"  memory    {max(rank['peak_memory_bytes'] for rank in stats['ranks']) / 2**20:8.1f} MiB a rank at most")


def main():
    parser = argparse.ArgumentParser(description="sentence similarities from a tensor-parallel encoder")
    parser.add_argument("sentences", nargs="*", default=SENTENCES, help="what to compare")
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("build/bin"))
    parser.add_argument("--model", type=pathlib.Path, default=pathlib.Path("build/models/minilm"))
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--bundle", type=pathlib.Path, help="keep the compiled bundle here")
    options = parser.parse_args()
    if not (options.model / "vocab.txt").is_file():
        parser.error(f"expected 'vocab.txt' in '{options.model}'; scripts/fetch_minilm.sh makes that folder")
    with tempfile.TemporaryDirectory(prefix="dtc-demo-") as folder:
        embeddings, report, stats, seconds, shape = encode(options, pathlib.Path(folder))
    show_similarities(options.sentences, embeddings)
    show_collectives(report)
    show_times(options, stats, seconds, shape)
    return 0


if __name__ == "__main__":
    sys.exit(main())
