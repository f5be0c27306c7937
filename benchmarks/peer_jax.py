"""JAX on host devices: one jitted function of the weights and inputs.

PEER_RANKS devices (run.py sets XLA_FLAGS): with more than one, `shard_map` over a `tp` axis splits
the weights as the plan does, with one psum after each rowwise part. The compile time is that of
`lower` and `compile`.
"""

import functools
import math
import os
import time

import numpy as np

import models
import peer_worker
import workloads


def linear(w, name, x):
    return x @ w[name + ".weight"] + w[name + ".bias"]


def norm(w, name, x, epsilon):
    import jax
    from jax import numpy as jnp
    mean = x.mean(-1, keepdims=True)
    variance = jnp.square(x - mean).mean(-1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(variance + epsilon) * w[name + ".weight"] + w[name + ".bias"]


def rowwise(w, name, x, total):
    """A linear layer whose input features are split: `total` adds the ranks' parts."""
    return total(x @ w[name + ".weight"]) + w[name + ".bias"]


def attention(w, layer, x, mask, width, total):
    import jax
    from jax import numpy as jnp
    batch, sequence, _ = x.shape
    query, key, value = (linear(w, layer + part, x).reshape(batch, sequence, -1, width) for part in "qkv")
    scores = jnp.einsum("bqhd,bkhd->bhqk", query, key) / math.sqrt(width) + mask
    mixed = jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(scores, axis=-1), value)
    return rowwise(w, layer + "o", mixed.reshape(batch, sequence, -1), total)


def linears(spec, total, w, x):
    import jax
    for index in range(spec["layers"]):
        layer = f"layers.{index}."
        x = rowwise(w, layer + "net2", jax.nn.relu(linear(w, layer + "net1", x)), total)
    return x


def decoder(spec, total, w, x):
    import jax
    mask = np.triu(np.full((spec["sequence"],) * 2, -1e9, np.float32), 1)
    width = spec["size"] // spec["heads"]
    for index in range(spec["layers"]):
        layer = f"layers.{index}."
        x = x + attention(w, layer, norm(w, layer + "norm1", x, 1e-5), mask, width, total)
        inner = jax.nn.gelu(linear(w, layer + "up", norm(w, layer + "norm2", x, 1e-5)), approximate=True)
        x = x + rowwise(w, layer + "down", inner, total)
    return norm(w, "norm", x, 1e-5)


def encoder(spec, total, w, input_ids, attention_mask):
    import jax
    from jax import numpy as jnp
    width = spec["size"] // spec["heads"]
    keep = attention_mask.astype(np.float32)
    mask = (1 - keep)[:, None, None, :] * -1e9
    x = w["word"][input_ids] + w["token_type"][0] + w["position"][:spec["sequence"]]
    x = norm(w, "embedding_norm", x, 1e-12)
    for index in range(spec["layers"]):
        layer = f"layers.{index}."
        x = norm(w, layer + "norm1", x + attention(w, layer, x, mask, width, total), 1e-12)
        inner = jax.nn.gelu(linear(w, layer + "up", x), approximate=False)
        x = norm(w, layer + "norm2", x + rowwise(w, layer + "down", inner, total), 1e-12)
    pooled = (x * keep[:, :, None]).sum(1) / keep.sum(1, keepdims=True)
    return pooled / jnp.linalg.norm(pooled, axis=-1, keepdims=True)


def convolution(spec, total, w, x):
    from jax import lax
    window = spec["window"]
    y = lax.conv_general_dilated(x, w["layers.0.conv.weight"], (window["stride"],) * 2, [(window["padding"],) * 2] * 2,
                                 feature_group_count=window["groups"])
    return y + w["layers.0.conv.bias"][:, None, None]


FAMILIES = {"linears": linears, "decoder": decoder, "encoder": encoder, "convolution": convolution}


def partition(name, styles):
    """How a weight is split: colwise on its output features, rowwise on its input features."""
    from jax.sharding import PartitionSpec
    part, kind = name.split(".")[-2:] if name.startswith("layers.") else ("", "")
    style = styles.get(part)
    if style == "colwise":
        return PartitionSpec(None, "tp") if kind == "weight" else PartitionSpec("tp")
    if style == "rowwise" and kind == "weight":
        return PartitionSpec("tp", None)
    return PartitionSpec()


def split(spec, arrays, inputs, ranks):
    """(function, weights, inputs) over a mesh of `ranks` devices."""
    import jax
    from jax.sharding import Mesh, NamedSharding, PartitionSpec
    mesh = Mesh(np.array(jax.devices()[:ranks]), ("tp",))
    if not workloads.MEGATRON[spec["family"]]:
        raise ValueError(f"has no split of '{spec['family']}'")
    specs = {name: partition(name, workloads.MEGATRON[spec["family"]]) for name in arrays}
    total = functools.partial(jax.lax.psum, axis_name="tp")
    function = jax.shard_map(functools.partial(FAMILIES[spec["family"]], spec, total), mesh=mesh,
                             in_specs=(specs,) + (PartitionSpec(),) * (1 if spec["training"] else len(inputs)),
                             out_specs=PartitionSpec(), check_vma=False)
    held = {name: jax.device_put(array, NamedSharding(mesh, specs[name])) for name, array in arrays.items()}
    everywhere = NamedSharding(mesh, PartitionSpec())
    return function, held, [jax.device_put(value, everywhere) for value in inputs.values()]


def training(function, held, values):
    """A step of gradient descent as one program; weights are updated in place. Gives (step, seconds to compile)."""
    import jax
    from jax import numpy as jnp

    def update(weights, x, target):
        loss, gradients = jax.value_and_grad(lambda w: jnp.square(function(w, x) - target).mean())(weights)
        return loss, jax.tree.map(lambda w, g: w - workloads.LEARNING_RATE * g, weights, gradients)

    begin = time.perf_counter()
    compiled = jax.jit(update, donate_argnums=0).lower(held, *values).compile()
    seconds = time.perf_counter() - begin
    state = [held]

    def step():
        loss, state[0] = compiled(state[0], *values)
        jax.block_until_ready(state[0])
        return np.asarray(loss).reshape(1)

    return step, seconds


def prepare(folder):
    import jax
    spec, inputs = peer_worker.load(folder)
    ranks = int(os.environ["PEER_RANKS"])
    jax.config.update("jax_cpu_enable_async_dispatch", False)  # no hand-over to another thread for each step
    arrays = models.weights(folder)
    inputs = {name: value.astype(np.int32) if value.dtype == np.int64 else value for name, value in inputs.items()}
    if ranks > 1:
        function, held, values = split(spec, arrays, inputs, ranks)
    else:
        function = functools.partial(FAMILIES[spec["family"]], spec, lambda x: x)
        held, values = jax.device_put(arrays), [jax.device_put(value) for value in inputs.values()]
    if spec["training"]:
        return training(function, held, values)
    begin = time.perf_counter()
    compiled = jax.jit(function).lower(held, *values).compile()
    seconds = time.perf_counter() - begin
    return lambda: np.asarray(compiled(held, *values).block_until_ready()), seconds


if __name__ == "__main__":
    peer_worker.serve(prepare)
