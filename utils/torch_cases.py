"""What utils/make_torch_fixtures.py exports: for each op family a function of some arrays and a list of expressions.

Each entry is `(name, inputs, results)`: inputs name arrays of ARRAYS; `results(*inputs)` gives a list of tensors. Needs
PyTorch.
"""

import torch
import torch.nn.functional as F

torch.manual_seed(11)


def wave(*shape, step=0.37, scale=2.0):
    """Numbers of both signs without ties."""
    count = max(1, torch.Size(shape).numel())
    return (torch.sin(torch.arange(count, dtype=torch.float64) * step + 0.3) * scale).reshape(shape).float()


ARRAYS = {
    "a": wave(4, 6), "b": wave(4, 6, step=0.53), "row": wave(6, step=0.71), "u": wave(4, 6).abs() * 0.4 + 0.05,
    "i": (torch.arange(24).reshape(4, 6) * 7) % 11 - 3, "j": (torch.arange(6) * 5) % 4 + 1,
    "s": torch.tensor(1.75), "n": torch.tensor(3), "m": (torch.arange(24).reshape(4, 6) % 3) == 1,
    "h": wave(4, 6).half(), "d": wave(4, 6).double(), "k": (torch.arange(6) * 3 % 5).int(),
    "c": wave(2, 3, 4), "q": wave(2, 4, 5, 8, scale=1.0), "v": wave(2, 2, 5, 8, step=0.61, scale=1.0),
    "x1": wave(2, 4, 9, scale=1.0), "x2": wave(2, 4, 8, 7, scale=1.0), "x3": wave(1, 2, 4, 5, 4, scale=1.0),
    "w1": wave(6, 2, 3, step=0.43, scale=0.5), "w2": wave(6, 4, 3, 3, step=0.47, scale=0.5),
    "w3": wave(4, 2, 2, 3, 2, step=0.29, scale=0.5), "t2": wave(4, 3, 3, 2, step=0.41, scale=0.5),
    "bias6": wave(6, step=0.9), "table": wave(7, 5), "index": torch.tensor([[0, 3], [6, 1]]),
    "where": torch.tensor([2, 0, 3]), "picked": (torch.arange(12).reshape(4, 3) * 5) % 6,
    "mask55": (torch.arange(25).reshape(5, 5) % 4) != 0, "g": wave(2, 6, 5), "six": wave(6).abs() + 0.5,
}


def unary(a, u, i, m):
    return [torch.abs(a), -a, torch.sign(a), torch.square(a), torch.exp(a), torch.exp2(a), torch.expm1(a), torch.log(u),
            torch.log2(u), torch.log10(u), torch.log1p(u), torch.sqrt(u), torch.rsqrt(u), torch.reciprocal(a),
            torch.erf(a), torch.erfc(a), torch.sin(a), torch.cos(a), torch.tan(u), torch.asin(u), torch.acos(u),
            torch.atan(a), torch.sinh(a), torch.cosh(a), torch.tanh(a), torch.asinh(a), torch.acosh(u + 1),
            torch.atanh(u), torch.floor(a), torch.ceil(a), torch.round(a), torch.trunc(a), torch.isnan(a / a),
            torch.isinf(a / (a - a)), torch.isfinite(a / (a - a)), torch.logical_not(m), torch.bitwise_not(i),
            torch.sqrt(j_abs(i)), torch.exp(i), torch.abs(i), torch.neg(i), torch.logical_not(a), ~m]


def j_abs(i):
    return torch.abs(i)


def activations(a):
    return [F.relu(a), F.silu(a), torch.sigmoid(a), F.gelu(a), F.gelu(a, approximate="tanh"), F.leaky_relu(a, 0.2),
            F.prelu(a, torch.tensor([0.3])), F.elu(a, 0.7), F.selu(a), F.celu(a, 1.5), F.hardsigmoid(a),
            F.hardswish(a), F.hardtanh(a, -0.5, 0.7), F.relu6(a * 5), F.softplus(a, 2.0, 3.0), F.logsigmoid(a),
            F.mish(a), F.threshold(a, 0.2, -7.0), F.glu(a, 1), F.glu(a, 0), torch.softmax(a, 1),
            torch.softmax(a, 0, dtype=torch.float64), torch.log_softmax(a, -1), F.softmin(a, 1), F.tanhshrink(a),
            F.softsign(a)]


def arithmetic(a, b, row, i, j, s, n, h, d, k, m):
    return [a + b, a + 1, a - 2.5, 3 - a, a * row, a * 2, a / b, a / 3, i / j, i + 2.5, i * j, i // j, a // b,
            torch.div(a, b, rounding_mode="trunc"), torch.div(i, 3, rounding_mode="floor"), i % j, a % 1.5,
            torch.fmod(a, 0.7), torch.fmod(i, 4), a ** 2, torch.abs(a) ** 1.5, 2 ** a, i ** 2, torch.pow(a, n),
            torch.maximum(a, b), torch.minimum(a, row), torch.max(a, b), torch.add(a, b, alpha=0.5),
            torch.sub(a, b, alpha=2), torch.rsub(a, 2), torch.addcmul(a, b, row, value=0.3),
            torch.addcdiv(a, b, b + 5, value=0.2), torch.lerp(a, b, 0.25), i + s, a + n, h + s, h * 2, h + a, d * a,
            i + k, k * 2, k + 0.5, m + i, m * a, a - s, torch.true_divide(i, 2), torch.add(m, m), i - j,
            torch.floor_divide(a, 0.3), n + 1, n * 0.5, torch.remainder(i, -4)]


def comparisons(a, b, i, j, n, m):
    return [a == b, a != 0, a < b, a <= 0.5, a > b, a >= b, i == j, i > 2, i < 1.5, m & (a > 0), m | (b > 0),
            m ^ (a > b), i & 3, i | j, i ^ 5, torch.logical_and(a, i), torch.logical_or(m, i), torch.logical_xor(m, a),
            torch.where(m, a, b), torch.where(m, a, 0.0), torch.where(m, 1, i), torch.where(m, 2.0, 3.0),
            a.masked_fill(m, -1e9), i.masked_fill(m, 4), a.masked_fill(m, torch.tensor(2.0)), torch.clamp(a, -0.5, 0.5),
            torch.clamp(a, min=0.1), torch.clamp_max(a, 0.3), torch.clamp(i, 0, 2.5), torch.clamp(a, max=b),
            torch.max(i, n), torch.clamp_min(i, 1)]


def casts(a, i, m, h):
    return [a.to(torch.float64), a.int(), i.float(), m.to(torch.int64), a.bool(), a.to(torch.bfloat16).float(), h.float(),
            a.type_as(h), i.to(a), (a * 3).to(torch.int8), a.to(torch.float32, copy=True), i.to(torch.uint8),
            torch.full_like(a, 2), torch.zeros_like(i), torch.ones_like(a, dtype=torch.int32), a.new_zeros(2, 3),
            i.new_ones(2), a.new_full((2,), 7.0), torch.arange(5), torch.arange(1, 4), torch.arange(0.5, 3, 0.5),
            torch.arange(6, 0, -2), torch.full((2, 2), 3), torch.full((2,), 1.5), torch.zeros(2, 2), torch.ones(3),
            torch.eye(3), torch.eye(2, 3), torch.linspace(0, 1, 7), torch.tensor([1.0, 2.0]) + a[0, :2],
            torch.tensor(5) * i, torch.arange(3, dtype=torch.float32)]


def shapes(a, c):
    return [a.view(3, 8), a.reshape(-1, 2), a.flatten(), c.flatten(1), c.flatten(0, 1), a.unflatten(1, (2, -1)),
            c.unsqueeze(1), c.unsqueeze(-1), c[:, :1].squeeze(1), c[:1].squeeze(), c[:1, :1].squeeze((0, 1)),
            a.expand(2, 4, 6), a[:1].expand(3, -1), a[:, :1].expand_as(a), a[:1].broadcast_to(5, 6), a.repeat(2, 1, 2),
            torch.tile(a, (2,)), a.repeat_interleave(2, 1), a.repeat_interleave(3), c.permute(2, 0, 1), c.transpose(1, 2),
            a.t(), c.mT, torch.swapaxes(c, 0, -1), torch.movedim(c, 0, 2), torch.movedim(c, (0, 1), (1, 2)),
            c.transpose(0, 1).contiguous(), a.clone(), a.detach(), c.view_as(a), c.reshape_as(a),
            F.pixel_shuffle(c.reshape(1, 4, 2, 3), 2), F.pixel_unshuffle(a.reshape(1, 1, 4, 6), 2),
            torch.meshgrid(a[0], a[:, 0], indexing="ij")[1]]


def slices(a, c):
    p, q = a.split(2), a.split([1, 5], 1)
    r, t = a.chunk(4, 1), c.unbind(1)
    return [a[1:3], a[:, ::2], a[-2:], a[2], a[:, -1], c[..., 1], a.narrow(1, 2, 3), p[1], q[0], q[1], r[2], t[1],
            torch.cat([a, a * 2], 1), torch.cat([a, p[0]]), torch.stack([a, -a]), torch.stack([a, a], -1), a.tril(),
            a.triu(1), a.tril(-1), a.flip(1), a.flip((0, 1)), a.roll(2, 1), a.roll((1, -2), (0, 1)), a.roll(3),
            torch.diff(a), torch.diff(a, dim=0, prepend=a[:1]), F.pad(a, (1, 2)), F.pad(a, (0, 1, 2, -1), value=3.0),
            F.pad(c, (1, 2), mode="reflect"), F.pad(c, (2, 1), mode="replicate"), F.pad(c, (1, 1), mode="circular"),
            torch.slice_scatter(a, a[:2] * 9, 0, 1, 3), torch.select_scatter(a, a[0] * 5, 0, 2), a[4:], a[:, 3:3],
            torch.hstack([a, a]), torch.vstack([a, a]), torch.tensor_split(a, 3, 1)[1], a[None, :, None]]


def in_place(a, b, i):
    x = a.clone()
    x.add_(1).mul_(b)
    y = x.view(6, 4)
    y[0] = 5.0
    y[:, 1:3] += 2
    z = x.t()
    z[2].fill_(-1)
    w = b.clone()
    first, rest = w.split([2, 4], 1)
    first.relu_()
    rest.clamp_(-0.5, 0.5)
    k = i.clone()
    k.unsqueeze(0)[0, 1].add_(100)
    o = torch.zeros(4, 6)
    o[1:3, 2] = a[1:3, 2]
    o.copy_(o + b)
    e = torch.empty(2, 2).fill_(3)
    t = b.clone().transpose(0, 1)
    t.masked_fill_(t > 0, 0.25)
    return [x, y, z, w, first, rest, k, o, e, t, x.sum()]


def reductions(a, c, i, m):
    largest, place = c.max(1)
    least, where = c.min(-1, keepdim=True)
    spread, middle = torch.var_mean(c, (0, 1), correction=0)
    return [a.sum(), c.sum(1), c.sum((0, 2), keepdim=True), i.sum(), m.sum(1), i.sum(0, dtype=torch.float32), a.mean(),
            c.mean((1, 2)), c.mean(0, keepdim=True), c.amax(1), c.amin((0, 1)), c.max(), c.min(), largest, place, least,
            where, c.argmax(), c.argmax(1), c.argmin(-1, keepdim=True), a.prod(), c.prod(1), m.any(), m.any(1), m.all(),
            m.all(0, keepdim=True), a.any(), c.var(), c.var(1), c.var((0, 2), correction=0), c.std(), c.std(-1), spread,
            middle, torch.logsumexp(c, 1), torch.linalg.vector_norm(c), torch.linalg.vector_norm(c, 1, 1),
            torch.linalg.vector_norm(c, float("inf"), (0, 1)), torch.norm(c, 3, 1), c.cumsum(1), i.cumsum(0),
            c.cumprod(-1), m.cumsum(1), c.norm()]


def products(a, b, c, row, bias6):
    square = torch.matmul(a, b.t())
    return [square, torch.mm(a.t(), b), torch.bmm(c, c.transpose(1, 2)), torch.matmul(c, a.view(6, 4).t()[:, :2]),
            torch.matmul(a, row), torch.matmul(row, b.t()), torch.dot(row, row), torch.mv(a, row), torch.outer(row, row),
            torch.addmm(square, a, b.t(), beta=0.5, alpha=2.0), torch.addmm(bias6, a.t(), b), F.linear(a, b, None),
            F.linear(a, b.repeat(1, 1)[:4], row[:4]), torch.baddbmm(c[:, :, :3], c, c.transpose(1, 2)),
            torch.matmul(c, c.transpose(1, 2)[:1]), a @ b.t() @ a, F.linear(row, a), torch.matmul(row, row), torch.einsum("ij,kj->ik", a, b),
            torch.einsum("bij,bkj->bik", c, c), torch.einsum("ii", square)]


def attention(q, v, mask55):
    k = q * 0.7 - 0.1
    hidden = mask55 & (torch.arange(5) != 2).unsqueeze(1)
    return [F.scaled_dot_product_attention(q, k, q), F.scaled_dot_product_attention(q, k, q, is_causal=True),
            F.scaled_dot_product_attention(q, k, q, attn_mask=mask55),
            F.scaled_dot_product_attention(q, k, q, attn_mask=hidden),
            F.scaled_dot_product_attention(q, k, q, attn_mask=mask55.float() * 2, scale=0.3),
            F.scaled_dot_product_attention(q, v, v * 2, enable_gqa=True),
            F.scaled_dot_product_attention(q[:, 0], k[:, 0], q[:, 1])]


def normalization(a, c, x2, row, six, bias6):
    return [F.layer_norm(a, (6,), row, bias6, 1e-5), F.layer_norm(c, (3, 4)), F.layer_norm(a, (6,), row, None, 1e-3),
            F.rms_norm(a, (6,), six, 1e-5), F.rms_norm(a, (6,)), F.group_norm(x2, 2, row[:4], bias6[:4]),
            F.group_norm(x2, 4), F.instance_norm(x2),
            F.batch_norm(x2, row[:4], six[:4], six[:4], bias6[:4], False, 0.1, 1e-5),
            F.batch_norm(a, row, six, None, None, False, 0.1, 1e-3), F.batch_norm(x2, row[:4], six[:4])]


def convolutions(x1, x2, x3, w1, w2, w3, t2, bias6):
    return [F.conv1d(x1, w1, bias6, groups=2), F.conv1d(x1, w1, None, 2, 1, 2, 2), F.conv2d(x2, w2, bias6),
            F.conv2d(x2, w2, bias6, (2, 1), (1, 2)), F.conv2d(x2, w2, None, padding="same"),
            F.conv2d(x2, w2, padding="valid", dilation=2), F.conv3d(x3, w3), F.conv2d(x2[0], w2, bias6, padding=1),
            F.conv_transpose2d(x2, t2, None, 2, 1, 1), F.conv_transpose1d(x1, w1[:4], None, 2, 1, groups=2),
            F.conv_transpose2d(x2, t2, bias6[:3], (1, 2), dilation=2)]


def pooling(x1, x2):
    return [F.max_pool1d(x1, 2), F.max_pool2d(x2, 3, 2, 1), F.max_pool2d(x2, 2, ceil_mode=True),
            F.max_pool2d(x2, (2, 3), (1, 2), dilation=2), F.avg_pool1d(x1, 3, 2), F.avg_pool2d(x2, 2),
            F.avg_pool2d(x2, 3, 2, 1), F.avg_pool2d(x2, 3, 2, 1, ceil_mode=True, count_include_pad=False),
            F.adaptive_avg_pool2d(x2, 1), F.adaptive_avg_pool2d(x2, (4, 7)), F.adaptive_avg_pool2d(x2, (3, 2)),
            F.adaptive_avg_pool1d(x1, 3), F.adaptive_max_pool2d(x2, (2, 1)), F.max_pool2d(x2[0], 2),
            F.avg_pool2d(x2, 3, 2, 1, ceil_mode=True)]


def lookups(a, c, table, index, where, picked, i):
    return [F.embedding(index, table), F.embedding(index, table, padding_idx=1), table[index], a[where],
            a[:, where], a[where[:2], index[0]], c[:, where[:2] % 3, index[1] % 4], c[index % 2, :, where[:2]],
            torch.index_select(a, 1, where), torch.gather(a, 1, picked), torch.gather(a, 0, picked[:2] % 4),
            F.one_hot(index, 7), a[torch.arange(4), torch.arange(4)], a[torch.tensor([0, 2])], a[:, torch.tensor([5, 1])],
            torch.take_along_dim(a, picked, 1), a[torch.tensor([True, False, True, True])], c[where[:2] % 2, :, 1]]


def updates(a, c, i, m, picked, where, row):
    x = a.clone()
    x[where] = row
    y = a.clone()
    y[where[:2], where[1:]] += 4.0
    z = a.clone()
    z[m] = 0.5
    w = a.clone()
    w[:, where] = 2.0
    return [a.scatter(1, picked, a * 2), a.scatter(1, picked, 3.5), a.scatter_add(1, picked, a),
            a.scatter_reduce(1, picked, a * 3, "amax"), a.scatter_reduce(1, picked, a, "sum"),
            a.index_put((where,), row), a.index_put((where, where), torch.tensor(9.0)),
            a.index_put((where,), row, accumulate=True), a.index_add(0, where, a[:3], alpha=2),
            a.index_copy(1, where, a[:, :3]), a.index_fill(1, where, -3.0), x, y, z, w]


def orders(a, c):
    values, places = a.sort(1)
    top, where = c.topk(2, 1)
    low, at = c.topk(3, -1, largest=False)
    return [values, places, a.sort(0, descending=True)[0], a.argsort(1), top, where, low, at, a.topk(6)[0]]


def losses(a, b, c, u, h, row, six):
    labels = torch.tensor([0, 5, 2, 3])
    some = torch.tensor([0, -100, 2, 5])
    places = torch.tensor([[0, 2, 1, 0], [2, -100, 1, 1]])
    share = torch.softmax(b, 1)
    both = torch.ops.aten.nll_loss_forward(torch.log_softmax(a, 1), some, six, 1, -100)
    plane = torch.ops.aten.nll_loss2d_forward(c.reshape(2, 3, 2, 2), places.reshape(2, 2, 2), None, 2, -100)
    return [F.cross_entropy(a, labels), F.cross_entropy(a, some, six), F.cross_entropy(a, some, reduction="none"),
            F.cross_entropy(a, labels, reduction="sum", ignore_index=5), F.cross_entropy(c, places),
            F.cross_entropy(row, labels[1]), F.cross_entropy(a, some, six, label_smoothing=0.2),
            F.cross_entropy(a, some, label_smoothing=0.1, reduction="sum"), F.cross_entropy(a, share, six),
            F.cross_entropy(c, labels[:2, None].expand(2, 4) % 3, label_smoothing=0.3, reduction="none"),
            F.cross_entropy(a, share, label_smoothing=0.1, reduction="none"), F.cross_entropy(row, share[0]),
            F.cross_entropy(h, labels), F.nll_loss(torch.log_softmax(a, 1), some),
            F.nll_loss(row, labels[0], reduction="none"), *both, *plane, F.mse_loss(a, b), F.mse_loss(a, b, reduction="sum"),
            F.mse_loss(a, b, reduction="none"), F.l1_loss(a, b), F.smooth_l1_loss(a, b, beta=0.5),
            F.smooth_l1_loss(a, b, beta=0.0), F.huber_loss(a, b, delta=0.7), F.binary_cross_entropy(u, share),
            F.binary_cross_entropy(torch.round(u), share, row), F.binary_cross_entropy_with_logits(a, u),
            F.binary_cross_entropy_with_logits(a * 40, u, row, pos_weight=six, reduction="none"),
            F.kl_div(a, share, reduction="sum"), F.kl_div(a, torch.round(u), reduction="none"),
            F.kl_div(a, b, log_target=True), F.cosine_similarity(a, b), F.cosine_similarity(c, c[:, :1] * 0, dim=-1)]


def rarer(a, b, c, d, i, m, h, x2):
    odd = torch.log(a)
    return [torch.frac(a), torch.nan_to_num(odd), torch.nan_to_num(a / (a - a), nan=1.0, posinf=2.0, neginf=-3.0),
            torch.nan_to_num(i), torch.logaddexp(a * 50, b * 50), torch.logaddexp(a / (a - a), a / (a - a)), torch.xlogy(a, b.abs()),
            torch.xlogy(a * 0, b), torch.xlogy(i, 2), torch.xlogy(2, d.abs()), torch.count_nonzero(i),
            torch.count_nonzero(torch.round(c), (0, 2)), torch.count_nonzero(m, 1), a.T, a.mH, a.H, c[0].T,
            torch.channel_shuffle(x2, 2), c.unfold(1, 2, 1), a.unfold(-1, 3, 2), a.unfold(0, 4, 9), torch.frac(h).float(),
            torch.nan_to_num(h / (h - h)).float(), torch._weight_norm(c, c[:, :1, :1], 0), torch._weight_norm(a, a[:1], 1),
            torch._weight_norm(a, a[0, 0], -1)]


def joins(a, i, m, h, d, k):
    """Operands of several types."""
    return [torch.cat([a, i], 1), torch.cat([i, m]), torch.cat([h, i, m], 1), torch.cat([h, a]), torch.cat([a, d]),
            torch.cat([h, h.to(torch.bfloat16)]).float(), torch.cat([i[0], torch.zeros(0)]), torch.stack([a, i]),
            torch.stack([m, i], -1), torch.hstack([k, i[0]]), torch.vstack([a, k]), torch.concat([m, h], 1),
            torch.cat([i.to(torch.uint8), i.to(torch.int8)]), torch.cat([i[:, :2].int(), i[:, 2:]], 1)]


def resampling(x1, x2, x3):
    bilinear, bicubic = ({"mode": mode, "align_corners": False} for mode in ("bilinear", "bicubic"))
    return [F.interpolate(x1, 14), F.interpolate(x1, scale_factor=2.3), F.interpolate(x2, (5, 21)), F.interpolate(x2, 16),
            F.interpolate(x2, scale_factor=(2, 0.6)), F.interpolate(x3, scale_factor=1.5), F.interpolate(x2, scale_factor=1.05),
            F.interpolate(x2, scale_factor=2.05),
            F.interpolate(x1, 5, mode="nearest-exact"), F.interpolate(x2, scale_factor=(1.7, 0.4), mode="nearest-exact"),
            F.interpolate(x3, (3, 9, 2), mode="nearest-exact"), F.interpolate(x1, 13, mode="linear"),
            F.interpolate(x1, 4, mode="linear", align_corners=True), F.interpolate(x2, (12, 5), **bilinear),
            F.interpolate(x2, scale_factor=1.6, **bilinear), F.interpolate(x2, (3, 15), mode="bilinear", align_corners=True),
            F.interpolate(x2, scale_factor=1.6, recompute_scale_factor=True, **bilinear),
            F.interpolate(x2, (1, 1), mode="bilinear", align_corners=True), F.interpolate(x2, (11, 4), **bicubic),
            F.interpolate(x2, scale_factor=0.7, **bicubic), F.interpolate(x2, (9, 3), mode="bicubic", align_corners=True),
            F.interpolate(x3, (6, 3, 7), mode="trilinear"), F.interpolate(x2, (3, 4), antialias=True, **bilinear),
            F.interpolate(x2, (12, 3), antialias=True, **bicubic), F.interpolate(x2.double(), (5, 5), **bilinear),
            F.interpolate((x2 * 50).to(torch.int32).to(torch.uint8), 10)]


def dropping(a, q):
    """Dropout in training: what holds whatever numbers are drawn."""
    d, f, g = F.dropout(a, 0.5), F.dropout2d(q, 0.5), F.alpha_dropout(a, 0.5)
    alpha, scale = -1.7580993408473766, (0.5 * (1 + 0.5 * 1.7580993408473766 ** 2)) ** -0.5
    shift = -0.5 * alpha * scale
    kept, dropped = torch.isclose(g, a * scale + shift), torch.isclose(g, torch.full_like(a, alpha * scale + shift))
    big = torch.ones(1 << 14) + 0 * a.sum()
    share, twice = F.dropout(big, 0.25), F.dropout(big, 0.25) * F.dropout(big, 0.25)
    x = a.clone()
    y = F.dropout(x, 0.5)
    y.add_(100)
    native, mask = torch.native_dropout(a, 0.5, True)
    z = F.dropout(a, 0.5, training=False)
    return [(d == 0) | (d == 2 * a), (f == 0).flatten(2).all(2) | (f == 2 * q).flatten(2).all(2), kept | dropped,
            (share.mean() - 1).abs() < 0.05, (twice.mean() - 1).abs() < 0.1, ((share == 0).sum() > 3500), x,
            torch.where(mask, native - 2 * a, native), z, F.dropout(a, 1.0), F.dropout(a, 0.0),
            F.scaled_dot_product_attention(q, q, torch.ones_like(q), dropout_p=0.4).sum() > 0,
            F.scaled_dot_product_attention(q, q, q, dropout_p=1.0), F.alpha_dropout(a, 1.0)]


def mutated_lists(a, b, row):
    """Views of a list's tensors, of which one changes."""
    changed = row.clone()
    wide, narrow = torch.broadcast_tensors(a, changed)
    changed.add_(1)
    other = a[0].clone()
    across, down = torch.meshgrid(other, b[:, 0], indexing="ij")
    other.mul_(2)
    return [wide + narrow, across - down]


def slopes(z, t):
    """Functions of bent or saturating points, for their gradients: each a tensor of z's shape or a number."""
    labels = torch.tensor([4, -100])
    return [F.softplus(z), F.logsigmoid(z), F.mish(z), F.elu(z, 0.7), F.selu(z), F.celu(z, 1.3), F.hardsigmoid(z),
            F.hardswish(z), F.hardtanh(z, -3, 0.5), F.relu6(z), torch.clamp(z, -3, 0.5), torch.clamp(z, min=0), F.relu(z),
            F.leaky_relu(z, 0.1), torch.asinh(z), torch.log1p(z * z), F.silu(z), F.gelu(z), torch.tanh(z), F.threshold(z, 0, 2),
            torch.xlogy(z, 2), torch.xlogy(torch.where(t > 0, z, 0 * z), t), torch.logaddexp(z, t), F.binary_cross_entropy_with_logits(z, t),
            F.binary_cross_entropy_with_logits(z, t, pos_weight=t + 0.5, reduction="sum"),
            F.binary_cross_entropy(torch.sigmoid(z), t), F.huber_loss(z, t, delta=0.5), F.smooth_l1_loss(z, t, beta=0.5),
            F.l1_loss(z, t), F.mse_loss(z, t), F.kl_div(z, t, reduction="sum"), torch.sqrt(z * z + 1), torch.atan(z),
            F.cross_entropy(z, labels, label_smoothing=0.1), F.cross_entropy(z, t, reduction="sum"),
            F.cosine_similarity(z, t), torch.log_softmax(z, 1), torch.sin(z), torch.erf(z), torch.sigmoid(z)]


FAMILIES = [
    ("unary", "a u i m", unary), ("activations", "a", activations), ("arithmetic", "a b row i j s n h d k m", arithmetic),
    ("comparisons", "a b i j n m", comparisons), ("casts", "a i m h", casts), ("shapes", "a c", shapes),
    ("slices", "a c", slices), ("in_place", "a b i", in_place), ("reductions", "a c i m", reductions),
    ("products", "a b c row bias6", products), ("attention", "q v mask55", attention),
    ("normalization", "a c x2 row six bias6", normalization), ("convolutions", "x1 x2 x3 w1 w2 w3 t2 bias6", convolutions),
    ("pooling", "x1 x2", pooling), ("lookups", "a c table index where picked i", lookups),
    ("updates", "a c i m picked where row", updates), ("orders", "a c", orders), ("joins", "a i m h d k", joins),
    ("losses", "a b c u h row six", losses), ("rarer", "a b c d i m h x2", rarer),
    ("mutated_lists", "a b row", mutated_lists),
    ("resampling", "x1 x2 x3", resampling), ("dropping", "a q", dropping),
]

#: the function whose gradient is recorded, its points and targets: zeros, bounds, saturated and ordinary ones
SLOPES = (slopes, torch.tensor([[0.0, 0.5, -3.0, 3.0, 30.0, -30.0, 1e-6, 6.0], [-0.7, 0.0, 1.0, -90.0, 90.0, 2.0, -1e-6, -1.0]]),
          torch.tensor([[0.0, 0.5, 1.0, 0.25, 1.0, 0.0, 0.5, 0.1], [1.0, 1.0, 0.0, 0.0, 1.0, 0.3, 0.0, 0.6]]))
