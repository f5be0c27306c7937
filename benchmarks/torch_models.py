"""The workloads' families as PyTorch modules; parameter names as in workloads.py.

Attention counts its heads from the width of what the projections return, so the same module runs
whole and split by DTensor's parallel styles.
"""

import torch
from torch import nn
from torch.nn import functional


class LinearPair(nn.Module):
    def __init__(self, spec):
        super().__init__()
        self.net1 = nn.Linear(spec["size"], spec["inner"])
        self.net2 = nn.Linear(spec["inner"], spec["size"])

    def forward(self, x):
        return self.net2(functional.relu(self.net1(x)))


class TransformerLayer(nn.Module):
    """The parts that pre-norm and post-norm layers share."""

    def __init__(self, spec, epsilon):
        super().__init__()
        size = spec["size"]
        self.width = size // spec["heads"]
        self.norm1 = nn.LayerNorm(size, eps=epsilon)
        self.norm2 = nn.LayerNorm(size, eps=epsilon)
        self.q, self.k, self.v, self.o = (nn.Linear(size, size) for _ in range(4))
        self.up = nn.Linear(size, spec["inner"])
        self.down = nn.Linear(spec["inner"], size)

    def attend(self, x, **how):
        batch, sequence, _ = x.shape
        query, key, value = (part(x).view(batch, sequence, -1, self.width).transpose(1, 2)
                             for part in (self.q, self.k, self.v))
        mixed = functional.scaled_dot_product_attention(query, key, value, **how)
        return self.o(mixed.transpose(1, 2).reshape(batch, sequence, -1))


class DecoderLayer(TransformerLayer):
    def forward(self, x):
        x = x + self.attend(self.norm1(x), is_causal=True)
        return x + self.down(functional.gelu(self.up(self.norm2(x)), approximate="tanh"))


class EncoderLayer(TransformerLayer):
    def forward(self, x, mask):
        x = self.norm1(x + self.attend(x, attn_mask=mask))
        return self.norm2(x + self.down(functional.gelu(self.up(x))))


class Linears(nn.Module):
    def __init__(self, spec):
        super().__init__()
        self.layers = nn.ModuleList(LinearPair(spec) for _ in range(spec["layers"]))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class Convolution(nn.Module):
    """The only part of the only layer."""

    def __init__(self, spec):
        super().__init__()
        window = spec["window"]
        self.layers = nn.ModuleList([nn.ModuleDict({"conv": nn.Conv2d(
            spec["size"], spec["inner"], window["kernel"], window["stride"], window["padding"],
            groups=window["groups"])})])

    def forward(self, x):
        return self.layers[0]["conv"](x)


class Decoder(nn.Module):
    def __init__(self, spec):
        super().__init__()
        self.layers = nn.ModuleList(DecoderLayer(spec, 1e-5) for _ in range(spec["layers"]))
        self.norm = nn.LayerNorm(spec["size"], eps=1e-5)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)


class Encoder(nn.Module):
    """Table sizes are those of the MiniLM checkpoint."""

    def __init__(self, spec):
        super().__init__()
        size = spec["size"]
        self.word = nn.Parameter(torch.empty(30522, size))
        self.position = nn.Parameter(torch.empty(512, size))
        self.token_type = nn.Parameter(torch.empty(2, size))
        self.embedding_norm = nn.LayerNorm(size, eps=1e-12)
        self.layers = nn.ModuleList(EncoderLayer(spec, 1e-12) for _ in range(spec["layers"]))

    def forward(self, input_ids, attention_mask):
        x = functional.embedding(input_ids, self.word) + self.token_type[0] + self.position[:input_ids.shape[1]]
        x = self.embedding_norm(x)
        mask = attention_mask.bool()[:, None, None, :]
        for layer in self.layers:
            x = layer(x, mask)
        keep = attention_mask[:, :, None].to(x.dtype)
        pooled = (x * keep).sum(1) / keep.sum(1)
        return functional.normalize(pooled, dim=-1)


FAMILIES = {"linears": Linears, "decoder": Decoder, "encoder": Encoder, "convolution": Convolution}
