"""PyTorch modules that the fixture models are made of, and how their weights are drawn.

1. `randomize` fills every parameter from one seeded generator: norm scales away from 1 and
   biases away from 0, so that a dropped scale or bias shows in the numbers.
2. The small modules (MLPs, encoder blocks) are written out here.
3. The `Hugging Face` wrappers turn a transformers model into one tensor in, one tensor out,
   as people wrap a model before exporting it.
"""

import math

import torch
from torch import nn


def randomize(module, seed):
    """Draws every parameter of `module` from a generator seeded with `seed`; returns it in eval mode."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() >= 2:
                parameter.copy_(noise / math.sqrt(parameter.shape[-1]))
            elif name.endswith("weight"):
                parameter.copy_(1 + 0.2 * noise)
            else:
                parameter.copy_(0.2 * noise)
    return module.eval()


class Mlp(nn.Module):
    """net1 -> activation -> net2, the pair that colwise and rowwise split."""

    def __init__(self, sizes, activation=nn.ReLU, bias=True):
        super().__init__()
        self.net1 = nn.Linear(sizes[0], sizes[1], bias=bias)
        self.act = activation()
        self.net2 = nn.Linear(sizes[1], sizes[2], bias=bias)

    def forward(self, x):
        return self.net2(self.act(self.net1(x)))


class GatedMlp(nn.Module):
    """down(silu(gate(x)) * up(x))."""

    def __init__(self, size, inner):
        super().__init__()
        self.gate = nn.Linear(size, inner, bias=False)
        self.up = nn.Linear(size, inner, bias=False)
        self.down = nn.Linear(inner, size, bias=False)

    def forward(self, x):
        return self.down(nn.functional.silu(self.gate(x)) * self.up(x))


class ResidualBlock(nn.Module):
    """x + fc2(gelu(fc1(norm(x)))): the block that the sequence style is made for."""

    def __init__(self, size, inner):
        super().__init__()
        self.norm = nn.LayerNorm(size)
        self.fc1 = nn.Linear(size, inner)
        self.fc2 = nn.Linear(inner, size)

    def forward(self, x):
        return x + self.fc2(nn.functional.gelu(self.fc1(self.norm(x))))


class ResidualStack(nn.Module):
    """`depth` residual blocks in a ModuleList."""

    def __init__(self, size, inner, depth):
        super().__init__()
        self.layers = nn.ModuleList(ResidualBlock(size, inner) for _ in range(depth))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class EmbeddingMlp(nn.Module):
    """A lookup table, then a colwise/rowwise pair."""

    def __init__(self, vocabulary, size, inner, classes):
        super().__init__()
        self.emb = nn.Embedding(vocabulary, size)
        self.fc1 = nn.Linear(size, inner)
        self.fc2 = nn.Linear(inner, classes)

    def forward(self, ids):
        return self.fc2(torch.tanh(self.fc1(self.emb(ids))))


class Attention(nn.Module):
    """Multi-head self-attention over [batch, sequence, size], no mask."""

    def __init__(self, size, heads):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(size, size)
        self.key = nn.Linear(size, size)
        self.value = nn.Linear(size, size)
        self.out = nn.Linear(size, size)

    def split_heads(self, x):
        """[b, s, h * d] -> [b, h, s, d]."""
        batch, sequence, size = x.shape
        return x.view(batch, sequence, self.heads, size // self.heads).transpose(1, 2)

    def forward(self, x):
        batch, sequence, size = x.shape
        query, key, value = (self.split_heads(p(x)) for p in (self.query, self.key, self.value))
        scores = query @ key.transpose(-1, -2) / math.sqrt(size // self.heads)
        mixed = torch.softmax(scores, dim=-1) @ value
        return self.out(mixed.transpose(1, 2).reshape(batch, sequence, size))


class EncoderLayer(nn.Module):
    """Pre-norm attention and a tanh-GELU feed-forward part."""

    def __init__(self, size, heads, inner):
        super().__init__()
        self.norm1 = nn.LayerNorm(size)
        self.attention = Attention(size, heads)
        self.norm2 = nn.LayerNorm(size)
        self.up = nn.Linear(size, inner)
        self.down = nn.Linear(inner, size)

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        inner = nn.functional.gelu(self.up(self.norm2(x)), approximate="tanh")
        return x + self.down(inner)


class Encoder(nn.Module):
    """`depth` encoder layers and a final norm."""

    def __init__(self, size, heads, inner, depth):
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(size, heads, inner) for _ in range(depth))
        self.norm = nn.LayerNorm(size)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)


class Gpt2Hidden(nn.Module):
    """GPT-2's last hidden state, with a padding mask."""

    def __init__(self, model):
        super().__init__()
        self.transformer = model

    def forward(self, input_ids, attention_mask):
        out = self.transformer(input_ids=input_ids, attention_mask=attention_mask, use_cache=False)
        return out.last_hidden_state


class CausalLogits(nn.Module):
    """The logits of a causal language model, no mask: every position is a token."""

    def __init__(self, lm):
        super().__init__()
        self.lm = lm

    def forward(self, input_ids):
        return self.lm(input_ids=input_ids, use_cache=False).logits


class BertPooled(nn.Module):
    """BERT with token types: the last hidden state and the pooled first token."""

    def __init__(self, bert):
        super().__init__()
        self.bert = bert

    def forward(self, input_ids, attention_mask, token_type_ids):
        out = self.bert(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        return out.last_hidden_state, out.pooler_output


class VitHidden(nn.Module):
    """A vision transformer's last hidden state."""

    def __init__(self, vit):
        super().__init__()
        self.vit = vit

    def forward(self, pixel_values):
        return self.vit(pixel_values=pixel_values).last_hidden_state


class HiddenState(nn.Module):
    """The last hidden state of an encoder of transformers that takes one input; it is called `encoder` here."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, x):
        return self.encoder(x).last_hidden_state


class T5Hidden(nn.Module):
    """T5's encoder, with a padding mask: its last hidden state."""

    def __init__(self, t5):
        super().__init__()
        self.t5 = t5

    def forward(self, input_ids, attention_mask):
        return self.t5(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
