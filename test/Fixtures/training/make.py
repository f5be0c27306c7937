#!/usr/bin/env python3
"""Makes the training cases of this folder with PyTorch: losses of some steps, some gradients and parameters.

    make.py [NAME...]

Each case takes a model of ../models, as its torch.export archive, and writes case.json, plan.yaml, train.yaml,
input.npz and expected.npz. Gradients are the last step's, parameters those after it; of large models a few
stand for all. Tests need only what is written; this needs torch and onnx.
"""

import argparse
import json
import pathlib

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

HERE = pathlib.Path(__file__).parent
MLP_PLAN = "parallelize:\n  net1: colwise\n  net2: {style: colwise, output_layouts: shard(-1)}\n"

#: model, steps, loss, optimizer, further spec lines, plan (None: the model's), parameters to keep (None: all)
CASES = {
    "mlp_momentum": ("mlp_pair", 3, "{kind: mse}",
                     "{kind: sgd, lr: 0.1, momentum: 0.9, nesterov: true, weight_decay: 0.01}", "", None, None),
    "mlp_adamw": ("mlp_pair", 3, "{kind: mse}", "{kind: adamw, lr: 0.01, weight_decay: 0.1}", "", None, None),
    "mlp_classes": ("mlp_pair", 2, "{kind: cross_entropy, ignore_index: 3}", "{kind: sgd, lr: 0.5}", "", MLP_PLAN, None),
    "mlp_probabilities": ("mlp_pair", 2, "{kind: cross_entropy, target: probabilities}", "{kind: sgd, lr: 0.5}", "",
                          MLP_PLAN, None),
    "encoder_mse": ("encoder_gelu_tanh", 2, "{kind: mse}", "{kind: sgd, lr: 0.1}", "", None,
                    ["layers.0.norm1.weight", "layers.0.attention.query.weight", "layers.0.up.bias", "norm.bias"]),
    "embedding_padding": ("embedding_mlp_rowwise", 2, "{kind: mse}", "{kind: sgd, lr: 0.5}",
                          "padding_idx: {emb.weight: 5}\n", None, None),
    "llama_classes": ("llama", 3, "{kind: cross_entropy}", "{kind: adamw, lr: 0.001}", "",
                      "parallelize:\n"
                      '  "lm.model.embed_tokens": rowwise\n'
                      '  "lm.model.layers.*.self_attn.[qkv]_proj": colwise\n'
                      '  "lm.model.layers.*.self_attn.o_proj": rowwise\n'
                      '  "lm.model.layers.*.mlp.gate_proj": colwise\n'
                      '  "lm.model.layers.*.mlp.up_proj": colwise\n'
                      '  "lm.model.layers.*.mlp.down_proj": rowwise\n',
                      ["lm.model.embed_tokens.weight", "lm.model.layers.0.self_attn.k_proj.weight",
                       "lm.model.norm.weight"]),
}


def stored_names(module, folder):
    """{torch parameter: (initializer that holds it, whether that is transposed)}."""
    held = {i.name: numpy_helper.to_array(i) for i in onnx.load(str(folder / "model.onnx")).graph.initializer}
    names = {}
    for name, parameter in module.named_parameters():
        value = parameter.detach().numpy()
        if name in held:
            names[name] = (name, False)
            continue
        for initializer, array in held.items():
            if array.shape == value.shape and np.array_equal(array, value):
                names[name] = (initializer, False)
            elif value.ndim == 2 and array.shape == value.T.shape and np.array_equal(array, value.T):
                names[name] = (initializer, True)
    return names


def make_loss(kind, generator, shape):
    """The target of one step and the loss as a function of output and target."""
    if "cross_entropy" not in kind:
        return generator.standard_normal(shape).astype(np.float32), F.mse_loss
    classes = shape[-1]
    if "probabilities" in kind:
        scores = torch.from_numpy(generator.standard_normal(shape).astype(np.float32))
        return scores.softmax(-1).numpy(), lambda y, t: F.cross_entropy(y.reshape(-1, classes), t.reshape(-1, classes))
    ignored = 3 if "ignore_index" in kind else -100
    target = generator.integers(0, classes, shape[:-1])
    target.reshape(-1)[0] = 3 if ignored == 3 else target.reshape(-1)[0]
    return target, lambda y, t: F.cross_entropy(y.reshape(-1, classes), t.reshape(-1), ignore_index=ignored)


def make(name):
    model, steps, loss, optimizer, lines, plan, kept = CASES[name]
    folder, out = HERE.parent / "models" / model, HERE / name
    out.mkdir(exist_ok=True)
    generator = np.random.default_rng(7)
    module = torch.export.load(str(folder / "model.pt2")).module()
    names = stored_names(module, folder)
    inputs = dict(np.load(folder / "input.npz"))
    if "emb" in name:
        inputs["ids"].reshape(-1)[:3] = 5
    options = dict(part.split(": ") for part in optimizer.strip("{}").split(", ") if "kind" not in part)
    options = {key: value == "true" if value in ("true", "false") else float(value) for key, value in options.items()}
    trained = [p for n, p in module.named_parameters() if n in names]
    make_optimizer = torch.optim.AdamW if "adamw" in optimizer else torch.optim.SGD
    step = make_optimizer(trained, **options)
    losses, targets = [], []
    for _ in range(steps):
        y = module(*[torch.from_numpy(value) for value in inputs.values()])
        target, compute = make_loss(loss, generator, tuple(y.shape))
        step.zero_grad()
        value = compute(y, torch.from_numpy(target))
        value.backward()
        if lines:
            module.get_parameter("emb.weight").grad[5] = 0
        step.step()
        losses.append(value.item())
        targets.append(target)
    expected = {"loss": np.array(losses, np.float32)}
    for torch_name, (stored, swapped) in names.items():
        if kept is None or torch_name in kept:
            parameter = module.get_parameter(torch_name)
            for prefix, tensor in (("grad", parameter.grad), ("param", parameter.detach())):
                array = tensor.numpy()
                expected[f"{prefix}.{stored}"] = array.T.copy() if swapped else array
    np.savez_compressed(out / "expected.npz", **expected)
    np.savez_compressed(out / "input.npz", target=np.stack(targets), **inputs)
    (out / "plan.yaml").write_text(plan or (folder / "plan.yaml").read_text())
    trainable = json.dumps(sorted(stored for stored, _ in names.values()))
    (out / "train.yaml").write_text(f"loss: {loss}\noptimizer: {optimizer}\ntrainable: {trainable}\n{lines}")
    case = {"name": name, "model": model, "mesh": "tp=2", "steps": steps, "atol": 1e-5, "rtol": 1e-3}
    (out / "case.json").write_text(json.dumps(case, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description="make training cases with PyTorch")
    parser.add_argument("names", nargs="*", choices=[[], *CASES], help="default: all")
    for name in parser.parse_args().names or CASES:
        make(name)


if __name__ == "__main__":
    main()
