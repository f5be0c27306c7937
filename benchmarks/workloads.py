"""The benchmark's workloads: which model, which sizes, how split over ranks.

A workload is plain data (it travels to the peers as spec.json). `family` names the computation:

- `linears`: pairs of linear layers with a relu inside each pair, x [batch, size];
- `decoder`: pre-norm GPT-2 blocks with a causal mask and tanh-GELU, then a norm, x [batch, sequence, size];
- `encoder`: the MiniLM sentence encoder, ids and mask [batch, sequence], unit-length embeddings [batch, size];
- `convolution`: one convolution, x [batch, size, height, width] to [batch, inner, height, width], split on its width.

Weights have the same names in every family: `layers.<i>.<part>.weight` is [in, out].
"""

import dataclasses

MEGATRON = {"linears": {"net1": "colwise", "net2": "rowwise"},
            "decoder": {"q": "colwise", "k": "colwise", "v": "colwise", "o": "rowwise", "up": "colwise",
                        "down": "rowwise"}}
MEGATRON["encoder"] = MEGATRON["decoder"]
MEGATRON["convolution"] = {}


@dataclasses.dataclass(frozen=True)
class Window:
    """What a convolution slides over, and how."""

    height: int
    width: int
    kernel: int
    stride: int = 1
    padding: int = 0
    groups: int = 1

    def outputs(self, extent):
        return (extent + 2 * self.padding - self.kernel) // self.stride + 1


@dataclasses.dataclass(frozen=True)
class Workload:
    """One model at one input size."""

    name: str
    family: str
    layers: int
    size: int
    inner: int
    batch: int
    sequence: int = 1
    heads: int = 1
    weights: str = "random"  # or "minilm": fetched
    training: bool = False  # a step of gradient descent on the mean squared error instead of a forward pass
    window: Window | None = None  # of convolutions

    @property
    def styles(self):
        """Part of a layer -> colwise or rowwise."""
        return MEGATRON[self.family]


def minilm(batch, sequence):
    return Workload(f"MiniLM {batch}x{sequence}", "encoder", layers=6, size=384, inner=1536, heads=12, batch=batch,
                    sequence=sequence, weights="minilm")


#: Of gradient descent in training workloads.
LEARNING_RATE = 0.01

STEPS = [
    minilm(8, 128),
    minilm(1, 32),
    Workload("MLP stack 4x(1024-4096-1024) b64", "linears", layers=4, size=1024, inner=4096, batch=64),
    Workload("MLP stack training 4x(1024-4096-1024) b64", "linears", layers=4, size=1024, inner=4096, batch=64,
             training=True),
    Workload("GPT-2 small blocks 12x768 1x128", "decoder", layers=12, size=768, inner=3072, heads=12, batch=1,
             sequence=128),
    Workload("convolution 4x4, stride 4, 7x3x512x1024", "convolution", layers=1, size=3, inner=256, batch=7,
             window=Window(512, 1024, kernel=4, stride=4)),
    Workload("depthwise 7x7, 7x256x128x256", "convolution", layers=1, size=256, inner=256, batch=7,
             window=Window(128, 256, kernel=7, padding=3, groups=256)),
    Workload("tiny MLP 10-16-10 b12", "linears", layers=1, size=10, inner=16, batch=12),
    Workload("tiny MLP 24-64-24 b6", "linears", layers=1, size=24, inner=64, batch=6),
    Workload("tiny decoder 2x64 1x16", "decoder", layers=2, size=64, inner=256, heads=4, batch=1, sequence=16),
]

COMPILES = [Workload(f"decoder {layers}x64 1x32", "decoder", layers=layers, size=64, inner=256, heads=4, batch=1,
                     sequence=32) for layers in (12, 48, 96, 192)]
