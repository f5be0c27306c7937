"""Makes a workload's folder: model.onnx, model.safetensors, plan.yaml, input.npz, spec.json.

1. Draw the weights from a seeded generator (or take the fetched MiniLM ones).
2. Build the ONNX graph with onnx.helper, one node metadata scope a layer part, the weights as
   external data in the safetensors file, so that every program reads the same bytes.
3. Write the plan from the workload's styles, the inputs, and the sizes.

`weights` gives a peer the arrays of a folder under the names that workloads.py describes.
"""

import dataclasses
import json
import math
import pathlib
import shutil
import subprocess
import zlib

import numpy as np

import safetensors_file
import workloads

ROOT = pathlib.Path(__file__).resolve().parent.parent


def draw_weights(workload):
    """Random weights, scaled so that activations keep their size through the layers."""
    generator = np.random.default_rng(zlib.crc32(workload.name.encode()))
    arrays = {}

    def linear(name, inputs, outputs):
        arrays[f"{name}.weight"] = generator.standard_normal((inputs, outputs), np.float32) / np.float32(math.sqrt(inputs))
        arrays[f"{name}.bias"] = generator.standard_normal(outputs, np.float32) * np.float32(0.1)

    def norm(name):
        arrays[f"{name}.weight"] = 1 + generator.standard_normal(workload.size, np.float32) * np.float32(0.1)
        arrays[f"{name}.bias"] = generator.standard_normal(workload.size, np.float32) * np.float32(0.1)

    for index in range(workload.layers):
        prefix = f"layers.{index}."
        if workload.family == "convolution":
            shape = (workload.inner, workload.size // workload.window.groups) + (workload.window.kernel,) * 2
            scale = np.float32(1 / math.sqrt(math.prod(shape[1:])))
            arrays[prefix + "conv.weight"] = generator.standard_normal(shape, np.float32) * scale
            arrays[prefix + "conv.bias"] = generator.standard_normal(workload.inner, np.float32)
            continue
        if workload.family == "linears":
            linear(prefix + "net1", workload.size, workload.inner)
            linear(prefix + "net2", workload.inner, workload.size)
            continue
        norm(prefix + "norm1")
        for part in "qkvo":
            linear(prefix + part, workload.size, workload.size)
        norm(prefix + "norm2")
        linear(prefix + "up", workload.size, workload.inner)
        linear(prefix + "down", workload.inner, workload.size)
    if workload.family == "decoder":
        norm("norm")
    return arrays


def draw_inputs(workload):
    """The input arrays of one step."""
    generator = np.random.default_rng(1)
    if workload.family == "encoder":
        lengths = workload.sequence - 9 * np.arange(workload.batch) % workload.sequence
        mask = np.arange(workload.sequence)[None, :] < lengths[:, None]
        ids = generator.integers(1000, 30000, (workload.batch, workload.sequence))
        return {"input_ids": np.where(mask, ids, 0).astype(np.int64), "attention_mask": mask.astype(np.int64)}
    shape = (workload.batch, workload.size)
    if workload.family == "decoder":
        shape = (workload.batch, workload.sequence, workload.size)
    if workload.family == "convolution":
        shape = (workload.batch, workload.size, workload.window.height, workload.window.width)
    inputs = {"x": generator.standard_normal(shape, np.float32)}
    if workload.training:
        inputs["target"] = generator.standard_normal(shape, np.float32)
    return inputs


class GraphBuilder:
    """Collects nodes; every node belongs to a module scope, as an exporter records it."""

    def __init__(self, helper):
        self.helper = helper
        self.nodes = []

    def add(self, scope, kind, inputs, **attributes):
        """Appends a node in module `scope`; returns its output's name."""
        output = f"{scope}.{kind.lower()}_{len(self.nodes)}"
        node = self.helper.make_node(kind, inputs, [output], name=output, **attributes)
        parts = scope.split(".")
        scopes = [""] + [".".join(parts[:end]) for end in range(1, len(parts) + 1)] + [kind.lower()]
        node.metadata_props.add(key="pkg.torch.onnx.name_scopes", value=repr(scopes))
        self.nodes.append(node)
        return output

    def linear(self, scope, value):
        product = self.add(scope, "MatMul", [value, f"{scope}.weight"])
        return self.add(scope, "Add", [product, f"{scope}.bias"])

    def norm(self, scope, value):
        return self.add(scope, "LayerNormalization", [value, f"{scope}.weight", f"{scope}.bias"], axis=-1, epsilon=1e-5)

    def heads(self, scope, value, perm):
        split = self.add(scope, "Reshape", [value, "split_shape"])
        return self.add(scope, "Transpose", [split], perm=perm)

    def attention(self, layer, value):
        """Causal attention over [batch, sequence, size]."""
        query = self.heads(layer, self.linear(layer + ".q", value), [0, 2, 1, 3])
        key = self.heads(layer, self.linear(layer + ".k", value), [0, 2, 3, 1])
        mixed = self.heads(layer, self.linear(layer + ".v", value), [0, 2, 1, 3])
        scores = self.add(layer, "MatMul", [query, key])
        scaled = self.add(layer, "Mul", [scores, "scale"])
        masked = self.add(layer, "Add", [scaled, "mask"])
        mixed = self.add(layer, "MatMul", [self.add(layer, "Softmax", [masked], axis=-1), mixed])
        merged = self.add(layer, "Transpose", [mixed], perm=[0, 2, 1, 3])
        return self.linear(layer + ".o", self.add(layer, "Reshape", [merged, "merged_shape"]))

    def decoder_layer(self, layer, value):
        attended = self.attention(layer, self.norm(layer + ".norm1", value))
        value = self.add(layer, "Add", [value, attended])
        inner = self.linear(layer + ".up", self.norm(layer + ".norm2", value))
        inner = self.add(layer, "Gelu", [inner], approximate="tanh")
        return self.add(layer, "Add", [value, self.linear(layer + ".down", inner)])

    def convolution(self, layer, value, window):
        return self.add(layer + ".conv", "Conv", [value, f"{layer}.conv.weight", f"{layer}.conv.bias"],
                        strides=[window.stride] * 2, pads=[window.padding] * 4, group=window.groups)

    def linear_pair(self, layer, value):
        return self.linear(layer + ".net2", self.add(layer, "Relu", [self.linear(layer + ".net1", value)]))


def attention_constants(workload):
    """The shapes, scale and causal mask that a decoder graph refers to."""
    width = workload.size // workload.heads
    mask = np.triu(np.full((workload.sequence, workload.sequence), -1e9, np.float32), 1)
    return {"split_shape": np.array([workload.batch, workload.sequence, workload.heads, width], np.int64),
            "merged_shape": np.array([workload.batch, workload.sequence, workload.size], np.int64),
            "scale": np.array(1 / math.sqrt(width), np.float32), "mask": mask[None, None]}


def external_initializer(onnx, name, array, place):
    """A tensor whose bytes lie in model.safetensors at `place` (offset, bytes)."""
    tensor = onnx.TensorProto(name=name, data_type=onnx.TensorProto.FLOAT, dims=array.shape,
                              data_location=onnx.TensorProto.EXTERNAL)
    for key, value in (("location", "model.safetensors"), ("offset", place[0]), ("length", place[1])):
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def write_graph(workload, folder):
    """Writes model.safetensors and model.onnx of a random-weight workload."""
    import onnx
    from onnx import helper, numpy_helper
    arrays = draw_weights(workload)
    places = safetensors_file.write(folder / "model.safetensors", arrays)
    tensors = [external_initializer(onnx, name, array, places[name]) for name, array in arrays.items()]
    builder, value = GraphBuilder(helper), "x"
    layer = {"linears": builder.linear_pair, "decoder": builder.decoder_layer,
             "convolution": lambda name, x: builder.convolution(name, x, workload.window)}[workload.family]
    for index in range(workload.layers):
        value = layer(f"layers.{index}", value)
    if workload.family == "decoder":
        value = builder.norm("norm", value)
        tensors += [numpy_helper.from_array(array, name) for name, array in attention_constants(workload).items()]
    builder.nodes[-1].output[0] = "y"
    shape = next(iter(draw_inputs(workload).values())).shape
    result = shape
    if workload.family == "convolution":
        result = (workload.batch, workload.inner, *map(workload.window.outputs, shape[2:]))
    graph = helper.make_graph(
        builder.nodes, "benchmark", [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, result)], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    (folder / "model.onnx").write_bytes(model.SerializeToString())


def copy_minilm(folder, minilm):
    """Fetches the MiniLM folder when needed and copies its files: onnxruntime refuses weights behind a link."""
    subprocess.run([ROOT / "scripts" / "fetch_minilm.sh", minilm], check=True, stdout=subprocess.DEVNULL)
    for name in ("model.onnx", "plan.yaml", "model.safetensors"):
        (folder / name).unlink(missing_ok=True)
        shutil.copyfile(minilm / name, folder / name)


def make(workload, cache, minilm):
    """The workload's folder below `cache`, made when it is not there yet or was made for another definition."""
    folder = cache / "".join(c if c.isalnum() else "-" for c in workload.name)
    spec = json.dumps(dataclasses.asdict(workload))
    if (folder / "spec.json").exists() and (folder / "spec.json").read_text() == spec:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    if workload.weights == "minilm":
        copy_minilm(folder, minilm)
    else:
        write_graph(workload, folder)
        lines = [f'  "layers.*.{part}": {style}\n' for part, style in workload.styles.items()]
        split = "inputs: {x: shard(3)}\noutputs: {y: shard(3)}\n"
        (folder / "plan.yaml").write_text("parallelize:\n" + "".join(lines) if lines else split)
    if workload.training:
        (folder / "train.yaml").write_text(
            f"loss: {{kind: mse}}\noptimizer: {{kind: sgd, lr: {workloads.LEARNING_RATE}}}\nreturn: [loss]\n")
    np.savez(folder / "input.npz", **draw_inputs(workload))
    (folder / "spec.json").write_text(spec)
    return folder


MINILM_PARTS = {"attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v",
                "attention.output.dense": "o", "attention.output.LayerNorm": "norm1", "intermediate.dense": "up",
                "output.dense": "down", "output.LayerNorm": "norm2"}


def minilm_name(name):
    """The benchmark's name of a MiniLM parameter, or None for what the encoder does not use."""
    name = name.removeprefix("bert.")
    if name.startswith("encoder.layer."):
        index, rest = name.removeprefix("encoder.layer.").split(".", 1)
        part, kind = rest.rsplit(".", 1)
        return f"layers.{index}.{MINILM_PARTS[part]}.{kind}"
    tables = {"word_embeddings.weight": "word", "position_embeddings.weight": "position",
              "token_type_embeddings.weight": "token_type", "LayerNorm.weight": "embedding_norm.weight",
              "LayerNorm.bias": "embedding_norm.bias"}
    return tables.get(name.removeprefix("embeddings."))


def weights(folder):
    """A folder's arrays under the benchmark's names, linear weights as [in, out]."""
    arrays = safetensors_file.read(folder / "model.safetensors")
    if json.loads((folder / "spec.json").read_text())["weights"] == "random":
        return {name: np.array(array) for name, array in arrays.items()}
    renamed = {}
    for name, array in arrays.items():
        known = minilm_name(name)
        if known:
            matrix = known.startswith("layers.") and array.ndim == 2
            renamed[known] = np.ascontiguousarray(array.T if matrix else array)
    return renamed
