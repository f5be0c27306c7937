#!/usr/bin/env python3
"""Fine-tunes the MiniLM sentence encoder as a classifier on several meshes and compares the loss curves.

1. Put a linear layer over the sentence embedding: four classes.
2. Draw sentences of random words, each class's from a part of the vocabulary, and train every parameter with AdamW.
3. On every mesh each step's loss is that of one rank within 1e-4, and the last is less than half the first.

    finetune.py --bin build/bin --model build/models/minilm --mesh tp=2 --mesh dp=2,tp=2

Prints one line a mesh. Exit status: 0 all agree; 1 a mesh failed. Needs numpy and onnx.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import helper, numpy_helper

CLASSES, BATCH, LENGTH, BOUND = 4, 8, 16, 1e-4
SPEC = "loss: {kind: cross_entropy, output: logits}\noptimizer: {kind: adamw, lr: 0.0002}\nreturn: [loss]\n"
SPLIT_BATCH = 'inputs: {"*": [shard(0), replicate]}\n'


class Failure(Exception):
    """A mesh that does not learn what one rank learns; the message is printed."""


def run(command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode != 0:
        tail = "\n    ".join((done.stderr or done.stdout).strip().splitlines()[-5:])
        raise Failure(f"'{command[0].name}' exited with {done.returncode}\n    {tail}")


def add_classifier(folder, scratch):
    """The encoder's model in `scratch` with logits in place of the embedding; its weights stay where they are."""
    model = onnx.load(str(folder / "model.onnx"), load_external_data=False)
    graph, generator = model.graph, np.random.default_rng(1)
    embedding = graph.output[0]
    size = embedding.type.tensor_type.shape.dim[1].dim_value
    arrays = {"classifier.weight": generator.standard_normal((size, CLASSES)).astype(np.float32),
              "classifier.bias": np.zeros(CLASSES, np.float32)}
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in arrays.items())
    graph.node.append(helper.make_node("MatMul", [embedding.name, "classifier.weight"], ["scores"], name="scores"))
    graph.node.append(helper.make_node("Add", ["scores", "classifier.bias"], ["logits"], name="logits"))
    batch = embedding.type.tensor_type.shape.dim[0].dim_param
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, [batch, CLASSES]))
    onnx.save(model, str(scratch / "model.onnx"))
    (scratch / "model.safetensors").symlink_to((folder / "model.safetensors").resolve())


def write_sentences(scratch, steps):
    """Ids, mask and class of every step's sentences; words of a class lie close to each other in the vocabulary."""
    generator = np.random.default_rng(0)
    target = generator.integers(0, CLASSES, (steps, BATCH))
    ids = 2000 + 6000 * target[:, :, None] + generator.integers(0, 500, (steps, BATCH, LENGTH))
    mask = np.arange(LENGTH) < generator.integers(4, LENGTH + 1, (steps, BATCH))[:, :, None]
    np.savez(scratch / "input.npz", input_ids=np.where(mask, ids, 0), attention_mask=mask.astype(np.int64),
             target=target)


def losses(options, mesh, scratch):
    """The loss of every step on one mesh."""
    bundle, plan = scratch / "bundle", scratch / "plan.yaml"
    plan.write_text((options.model / "plan.yaml").read_text() + (SPLIT_BATCH if "dp" in mesh else ""))
    run([options.bin / "dtc-compile", scratch / "model.onnx", "--allow-external-links", "--plan", plan, "--train",
         scratch / "train.yaml", "--mesh", mesh, "--dim", f"batch={BATCH}", "--dim", f"sequence={LENGTH}", "-o", bundle])
    run([options.bin / "dtc-run", bundle, "--input", scratch / "input.npz", "--steps", options.steps, "--output",
         scratch / "output.npz", "--stats", scratch / "stats.json"])
    stats = json.loads((scratch / "stats.json").read_text())["ranks"]
    report = json.loads((bundle / "report.json").read_text())
    shutil.rmtree(bundle)
    with np.load(scratch / "output.npz") as arrays:
        return arrays["loss"].astype(np.float64), stats, report


def main():
    parser = argparse.ArgumentParser(description="fine-tune the sentence encoder on several meshes")
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of dtc-compile and dtc-run")
    parser.add_argument("--model", type=pathlib.Path, required=True, help="folder of the encoder")
    parser.add_argument("--mesh", action="append", required=True, help="mesh to compare with one rank (repeatable)")
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    failed, single = 0, None
    with tempfile.TemporaryDirectory(prefix="dtc-finetune-") as temporary:
        scratch = pathlib.Path(temporary)
        add_classifier(options.model, scratch)
        write_sentences(scratch, options.steps)
        (scratch / "train.yaml").write_text(SPEC)
        for mesh in ["tp=1", *options.mesh]:
            try:
                curve, stats, report = losses(options, mesh, scratch)
                single = curve if single is None else single
                apart = np.abs(curve - single).max()
                if not apart <= BOUND or not curve[-3:].mean() < curve[0] / 2:
                    raise Failure(f"largest difference {apart:.1e}, losses {curve}")
                step = np.median([max(times) for times in zip(*(rank["step_seconds"] for rank in stats))])
                memory = max(rank["peak_memory_bytes"] / memory["peak"]
                             for rank, memory in zip(stats, report["memory_per_rank"]))
                print(f"{mesh} ok: loss {curve[0]:.4f} to {curve[-1]:.4f}, largest difference {apart:.1e}, "
                      f"{step * 1e3:.0f} ms a step, memory {memory:.3f} of what the report says", flush=True)
            except Failure as failure:
                failed += 1
                print(f"{mesh} FAILED: {failure}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
