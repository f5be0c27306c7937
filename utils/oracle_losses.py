"""Functions of placement cases that are several ops: angles, interpolations, losses, updates (see oracle_ops.py)."""

import math

from oracle_ops import as_value, elementwise, handles, integers_attribute
from oracle_program import CannotTranslate, Value, normalize
from oracle_shapes import slice_dim


class Composition:
    """Elementwise ops, written as calls: `c.op("mul", x, 2.0)`. An operand that is read several times is completed
    first, once, as the one op of the reference does."""

    def __init__(self, translation, arguments):
        self.translation, self.arguments = translation, arguments

    def op(self, mnemonic, *operands, result=None):
        like = next(operand for operand in operands if isinstance(operand, Value))
        values = [as_value(self.translation, operand, like) for operand in operands]
        return elementwise(self.translation, mnemonic, values, type(self.arguments)(mnemonic, [], {}), result=result)

    def complete(self, x):
        return self.op("maximum", x, -60000.0)


def exponentials(c, x):
    return c.op("exp", x), c.op("exp", c.op("neg", x))


FUNCTIONS = {
    "tan": lambda c, x: c.op("div", c.op("sin", x), c.op("cos", x)),
    "sinh": lambda c, x: c.op("mul", c.op("sub", *exponentials(c, x)), 0.5),
    "cosh": lambda c, x: c.op("mul", c.op("add", *exponentials(c, x)), 0.5),
    "asinh": lambda c, x: c.op("log", c.op("add", x, c.op("sqrt", c.op("add", c.op("mul", x, x), 1.0)))),
    "acosh": lambda c, x: c.op("log", c.op("add", x, c.op("sqrt", c.op("sub", c.op("mul", x, x), 1.0)))),
    "atanh": lambda c, x: c.op("mul", c.op("log", c.op("div", c.op("add", x, 1.0), c.op("sub", 1.0, x))), 0.5),
    "asin": lambda c, x: c.op("atan", c.op("div", x, c.op("sqrt", c.op("sub", 1.0, c.op("mul", x, x))))),
    "acos": lambda c, x: c.op("sub", math.pi / 2, FUNCTIONS["asin"](c, x)),
    "trunc": lambda c, x: c.op("mul", c.op("sign", x), c.op("floor", c.op("abs", x))),
    "frac": lambda c, x: c.op("sub", x, FUNCTIONS["trunc"](c, x)),
    "isinf": lambda c, x: c.op("equal", c.op("abs", x), math.inf, result="i1"),
    "isfinite": lambda c, x: c.op("less", c.op("abs", x), math.inf, result="i1"),
    "logit": lambda c, x: c.op("log", c.op("div", x, c.op("sub", 1.0, x))),
}


@handles(*FUNCTIONS)
def function(translation, arguments):
    c = Composition(translation, arguments)
    if arguments.get(99, "in_place", default=False) or arguments.get(99, "out") is not None:
        raise CannotTranslate(f"'{arguments.name}' in place")
    return FUNCTIONS[arguments.name](c, c.complete(arguments.value(0, "input")))


# Losses

def class_dim(x):
    return 1 if len(x.shape) > 1 else 0


def pick(translation, scores, labels, reduction):
    """The negative element of each row that its label names, reduced."""
    build, dim = translation.build, class_dim(scores)
    rows = labels.shape[:dim] + (1,) + labels.shape[dim:]
    # The labels are placed as the scores are, whatever they were.
    places = build.op("reshape", [labels], [(rows, labels.dtype)])
    places = build.op("place_like", [places, scores], [(rows, labels.dtype)])
    picked = build.op("gather_elements", [scores, places], [(rows, scores.dtype)], f"axis = {dim} : i64")
    loss = build.op("neg", [build.op("reshape", [picked], [(labels.shape, scores.dtype)])], [(labels.shape, scores.dtype)])
    if reduction == "none":
        return loss
    return build.op("reduce_sum" if reduction == "sum" else "reduce_mean", [loss], [((), scores.dtype)],
                    integers_attribute("dims", range(len(labels.shape))))


@handles("nll_loss", "cross_entropy")
def loss(translation, arguments):
    scores, labels = arguments.value(0, "input"), arguments.value(1, "target")
    reduction = arguments.get(99, "reduction", default="mean")
    if arguments.get(2, "weight") is not None or labels.dtype not in ("i32", "i64"):
        raise CannotTranslate(f"'{arguments.name}' with weights or probabilities")
    if arguments.name == "nll_loss":
        # Complete, and not split over the classes: a slice of all of them says so.
        scores = slice_dim(translation, elementwise(translation, "maximum", [scores, as_value(translation, -6e4, scores)],
                                                    arguments), class_dim(scores), 0, scores.shape[class_dim(scores)])
    else:
        scores = translation.build.op("log_softmax", [scores], [(scores.shape, scores.dtype)],
                                      f"axis = {class_dim(scores)} : i64")
    return pick(translation, scores, labels, reduction)


# Updates

@handles("scatter", "scatter_add")
def scatter(translation, arguments):
    x, index, source = arguments.value(0, "input"), arguments.value(2, "index"), arguments.get(3, "src", "value")
    dim = normalize(arguments.get(1, "dim"), len(x.shape))
    if not isinstance(source, Value) or source.shape != index.shape or arguments.get(99, "reduce") is not None:
        raise CannotTranslate(f"'{arguments.name}' of a number, of more updates than places, or with 'reduce'")
    combine = ", combine = 0 : i64" if arguments.name == "scatter_add" else ""
    return translation.build.op("scatter_elements", [x, index, source], [(x.shape, x.dtype)],
                                f"axis = {dim} : i64{combine}")
