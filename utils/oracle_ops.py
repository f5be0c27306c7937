"""What each function of a placement case's expression is in ops of the dialect.

`HANDLERS` maps the name of a torch function to a handler `(translation, arguments) -> value`. Tables say what is
regular: elementwise functions, comparisons, reductions. `in_place` among the keywords means that the result is stored
into the first operand.
"""

import math

from oracle_program import DTYPES, CannotTranslate, Value, Word, broadcast_shapes, is_float, normalize

HANDLERS = {}


def handles(*names):
    def register(function):
        HANDLERS.update(dict.fromkeys(names, function))
        return function
    return register


def integers_attribute(name, values):
    return f"{name} = array<i64{': ' if values else ''}{', '.join(map(str, values))}>"


# Elementwise

UNARY = {name: name for name in "abs neg exp log sqrt rsqrt reciprocal erf sin cos tanh sigmoid silu relu floor ceil "
         "round sign atan".split()}
UNARY.update({"negative": "neg", "absolute": "abs", "arctan": "atan"})
BINARY = {"add": "add", "sub": "sub", "subtract": "sub", "mul": "mul", "multiply": "mul", "div": "div", "divide": "div",
          "true_divide": "div", "maximum": "maximum", "minimum": "minimum", "remainder": "mod", "pow": "pow"}
COMPARE = {"lt": "less", "less": "less", "gt": "greater", "greater": "greater", "le": "less_equal",
           "less_equal": "less_equal", "ge": "greater_equal", "greater_equal": "greater_equal", "eq": "equal",
           "ne": "not_equal", "not_equal": "not_equal"}
LOGICAL = {"logical_and": "and", "bitwise_and": "and", "logical_or": "or", "bitwise_or": "or", "logical_xor": "xor",
           "bitwise_xor": "xor"}


def place_as_out(translation, operand, arguments):
    """With `out=`, an operand is first placed as the output tensor is."""
    out = arguments.get(99, "out")
    if out is None or not operand.shape:
        return operand
    return translation.build.op("place_like", [operand, out], [(operand.shape, operand.dtype)])


def elementwise(translation, mnemonic, operands, arguments, attributes="", result=None):
    operands = [place_as_out(translation, operand, arguments) for operand in operands]
    shape = broadcast_shapes(*[operand.shape for operand in operands])
    return translation.build.op(mnemonic, operands, [(shape, result or operands[0].dtype)], attributes,
                                in_place=arguments.get(99, "in_place", default=False))


def as_value(translation, number, like):
    return number if isinstance(number, Value) else translation.build.constant((), like.dtype, number)


def both(translation, arguments):
    """Two operands of which one may be a number."""
    lhs, rhs = arguments.get(0, "input"), arguments.get(1, "other", "exponent")
    like = lhs if isinstance(lhs, Value) else rhs
    if not isinstance(like, Value) or rhs is None:
        raise CannotTranslate(f"'{arguments.name}' of {lhs} and {rhs}")
    return as_value(translation, lhs, like), as_value(translation, rhs, like)


def unary(translation, arguments):
    return elementwise(translation, UNARY[arguments.name.rstrip("_")], [arguments.value(0, "input")], arguments)


def binary(translation, arguments):
    name = arguments.name.rstrip("_")
    lhs, rhs = both(translation, arguments)
    if arguments.get(99, "rounding_mode"):
        raise CannotTranslate("'rounding_mode'")
    alpha = arguments.get(99, "alpha", default=1)
    if alpha != 1:
        rhs = elementwise(translation, "mul", [rhs, as_value(translation, alpha, rhs)], type(arguments)("mul", [], {}))
    # A number stands behind the tensor, as the reference dispatches it.
    if name in ("add", "mul") and not isinstance(arguments.get(0, "input"), Value):
        lhs, rhs = rhs, lhs
    return elementwise(translation, BINARY[name], [lhs, rhs], arguments)


def compare(translation, arguments):
    lhs, rhs = both(translation, arguments)
    return elementwise(translation, COMPARE[arguments.name.rstrip("_")], [lhs, rhs], arguments, result="i1")


def logical(translation, arguments):
    lhs, rhs = both(translation, arguments)
    return elementwise(translation, LOGICAL[arguments.name.rstrip("_")], [lhs, rhs], arguments)


for table, handler in ((UNARY, unary), (BINARY, binary), (COMPARE, compare), (LOGICAL, logical)):
    HANDLERS.update(dict.fromkeys(table, handler))


@handles("rsub")
def rsub(translation, arguments):
    lhs, rhs = both(translation, arguments)
    return elementwise(translation, "sub", [rhs, lhs], arguments)


@handles("fmod")
def fmod(translation, arguments):
    return elementwise(translation, "mod", both(translation, arguments), arguments, "truncate")


def compose(translation, arguments, steps):
    """Ops one after the other; a step is (mnemonic, number before or None, number behind or None)."""
    x = arguments.value(0, "input")
    for mnemonic, before, behind in steps:
        operands = [as_value(translation, entry, x) for entry in (before, x, behind) if entry is not None]
        x = elementwise(translation, mnemonic, operands, arguments)
    return x


COMPOSED = {"exp2": [("pow", 2.0, None)], "expm1": [("exp", None, None), ("sub", None, 1.0)],
            "log1p": [("add", None, 1.0), ("log", None, None)], "erfc": [("erf", None, None), ("sub", 1.0, None)],
            "log2": [("log", None, None), ("mul", None, 1 / math.log(2))],
            "log10": [("log", None, None), ("mul", None, 1 / math.log(10))]}


@handles(*COMPOSED)
def composed(translation, arguments):
    return compose(translation, arguments, COMPOSED[arguments.name.rstrip("_")])


@handles("square")
def square(translation, arguments):
    x = arguments.value(0, "input")
    return elementwise(translation, "pow", [x, as_value(translation, 2.0, x)], arguments)


@handles("gelu")
def gelu(translation, arguments):
    tanh = "tanh" if arguments.get(1, "approximate") == "tanh" else ""
    return elementwise(translation, "gelu", [arguments.value(0, "input")], arguments, tanh)


@handles("logical_not", "bitwise_not")
def logical_not(translation, arguments):
    return elementwise(translation, "not", [arguments.value(0, "input")], arguments)


@handles("isnan")
def isnan(translation, arguments):
    return elementwise(translation, "is_nan", [arguments.value(0, "input")], arguments, result="i1")


@handles("clamp", "clip", "clamp_min", "clamp_max", "relu6", "hardtanh")
def clamp(translation, arguments):
    x = arguments.value(0, "input")
    name = arguments.name.rstrip("_")
    if name in ("relu6", "hardtanh"):
        raise CannotTranslate(f"'{name}' has no op")
    low = None if name == "clamp_max" else arguments.get(1, "min")
    high = arguments.get(1, "max") if name == "clamp_max" else None if name == "clamp_min" else arguments.get(2, "max")
    for mnemonic, bound in (("maximum", low), ("minimum", high)):
        if bound is not None:
            x = elementwise(translation, mnemonic, [x, as_value(translation, bound, x)], arguments)
    return x


@handles("where")
def where(translation, arguments):
    condition, lhs, rhs = (arguments.get(i) for i in range(3))
    like = lhs if isinstance(lhs, Value) else rhs
    operands = [condition, as_value(translation, lhs, like), as_value(translation, rhs, like)]
    return elementwise(translation, "select", operands, arguments, result=operands[1].dtype)


@handles("masked_fill")
def masked_fill(translation, arguments):
    x, mask, number = arguments.value(0, "input"), arguments.value(1, "mask"), arguments.get(2, "value")
    if isinstance(number, Value):
        raise CannotTranslate("'masked_fill' with a tensor")
    return elementwise(translation, "masked_fill", [x, mask], arguments, f"value = {float(number)!r} : f64")


@handles("cast", "to", "type_as", "type")
def cast(translation, arguments):
    x, to = arguments.value(0, "input"), arguments.get(1, "dtype", "other")
    dtype = to.dtype if isinstance(to, Value) else DTYPES.get(str(to))
    if not dtype:
        raise CannotTranslate(f"element type '{to}'")
    return translation.build.op("cast", [x], [(x.shape, dtype)])


@handles("float", "double", "half", "bfloat16", "long", "int", "bool")
def cast_to_named(translation, arguments):
    x = arguments.value(0, "input")
    return translation.build.op("cast", [x], [(x.shape, DTYPES[arguments.name])])


@handles("clone", "contiguous", "detach", "empty_like")
def identity(translation, arguments):
    x = arguments.value(0, "input")
    return translation.build.op("cast", [x], [(x.shape, x.dtype)])


@handles("ones_like", "zeros_like", "full_like", "new_zeros", "new_ones", "new_full")
def filled(translation, arguments):
    x, name = arguments.value(0, "input"), arguments.name
    shape = arguments.integers(1, "size") if name.startswith("new_") else x.shape
    number = arguments.get(2 if name == "new_full" else 1, "fill_value") if "full" in name else int("ones" in name)
    if tuple(shape) != x.shape:
        return translation.build.constant(shape, x.dtype, number)
    return translation.build.op("fill_like", [x], [(x.shape, x.dtype)], f"value = {float(number)!r} : f64")


@handles("copy", "fill", "zero")
def overwrite(translation, arguments):
    """`x.copy_(y)`: the other value, placed as `x` is, which must stay as it is placed."""
    if not arguments.get(99, "in_place"):
        raise CannotTranslate(f"'{arguments.name}' out of place")
    x, other = arguments.value(0, "input"), arguments.get(1, "src", "value", default=0)
    if not isinstance(other, Value):
        return translation.build.op("fill_like", [x], [(x.shape, x.dtype)], f"value = {float(other)!r} : f64, inPlace")
    other = as_value(translation, other, x)
    if other.shape != x.shape:
        other = translation.build.op("broadcast", [other], [(x.shape, x.dtype)])
    return translation.build.op("place_like", [other, x], [(x.shape, x.dtype)], "inPlace")


# Reductions

REDUCE = {"sum": "reduce_sum", "mean": "reduce_mean", "max": "reduce_max", "amax": "reduce_max", "min": "reduce_min",
          "amin": "reduce_min", "prod": "reduce_prod", "logsumexp": "reduce_log_sum_exp", "var": "reduce_var",
          "std": "reduce_std", "any": "reduce_sum", "all": "reduce_prod"}


def reduced(x, arguments, index=1):
    dims = arguments.get(index, "dim", "axis")
    dims = range(len(x.shape)) if dims is None else [dims] if isinstance(dims, int) else dims
    dims = sorted({normalize(dim, len(x.shape)) for dim in dims})
    keep = bool(arguments.get(index + 1, "keepdim", default=False))
    shape = [1 if i in dims else extent for i, extent in enumerate(x.shape) if keep or i not in dims]
    return dims, keep, shape


class Extremes(list):
    """Values and positions along a dimension; only what is asked for becomes an op."""

    def __init__(self, translation, x, what):
        super().__init__((None, None))
        self.translation, self.x, self.what = translation, x, what

    def __getitem__(self, index):
        name, dim, keep, shape = self.what
        dims = f"axis = {dim} : i64" if index else integers_attribute("dims", [dim])
        return self.translation.build.op(f"arg_{name}" if index else f"reduce_{name}", [self.x],
                                         [(shape, "i64" if index else self.x.dtype)], dims + (", keepDims" if keep else ""))


@handles(*REDUCE)
def reduce(translation, arguments):
    x, name = arguments.value(0, "input"), arguments.name
    if isinstance(arguments.get(1, "other"), Value) and name in ("max", "min"):
        return elementwise(translation, name + "imum", both(translation, arguments), arguments)
    dims, keep, shape = reduced(x, arguments)
    if name in ("any", "all") and x.dtype != "i1":
        x = elementwise(translation, "not_equal", [x, as_value(translation, 0, x)], arguments, result="i1")
    attributes = integers_attribute("dims", dims) + (", keepDims" if keep else "")
    if name in ("max", "min") and arguments.get(1, "dim") is not None:
        return Extremes(translation, x, (name, dims[0], keep, shape))
    if name in ("var", "std"):
        correction = arguments.get(99, "correction", default=int(arguments.get(99, "unbiased", default=True)))
        attributes += f", correction = {correction} : i64"
    return translation.build.op(REDUCE[name], [x], [(shape, x.dtype)], attributes)


@handles("norm", "vector_norm")
def norm(translation, arguments):
    x, order = arguments.value(0, "input"), arguments.get(1, "p", "ord", default=2)
    if order not in (1, 2):
        raise CannotTranslate(f"a norm of order {order}")
    dims, keep, shape = reduced(x, arguments, 2)
    return translation.build.op(f"reduce_l{int(order)}", [x], [(shape, x.dtype)],
                                integers_attribute("dims", dims) + (", keepDims" if keep else ""))


@handles("argmax", "argmin")
def arg_reduce(translation, arguments):
    x, dim = arguments.value(0, "input"), arguments.get(1, "dim")
    if dim is None:
        x = translation.build.op("reshape", [x], [((math.prod(x.shape),), x.dtype)])
        dim = 0
    dim, keep = normalize(dim, len(x.shape)), bool(arguments.get(2, "keepdim", default=False))
    shape = [1 if i == dim else extent for i, extent in enumerate(x.shape) if keep or i != dim]
    return translation.build.op("arg_" + arguments.name[3:], [x], [(shape, "i64")],
                                f"axis = {dim} : i64" + (", keepDims" if keep else ""))


# One dimension whole

@handles("softmax", "log_softmax", "cumsum", "cumprod")
def along_axis(translation, arguments):
    x = arguments.value(0, "input")
    mnemonic = {"cumsum": "cum_sum", "cumprod": "cum_prod"}.get(arguments.name, arguments.name)
    return translation.build.op(mnemonic, [x], [(x.shape, x.dtype)],
                                f"axis = {normalize(arguments.get(1, 'dim'), len(x.shape))} : i64")


@handles("layer_norm", "rms_norm")
def normalization(translation, arguments):
    x, inner = arguments.value(0, "input"), arguments.integers(1, "normalized_shape")
    name, operands = arguments.name, [x]
    weight, bias = arguments.get(2, "weight"), arguments.get(3, "bias") if arguments.name == "layer_norm" else None
    operands.append(weight or translation.build.constant(inner, x.dtype, 1))
    if name == "layer_norm" and bias is not None:
        operands.append(bias)
    epsilon = arguments.get(4 if name == "layer_norm" else 3, "eps", default=1e-5)
    return translation.build.op(name, operands, [(x.shape, x.dtype)],
                                f"axis = {len(x.shape) - len(inner)} : i64, epsilon = {float(epsilon):.17f} : f64")


@handles("tril", "triu")
def triangle(translation, arguments):
    x, diagonal = arguments.value(0, "input"), arguments.get(1, "diagonal", default=0)
    upper = ", upper" if arguments.name.startswith("triu") else ""
    return translation.build.op("triangle", [x], [(x.shape, x.dtype)], f"diagonal = {diagonal} : i64{upper}")


@handles("topk")
def top_k(translation, arguments):
    x, k = arguments.value(0, "input"), arguments.get(1, "k")
    axis = normalize(arguments.get(2, "dim", default=-1), len(x.shape))
    smallest = "" if arguments.get(3, "largest", default=True) else ", smallest"
    shape = x.shape[:axis] + (k,) + x.shape[axis + 1:]
    return translation.build.op("top_k", [x], [(shape, x.dtype), (shape, "i64")],
                                f"axis = {axis} : i64, k = {k} : i64{smallest}")


@handles("sort", "argsort", "msort")
def sort(translation, arguments):
    x = arguments.value(0, "input")
    axis = normalize(0 if arguments.name == "msort" else arguments.get(1, "dim", default=-1), len(x.shape))
    descending = ", descending" if arguments.get(2, "descending", default=False) else ""
    both_results = translation.build.op("sort", [x], [(x.shape, x.dtype), (x.shape, "i64")],
                                        f"axis = {axis} : i64{descending}")
    return {"sort": both_results, "argsort": both_results[1], "msort": both_results[0]}[arguments.name]


@handles("dropout")
def dropout(translation, arguments):
    x, ratio, train = arguments.value(0, "input"), arguments.get(1, "p", default=0.5), arguments.get(2, "training")
    if train in (False, Word("eval")):
        return x
    return translation.build.op("dropout", [x], [(x.shape, x.dtype), (x.shape, "i1")],
                                f"ratio = {float(ratio)!r} : f64, seed = 7 : i64")[0]
