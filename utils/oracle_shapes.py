"""Functions of placement cases that move, join and contract tensors, as ops of the dialect (see oracle_ops.py)."""

import math

from oracle_ops import HANDLERS, handles, integers_attribute
from oracle_program import CannotTranslate, Value, broadcast_shapes, normalize


# Views

def view(translation, x, shape):
    return translation.build.op("view", [x], [(shape, x.dtype)])


@handles("view", "reshape", "_unsafe_view", "view_as", "reshape_as")
def view_as(translation, arguments):
    x = arguments.value(0, "input")
    other = arguments.get(1)
    shape = list(other.shape if isinstance(other, Value) else arguments.integers(1, "shape", "size"))
    if -1 in shape:
        known = -math.prod(shape)
        shape[shape.index(-1)] = math.prod(x.shape) // max(known, 1)
    if math.prod(shape) != math.prod(x.shape):
        raise CannotTranslate(f"a view of {x.shape} as {tuple(shape)}")
    return view(translation, x, shape)


@handles("flatten")
def flatten(translation, arguments):
    x = arguments.value(0, "input")
    first = normalize(arguments.get(1, "start_dim", default=0), len(x.shape))
    last = normalize(arguments.get(2, "end_dim", default=-1), len(x.shape))
    return view(translation, x, x.shape[:first] + (math.prod(x.shape[first:last + 1]),) + x.shape[last + 1:])


@handles("unflatten")
def unflatten(translation, arguments):
    x, sizes = arguments.value(0, "input"), list(arguments.integers(2, "sizes"))
    dim = normalize(arguments.get(1, "dim"), len(x.shape))
    if -1 in sizes:
        sizes[sizes.index(-1)] = x.shape[dim] // max(-math.prod(sizes), 1)
    return view(translation, x, x.shape[:dim] + tuple(sizes) + x.shape[dim + 1:])


def insert_one(translation, x, dim):
    """A new dimension of size 1 stands in front first: that says which of several such dimensions is new."""
    x = translation.build.op("broadcast", [x], [((1,) + x.shape, x.dtype)])
    return x if dim == 0 else transpose_by(translation, x, [*range(1, dim + 1), 0, *range(dim + 1, len(x.shape))])


@handles("unsqueeze")
def unsqueeze(translation, arguments):
    x = arguments.value(0, "input")
    return insert_one(translation, x, normalize(arguments.get(1, "dim"), len(x.shape) + 1))


@handles("squeeze")
def squeeze(translation, arguments):
    x, dims = arguments.value(0, "input"), arguments.integers(1, "dim")
    dims = range(len(x.shape)) if dims is None else [normalize(dim, len(x.shape)) for dim in dims]
    return view(translation, x, [extent for i, extent in enumerate(x.shape) if i not in dims or extent != 1])


def transpose_by(translation, x, permutation):
    return translation.build.op("transpose", [x], [([x.shape[dim] for dim in permutation], x.dtype)],
                                integers_attribute("permutation", permutation))


@handles("transpose", "swapaxes", "t", "mT")
def transpose(translation, arguments):
    x = arguments.value(0, "input")
    rank = len(x.shape)
    if rank < 2:
        return x
    permutation = list(range(rank))
    a, b = (normalize(arguments.get(i, f"dim{i - 1}", default=i - 3), rank) for i in (1, 2))
    permutation[a], permutation[b] = b, a
    return transpose_by(translation, x, permutation)


@handles("permute")
def permute(translation, arguments):
    x = arguments.value(0, "input")
    return transpose_by(translation, x, [normalize(dim, len(x.shape)) for dim in arguments.integers(1, "dims")])


@handles("movedim", "moveaxis")
def move_dim(translation, arguments):
    x = arguments.value(0, "input")
    source, target = (normalize(arguments.get(i), len(x.shape)) for i in (1, 2))
    permutation = [dim for dim in range(len(x.shape)) if dim != source]
    permutation.insert(target, source)
    return transpose_by(translation, x, permutation)


@handles("expand", "broadcast_to", "expand_as")
def expand(translation, arguments):
    x, other = arguments.value(0, "input"), arguments.get(1)
    shape = list(other.shape if isinstance(other, Value) else arguments.integers(1, "size"))
    for i in range(1, len(x.shape) + 1):
        if shape[-i] == -1:
            shape[-i] = x.shape[-i]
    return translation.build.op("broadcast", [x], [(shape, x.dtype)])


@handles("repeat", "tile")
def repeat(translation, arguments):
    """Each repeated dimension gets one before it, which is broadcast and merged into it."""
    x, times = arguments.value(0, "input"), arguments.integers(1, "repeats", "dims")
    shape = (1,) * (len(times) - len(x.shape)) + x.shape
    times = (1,) * (len(shape) - len(times)) + times
    if shape != x.shape:
        x = view(translation, x, shape)
    for dim, count in enumerate(times):
        if count != 1:
            before, extent, after = x.shape[:dim], x.shape[dim], x.shape[dim + 1:]
            x = view(translation, x, before + (1, extent) + after)
            x = translation.build.op("broadcast", [x], [(before + (count, extent) + after, x.dtype)])
            x = translation.build.op("reshape", [x], [(before + (count * extent,) + after, x.dtype)])
    return x


# Parts and joins

def slice_dim(translation, x, dim, start, size, step=1):
    shape = x.shape[:dim] + (size,) + x.shape[dim + 1:]
    return translation.build.op("slice", [x], [(shape, x.dtype)],
                                ", ".join(integers_attribute(name, [number]) for name, number in
                                          (("axes", dim), ("starts", start), ("sizes", size), ("steps", step))))


def select_dim(translation, x, dim, index):
    if not -x.shape[dim] <= index < x.shape[dim]:
        raise CannotTranslate(f"element {index} of dimension {dim} of {x.shape}")
    part = slice_dim(translation, x, dim, index % x.shape[dim], 1)
    return translation.build.op("unbind", [part], [(x.shape[:dim] + x.shape[dim + 1:], x.dtype)], f"axis = {dim} : i64")


@handles("select")
def select(translation, arguments):
    x = arguments.value(0, "input")
    return select_dim(translation, x, normalize(arguments.get(1, "dim"), len(x.shape)), arguments.get(2, "index"))


@handles("narrow")
def narrow(translation, arguments):
    x = arguments.value(0, "input")
    dim = normalize(arguments.get(1, "dim"), len(x.shape))
    start, length = arguments.get(2, "start"), arguments.get(3, "length")
    return x if length == x.shape[dim] else slice_dim(translation, x, dim, start, length)


def index_tensor(translation, x, entries):
    """`x[i]`, `x[a:b]`, `x[..., None]`; tensors as indices in one place only."""
    used = sum(entry is not None and entry is not Ellipsis for entry in entries)
    if Ellipsis in entries:
        at = entries.index(Ellipsis)
        entries = entries[:at] + [slice(None)] * (len(x.shape) - used) + entries[at + 1:]
    dim = 0
    for entry in entries:
        if entry is None:
            x = insert_one(translation, x, dim)
            dim += 1
        elif isinstance(entry, slice):
            begin, end, step = entry.indices(x.shape[dim])
            size = len(range(begin, end, step))
            if size != x.shape[dim] or step != 1:
                x = slice_dim(translation, x, dim, begin, size, step)
            dim += 1
        elif isinstance(entry, int):
            x = select_dim(translation, x, dim, entry)
        elif isinstance(entry, Value) and entry.dtype in ("i32", "i64"):
            x = gather(translation, x, entry, dim)
            dim += len(entry.shape)
        else:
            raise CannotTranslate(f"an index by {entry}")
    return x


HANDLERS["index"] = index_tensor


def split_into(translation, x, dim, sizes):
    results = [(x.shape[:dim] + (size,) + x.shape[dim + 1:], x.dtype) for size in sizes]
    parts = translation.build.op("split", [x], results, f"axis = {dim} : i64, {integers_attribute('sizes', sizes)}")
    return parts if isinstance(parts, list) else [parts]


@handles("split", "chunk", "tensor_split")
def split(translation, arguments):
    x, how = arguments.value(0, "input"), arguments.get(1, "split_size_or_sections", "chunks", "split_size")
    dim = normalize(arguments.get(2, "dim", default=0), len(x.shape))
    extent = x.shape[dim]
    if arguments.name == "tensor_split":
        raise CannotTranslate("'tensor_split' has no op")
    if not isinstance(how, int):
        return split_into(translation, x, dim, how)
    size = -(-extent // how) if arguments.name == "chunk" else how
    return split_into(translation, x, dim, [min(size, extent - begin) for begin in range(0, extent, size)])


@handles("unbind")
def unbind(translation, arguments):
    x = arguments.value(0, "input")
    dim = normalize(arguments.get(1, "dim", default=0), len(x.shape))
    shape = x.shape[:dim] + x.shape[dim + 1:]
    parts = translation.build.op("unbind", [x], [(shape, x.dtype)] * x.shape[dim], f"axis = {dim} : i64")
    return parts if isinstance(parts, list) else [parts]


@handles("cat", "concat", "concatenate")
def concat(translation, arguments):
    parts = arguments.get(0, "tensors")
    dim = normalize(arguments.get(1, "dim", default=0), len(parts[0].shape))
    shape = list(parts[0].shape)
    shape[dim] = sum(part.shape[dim] for part in parts)
    return translation.build.op("concat", parts, [(shape, parts[0].dtype)], f"axis = {dim} : i64")


@handles("stack")
def stack(translation, arguments):
    parts = arguments.get(0, "tensors")
    dim = normalize(arguments.get(1, "dim", default=0), len(parts[0].shape) + 1)
    shape = parts[0].shape[:dim] + (len(parts),) + parts[0].shape[dim:]
    return translation.build.op("stack", parts, [(shape, parts[0].dtype)], f"axis = {dim} : i64")


@handles("pad", "constant_pad_nd")
def pad(translation, arguments):
    x, widths = arguments.value(0, "input"), arguments.integers(1, "pad")
    mode, value = arguments.get(2, "mode"), arguments.get(3, "value", default=0)
    if isinstance(mode, (int, float)):
        mode, value = "constant", mode
    if mode not in (None, "constant"):
        raise CannotTranslate(f"padding mode '{mode}'")
    axes = [len(x.shape) - 1 - i for i in range(len(widths) // 2)]
    shape = list(x.shape)
    for axis, low, high in zip(axes, widths[::2], widths[1::2]):
        shape[axis] += low + high
    lists = zip(("axes", "low", "high"), (axes, widths[::2], widths[1::2]))
    return translation.build.op("pad", [x], [(shape, x.dtype)],
                                ", ".join(integers_attribute(name, list(values)) for name, values in lists)
                                + f", value = {float(value or 0)!r} : f64")


# Contractions and lookups

@handles("matmul", "mm", "bmm", "mv", "dot")
def matmul(translation, arguments):
    x, y = arguments.value(0, "input"), arguments.value(1, "other", "mat2")
    lhs, rhs = x, y
    if len(x.shape) == 1:
        lhs = view(translation, x, (1,) + x.shape)
    if len(y.shape) == 1:
        rhs = view(translation, y, y.shape + (1,))
    batch = broadcast_shapes(lhs.shape[:-2], rhs.shape[:-2]) if len(lhs.shape) > 2 or len(rhs.shape) > 2 else ()
    shape = tuple(batch) + (lhs.shape[-2], rhs.shape[-1])
    result = translation.build.op("matmul", [lhs, rhs], [(shape, x.dtype)])
    if len(x.shape) == 1 or len(y.shape) == 1:
        kept = batch + (() if len(x.shape) == 1 else shape[-2:-1]) + (() if len(y.shape) == 1 else shape[-1:])
        result = view(translation, result, kept)
    return result


@handles("addmm")
def addmm(translation, arguments):
    bias, x, y = (arguments.value(i, name) for i, name in enumerate(("input", "mat1", "mat2")))
    if arguments.get(99, "alpha", default=1) != 1 or arguments.get(99, "beta", default=1) != 1:
        raise CannotTranslate("'addmm' with factors")
    if len(bias.shape) != 1:
        raise CannotTranslate(f"'addmm' with a bias of rank {len(bias.shape)}")
    return translation.build.op("linear", [x, y, bias], [((x.shape[0], y.shape[1]), x.dtype)], "weightInOut")


@handles("linear")
def linear(translation, arguments):
    x, weight, bias = arguments.value(0, "input"), arguments.value(1, "weight"), arguments.get(2, "bias")
    operands = [x, weight] + ([] if bias is None else [bias])
    return translation.build.op("linear", operands, [(x.shape[:-1] + weight.shape[:1], x.dtype)])


@handles("conv1d", "conv2d", "conv3d")
def convolution(translation, arguments):
    x, weight, bias = arguments.value(0, "input"), arguments.value(1, "weight"), arguments.get(2, "bias")
    rank = int(arguments.name[4])

    def per_dimension(index, name, default):
        found = arguments.get(index, name, default=default)
        return [found] * rank if isinstance(found, int) else list(found)

    strides, pads = per_dimension(3, "stride", 1), per_dimension(4, "padding", 0)
    dilations, groups = per_dimension(5, "dilation", 1), arguments.get(6, "groups", default=1)
    spatial = [(extent + 2 * pad - dilation * (kernel - 1) - 1) // stride + 1 for extent, kernel, stride, pad, dilation
               in zip(x.shape[2:], weight.shape[2:], strides, pads, dilations)]
    lists = zip(("strides", "dilations", "padsBegin", "padsEnd"), (strides, dilations, pads, pads))
    attributes = ", ".join(integers_attribute(name, values) for name, values in lists) + f", groups = {groups} : i64"
    return translation.build.op("convolution", [x, weight] + ([] if bias is None else [bias]),
                                [((x.shape[0], weight.shape[0], *spatial), x.dtype)], attributes)


@handles("embedding")
def embedding(translation, arguments):
    first, second = arguments.value(0, "input"), arguments.value(1, "weight")
    arguments.get(99, "padding_idx")  # matters to gradients only
    weight, indices = (second, first) if first.dtype.startswith("i") else (first, second)
    if arguments.get(99, "max_norm") is not None:
        weight = translation.build.op("embedding_renorm", [weight, indices], [(weight.shape, weight.dtype)],
                                      f"maxNorm = {float(arguments.get(99, 'max_norm'))!r} : f64")
    return translation.build.op("embedding", [weight, indices], [(indices.shape + weight.shape[1:], weight.dtype)])


def gather(translation, x, indices, dim):
    shape = x.shape[:dim] + indices.shape + x.shape[dim + 1:]
    return translation.build.op("gather", [x, indices], [(shape, x.dtype)], f"axis = {dim} : i64")


@handles("index_select")
def index_select(translation, arguments):
    x, dim = arguments.value(0, "input"), arguments.get(1, "dim")
    return gather(translation, x, arguments.value(2, "index"), normalize(dim, len(x.shape)))


@handles("gather")
def gather_elements(translation, arguments):
    x, indices = arguments.value(0, "input"), arguments.value(2, "index")
    dim = normalize(arguments.get(1, "dim"), len(x.shape))
    return translation.build.op("gather_elements", [x, indices], [(indices.shape, x.dtype)], f"axis = {dim} : i64")
