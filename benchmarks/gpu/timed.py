"""What is timed on a GPU: workloads, their types, what a step computes and moves at least."""

import dataclasses

from workloads import Workload, minilm


@dataclasses.dataclass(frozen=True)
class LlamaLayer:
    """A decoder layer of Llama's shape, x [batch, sequence, size]."""

    name: str
    size: int
    inner: int
    heads: int
    key_heads: int
    batch: int
    sequence: int
    family: str = "llama"
    layers: int = 1
    training: bool = False
    weights: str = "random"


@dataclasses.dataclass(frozen=True)
class Timed:
    workload: Workload | LlamaLayer
    dtype: str  # f32, f16 or bf16

    @property
    def folder(self):
        words = "".join(c if c.isalnum() else "-" for c in self.workload.name)
        return f"{words}-{self.dtype}"


STACK = Workload("MLP stack 4x(1024-4096-1024) b64", "linears", layers=4, size=1024, inner=4096, batch=64)
LAYER = LlamaLayer("Llama layer 4096 1x1024", size=4096, inner=14336, heads=32, key_heads=8, batch=1, sequence=1024)
STEPS = [
    Timed(minilm(32, 128), "f32"),
    Timed(minilm(32, 128), "f16"),
    Timed(STACK, "f32"),
    Timed(STACK, "f16"),
    Timed(LAYER, "f16"),
    Timed(LAYER, "bf16"),
    Timed(dataclasses.replace(STACK, name="MLP stack training 4x(1024-4096-1024) b64", training=True), "f32"),
]
#: Small ones, for machines that only pretend to have a GPU.
SMALL = [
    Timed(Workload("tiny MLP 24-64-24 b6", "linears", layers=1, size=24, inner=64, batch=6), "f32"),
    Timed(Workload("tiny MLP 24-64-24 b6", "linears", layers=1, size=24, inner=64, batch=6), "f16"),
    Timed(LlamaLayer("tiny Llama layer 32 1x4", size=32, inner=48, heads=4, key_heads=2, batch=1, sequence=4), "bf16"),
    Timed(Workload("tiny MLP training 24-64-24 b6", "linears", layers=1, size=24, inner=64, batch=6, training=True),
          "f32"),
]


def matrix_elements(workload):
    """Elements of a layer's weights that are multiplied with every row."""
    size, inner = workload.size, workload.inner
    if workload.family == "linears":
        return 2 * size * inner
    if workload.family == "llama":
        keys = size // workload.heads * workload.key_heads
        return 2 * size * size + 2 * size * keys + 3 * size * inner
    return 4 * size * size + 2 * size * inner


def operations(workload):
    """Of a step's matrix products; a multiplication and an addition are two. Half of causal attention is needed."""
    rows = workload.batch * workload.sequence if workload.family != "linears" else workload.batch
    each = 2 * rows * matrix_elements(workload)
    if workload.family != "linears":
        each += 4 * rows * workload.sequence * workload.size // (2 if workload.family == "llama" else 1)
    # Backward, a product gives the gradients of both operands.
    return workload.layers * each * (3 if workload.training else 1)


def moved_bytes(workload, dtype):
    """At least: weights read once, and in training their gradients written and read and the weights written."""
    elements = workload.layers * matrix_elements(workload)
    return elements * (4 if dtype == "f32" else 2) * (5 if workload.training else 1)
