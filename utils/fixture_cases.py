"""The list of fixture cases: which model, how exported, which plan, what to expect.

A case's `collectives` is set only where the plan fixes it: a colwise/rowwise pair costs one
all_reduce, so a Megatron-split transformer layer costs two. Cases where the result depends on
a choice of the propagation leave it out and are checked by their numbers alone.
"""

import dataclasses
import typing

import torch
from torch import nn

import fixture_modules as modules


@dataclasses.dataclass
class Case:
    """One fixture folder."""

    name: str
    build: typing.Callable[[], nn.Module]
    inputs: typing.Dict[str, torch.Tensor]
    plan: str
    mesh: str = "tp=2"
    outputs: typing.Tuple[str, ...] = ("y",)
    collectives: typing.Optional[dict] = None
    placements: typing.Optional[dict] = None
    dims: typing.Dict[str, int] = dataclasses.field(default_factory=dict)
    dynamic: typing.Optional[dict] = None  # input name -> {dimension: symbolic name}
    exporter: str = "dynamo"  # or "torchscript"
    opset: typing.Optional[int] = None
    external_data: str = "inside"  # or "beside": weights in model.onnx.data
    archive: str = "none"  # or "pt2": also a torch.export archive
    more_meshes: typing.Tuple[str, ...] = ()
    atol: float = 1e-5


def reduces(count):
    """The collectives of `count` all_reduces."""
    return {"all_reduce": count, "wait": count}


def normal(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def tokens(seed, high, *shape):
    return torch.randint(0, high, shape, generator=torch.Generator().manual_seed(seed))


def padding_mask(batch, sequence, kept):
    """[batch, sequence] of ones; row i keeps its first kept[i] entries."""
    mask = torch.ones(batch, sequence, dtype=torch.int64)
    for row, length in enumerate(kept):
        mask[row, length:] = 0
    return mask


PAIR = 'parallelize:\n  net1: colwise\n  net2: rowwise\n'


def mlp(name, sizes, shape, **options):
    """A Case of one Mlp of `sizes` on an input of `shape`."""
    module = {k: options.pop(k) for k in ("activation", "bias") if k in options}
    options.setdefault("plan", PAIR)
    options.setdefault("archive", "pt2" if options.get("exporter") != "torchscript" else "none")
    seed = sum(map(ord, name))
    return Case(name=name, build=lambda: modules.randomize(modules.Mlp(sizes, **module), seed),
                inputs={"x": normal(seed + 1, *shape)}, **options)


def mlp_cases():
    """Pairs of linear layers: sizes, ranks, styles, exporters."""
    gathered = 'parallelize:\n  net1: {style: colwise, output_layouts: replicate}\n'
    batch = {"x": {0: "batch"}}
    return [
        mlp("mlp_pair", (24, 64, 24), (6, 24), collectives=reduces(1), more_meshes=("tp=4", "tp=3")),
        mlp("mlp_uneven", (10, 13, 5), (7, 10), mesh="tp=4", collectives=reduces(1), more_meshes=("tp=2", "tp=3")),
        mlp("mlp_narrow", (8, 3, 6), (5, 8), mesh="tp=4", more_meshes=("tp=2",)),
        mlp("mlp_3d", (16, 40, 16), (2, 5, 16), collectives=reduces(1), more_meshes=("tp=4",)),
        mlp("mlp_4d", (6, 14, 8), (2, 3, 4, 6), activation=nn.Tanh, collectives=reduces(1)),
        mlp("mlp_one_row", (32, 96, 32), (1, 32), activation=nn.GELU, collectives=reduces(1), more_meshes=("tp=4",)),
        mlp("mlp_no_bias", (12, 30, 9), (4, 12), bias=False, activation=nn.SiLU, collectives=reduces(1),
            more_meshes=("tp=3",)),
        mlp("mlp_sigmoid_external", (20, 36, 20), (3, 20), activation=nn.Sigmoid, external_data="beside",
            collectives=reduces(1)),
        mlp("mlp_batch_dim", (16, 32, 16), (5, 16), dynamic=batch, dims={"batch": 5}, collectives=reduces(1)),
        mlp("mlp_batch_sequence_dims", (16, 32, 16), (3, 7, 16), dynamic={"x": {0: "batch", 1: "sequence"}},
            dims={"batch": 3, "sequence": 7}, collectives=reduces(1)),
        mlp("mlp_gathered", (10, 18, 6), (5, 10), mesh="tp=4", plan=gathered,
            collectives={"all_gather": 1, "wait": 1}, more_meshes=("tp=2",)),
        mlp("mlp_data_and_tensor", (16, 32, 16), (6, 16), mesh="dp=2,tp=2",
            plan=PAIR + "inputs: {x: [shard(0), replicate]}\noutputs: {y: [shard(0), replicate]}\n",
            collectives=reduces(1), placements={"y": ["shard(0)", "replicate"]}, more_meshes=("dp=1,tp=2", "dp=3,tp=1")),
        mlp("mlp_data_gathered", (16, 32, 16), (5, 16), mesh="dp=2,tp=2",
            plan=PAIR + "inputs: {x: [shard(0), replicate]}\n",
            collectives={"all_reduce": 1, "all_gather": 1, "wait": 2}),
        mlp("mlp_replicated", (9, 17, 4), (3, 9), plan="parallelize: {}\n", collectives={}),
        mlp("mlp_opset13", (24, 64, 24), (6, 24), exporter="torchscript", opset=13, collectives=reduces(1)),
        mlp("mlp_3d_opset13", (16, 40, 16), (2, 5, 16), exporter="torchscript", opset=13, collectives=reduces(1)),
        mlp("mlp_3d_opset17", (16, 40, 16), (2, 5, 16), exporter="torchscript", opset=17, activation=nn.GELU,
            dynamic={"x": {0: "batch", 1: "sequence"}}, dims={"batch": 2, "sequence": 5}, collectives=reduces(1)),
    ]


def block_cases():
    """Norms, gates, tables and the sequence style."""
    gated = 'parallelize:\n  gate: colwise\n  up: colwise\n  down: rowwise\n'
    sequence = ('parallelize:\n  "layers.*.norm": sequence\n'
                '  "layers.*.fc1": {style: colwise, input_layouts: shard(1)}\n'
                '  "layers.*.fc2": {style: rowwise, output_layouts: shard(1)}\n')
    plain = 'parallelize:\n  "layers.*.fc1": colwise\n  "layers.*.fc2": rowwise\n'

    def stack():
        return modules.randomize(modules.ResidualStack(16, 40, 2), 31)

    def table():
        return modules.randomize(modules.EmbeddingMlp(37, 16, 24, 11), 32)

    x = {"x": normal(33, 2, 12, 16)}
    ids = {"ids": tokens(34, 37, 3, 7)}
    pair = '  fc1: colwise\n  fc2: rowwise\n'
    return [
        Case("gated_mlp", lambda: modules.randomize(modules.GatedMlp(16, 44), 30), {"x": normal(35, 2, 6, 16)}, gated,
             collectives=reduces(1), more_meshes=("tp=4",), archive="pt2"),
        Case("residual_stack", stack, x, plain, collectives=reduces(2), more_meshes=("tp=4",), archive="pt2"),
        Case("residual_sequence", stack, x, sequence, collectives={"all_gather": 3, "reduce_scatter": 2, "wait": 5},
             more_meshes=("tp=4", "tp=5"), archive="pt2"),
        Case("embedding_mlp_rowwise", table, ids, 'parallelize:\n  emb: rowwise\n' + pair, mesh="tp=4",
             collectives=reduces(2), more_meshes=("tp=2",), archive="pt2"),
        Case("embedding_mlp_colwise", table, ids, 'parallelize:\n  emb: colwise\n' + pair, mesh="tp=2",
             collectives={"all_gather": 1, "all_reduce": 1, "wait": 2}, more_meshes=("tp=3",), archive="pt2"),
    ]


def encoder_cases():
    """The written-out encoder, through every exporter."""
    plan = ('parallelize:\n  "layers.*.attention.query": colwise\n  "layers.*.attention.key": colwise\n'
            '  "layers.*.attention.value": colwise\n  "layers.*.attention.out": rowwise\n'
            '  "layers.*.up": colwise\n  "layers.*.down": rowwise\n')

    def build():
        return modules.randomize(modules.Encoder(48, 6, 128, 2), 41)

    fixed = {"x": normal(42, 2, 9, 48)}
    free = {"dynamic": {"x": {0: "batch", 1: "sequence"}}, "dims": {"batch": 2, "sequence": 9}}
    expect = {"collectives": reduces(4), "more_meshes": ("tp=3", "tp=4")}
    return [
        Case("encoder_gelu_tanh", build, fixed, plan, archive="pt2", **expect),
        Case("encoder_dims", build, fixed, plan, **free, **expect),
        Case("encoder_opset13", build, fixed, plan, exporter="torchscript", opset=13, **expect),
        Case("encoder_dims_opset17", build, fixed, plan, exporter="torchscript", opset=17, **free, **expect),
    ]


def gpt2(attention):
    from transformers import GPT2Config, GPT2Model
    config = GPT2Config(vocab_size=101, n_positions=32, n_embd=48, n_layer=2, n_head=4, use_cache=False,
                        bos_token_id=0, eos_token_id=0, attn_implementation=attention)
    return modules.randomize(modules.Gpt2Hidden(GPT2Model(config)), 51)


def gpt2_lm():
    from transformers import GPT2Config, GPT2LMHeadModel
    config = GPT2Config(vocab_size=101, n_positions=32, n_embd=48, n_layer=2, n_head=4, use_cache=False,
                        bos_token_id=0, eos_token_id=0, attn_implementation="eager")
    return modules.randomize(modules.CausalLogits(GPT2LMHeadModel(config)), 52)


def llama(attention):
    from transformers import LlamaConfig, LlamaForCausalLM
    config = LlamaConfig(vocab_size=101, hidden_size=64, intermediate_size=160, num_hidden_layers=2,
                         num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64, use_cache=False,
                         bos_token_id=0, eos_token_id=0, attn_implementation=attention)
    return modules.randomize(modules.CausalLogits(LlamaForCausalLM(config)), 53)


def bert():
    from transformers import BertConfig, BertModel
    config = BertConfig(vocab_size=101, hidden_size=48, num_hidden_layers=2, num_attention_heads=6,
                        intermediate_size=100, max_position_embeddings=40, type_vocab_size=2,
                        attn_implementation="sdpa")
    return modules.randomize(modules.BertPooled(BertModel(config)), 54)


def vit():
    from transformers import ViTConfig, ViTModel
    config = ViTConfig(hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96,
                       image_size=32, patch_size=8, attn_implementation="eager")
    return modules.randomize(modules.VitHidden(ViTModel(config, add_pooling_layer=False)), 55)


def decoder_cases():
    """GPT-2 and Llama shapes."""
    free = {"input_ids": {0: "batch", 1: "sequence"}, "attention_mask": {0: "batch", 1: "sequence"}}
    sizes = {"batch": 2, "sequence": 12}
    masked = {"input_ids": tokens(61, 101, 2, 12), "attention_mask": padding_mask(2, 12, (12, 9))}
    ids = {"input_ids": tokens(62, 101, 2, 10)}
    rows = ('parallelize:\n  "transformer.h.*.attn.c_proj": rowwise\n  "transformer.h.*.mlp.c_fc": colwise\n'
            '  "transformer.h.*.mlp.c_proj": rowwise\n')
    fused = rows + '  "transformer.h.*.attn.c_attn": colwise\n'
    tied = fused.replace("transformer.", "lm.transformer.") + (
        '  "lm.transformer.wte": rowwise\n  "lm.lm_head": {style: colwise, output_layouts: replicate}\n')
    heads = ('parallelize:\n  "lm.model.layers.*.self_attn.[qkv]_proj": colwise\n'
             '  "lm.model.layers.*.self_attn.o_proj": rowwise\n  "lm.model.layers.*.mlp.gate_proj": colwise\n'
             '  "lm.model.layers.*.mlp.up_proj": colwise\n  "lm.model.layers.*.mlp.down_proj": rowwise\n')
    more = {"more_meshes": ("tp=4",), "atol": 2e-5}
    split = {"collectives": reduces(4), **more}
    return [
        Case("gpt2_rows", lambda: gpt2("eager"), masked, rows, archive="pt2", **split),
        Case("gpt2_rows_dims", lambda: gpt2("sdpa"), masked, rows, dynamic=free, dims=sizes, **split),
        Case("gpt2_fused_qkv", lambda: gpt2("sdpa"), masked, fused, **more),
        Case("gpt2_tied_head", gpt2_lm, ids, tied, **more),
        Case("llama", lambda: llama("eager"), ids, heads, archive="pt2", **split),
        Case("llama_dims", lambda: llama("sdpa"), ids, heads, dynamic={"input_ids": free["input_ids"]},
             dims={"batch": 2, "sequence": 10}, **split),
    ]


def encoder_model_cases():
    """BERT and ViT shapes."""
    ids = {"input_ids": tokens(63, 101, 2, 11), "attention_mask": padding_mask(2, 11, (11, 6)),
           "token_type_ids": tokens(64, 2, 2, 11)}
    free = {name: {0: "batch", 1: "sequence"} for name in ids}
    attention = "bert.encoder.layer.*.attention"
    plan = (f'parallelize:\n  "{attention}.self.query": colwise\n  "{attention}.self.key": colwise\n'
            f'  "{attention}.self.value": colwise\n  "{attention}.output.dense": rowwise\n'
            '  "bert.encoder.layer.*.intermediate.dense": colwise\n  "bert.encoder.layer.*.output.dense": rowwise\n')
    expect = {"collectives": reduces(4), "more_meshes": ("tp=3", "tp=4"), "atol": 2e-5}
    both = ("last_hidden_state", "pooler_output")
    return [
        Case("bert_token_types", bert, ids, plan, outputs=both, archive="pt2", **expect),
        Case("bert_dims", bert, ids, plan, outputs=both, dynamic=free, dims={"batch": 2, "sequence": 11}, **expect),
        Case("vit", vit, {"pixel_values": normal(65, 2, 3, 32, 32)}, VIT_PLAN, archive="pt2", **expect),
    ]


VIT_PLAN = """parallelize:
  "vit.layers.*.attention.[qkv]_proj": colwise
  "vit.layers.*.attention.o_proj": rowwise
  "vit.layers.*.mlp.fc1": colwise
  "vit.layers.*.mlp.fc2": rowwise
"""


def t5():
    from transformers import T5Config, T5EncoderModel
    config = T5Config(vocab_size=101, d_model=48, d_kv=12, d_ff=96, num_layers=2, num_heads=4,
                      relative_attention_num_buckets=8, relative_attention_max_distance=16, use_cache=False,
                      feed_forward_proj="gated-gelu", attn_implementation="eager")
    return modules.randomize(modules.T5Hidden(T5EncoderModel(config)), 56)


def whisper():
    from transformers import WhisperConfig
    from transformers.models.whisper.modeling_whisper import WhisperEncoder
    config = WhisperConfig(vocab_size=101, d_model=48, encoder_layers=2, encoder_attention_heads=4,
                           encoder_ffn_dim=96, num_mel_bins=10, max_source_positions=16,
                           attn_implementation="sdpa")
    return modules.randomize(modules.HiddenState(WhisperEncoder(config)), 57)


def resnet():
    from transformers import ResNetConfig, ResNetModel
    config = ResNetConfig(embedding_size=16, hidden_sizes=[16, 32, 48, 64], depths=[1, 2, 1, 1], layer_type="basic")
    model = modules.randomize(modules.HiddenState(ResNetModel(config)), 58)
    generator = torch.Generator().manual_seed(59)
    with torch.no_grad():
        for kernel in (p for p in model.parameters() if p.dim() == 4):
            kernel /= (kernel.shape[1] * kernel.shape[2]) ** 0.5
    for name, value in model.named_buffers():
        if name.endswith("running_mean"):
            value.copy_(0.2 * torch.randn(value.shape, generator=generator))
        elif name.endswith("running_var"):
            value.copy_(0.5 + torch.rand(value.shape, generator=generator))
    return model


def other_encoder_cases():
    """T5's, Whisper's and ResNet's shapes: relative positions, convolutions over time, pictures."""
    expect = {"collectives": reduces(4), "more_meshes": ("tp=4",), "atol": 2e-5, "archive": "pt2"}
    masked = {"input_ids": tokens(66, 101, 2, 9), "attention_mask": padding_mask(2, 9, (9, 5))}
    blocks = "t5.encoder.block.*.layer"
    relative = (f'parallelize:\n  "{blocks}.0.SelfAttention.[qkv]": colwise\n  "{blocks}.0.SelfAttention.o": rowwise\n'
                f'  "{blocks}.1.DenseReluDense.wi_*": colwise\n  "{blocks}.1.DenseReluDense.wo": rowwise\n')
    layers = "encoder.layers.*"
    time = (f'parallelize:\n  "{layers}.self_attn.[qkv]_proj": colwise\n  "{layers}.self_attn.out_proj": rowwise\n'
            f'  "{layers}.fc1": colwise\n  "{layers}.fc2": rowwise\n')
    channels = ('placements:\n  "*.layers.*.layer.0.convolution.weight": shard(0)\n'
                '  "*.layers.*.layer.1.convolution.weight": shard(1)\n')
    picture = {"x": normal(67, 2, 3, 32, 32)}
    return [
        Case("t5_encoder", t5, masked, relative, **expect),
        Case("whisper_encoder", whisper, {"x": normal(68, 2, 10, 32)}, time, **expect),
        Case("resnet", resnet, picture, channels, **{**expect, "collectives": reduces(5)}),
    ]


def all_cases():
    return (mlp_cases() + block_cases() + encoder_cases() + decoder_cases() + encoder_model_cases() +
            other_encoder_cases())
