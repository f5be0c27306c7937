"""Placement cases as dtc programs: one function for each expression.

A case is an expression in torch's words over placed operands, for example `softmax(x + y, -1)`. It is parsed as
Python, walked, and each call becomes the ops of the dialect that mean the same:

1. `translate` makes a module with the case's mesh and links, and one function with the operands as arguments.
2. Handlers are found by the call's name; a method `x.add_(y)` is the call `add` that stores into `x`.
3. A name without a handler raises `CannotTranslate`; nothing is guessed.
"""

import ast
import math


class CannotTranslate(Exception):
    """The expression says something that no op of the dialect means."""


class Value:
    """An SSA value: its name, shape and element type."""

    def __init__(self, name, shape, dtype):
        self.name, self.shape, self.dtype = name, tuple(shape), dtype

    @property
    def type(self):
        return "tensor<" + "".join(f"{extent}x" for extent in self.shape) + self.dtype + ">"


DTYPES = {"f16": "f16", "bf16": "bf16", "f32": "f32", "f64": "f64", "float": "f32", "half": "f16", "bfloat16": "bf16",
          "double": "f64", "float16": "f16", "float32": "f32", "float64": "f64", "i8": "i8", "i16": "i16", "i32": "i32",
          "i64": "i64", "int": "i32", "long": "i64", "int32": "i32", "int64": "i64", "bool": "i1", "i1": "i1"}


def is_float(dtype):
    return "f" in dtype


def layout(axes, placements):
    return f"#dtc.layout<#dtc.mesh<{axes}>, [{', '.join(placements)}]>"


def normalize(dim, rank):
    """A dimension that may count from the back."""
    if not isinstance(dim, int) or not -rank <= dim < max(rank, 1):
        raise CannotTranslate(f"dimension {dim} of a tensor of rank {rank}")
    return dim + rank if dim < 0 else dim


def broadcast_shapes(*shapes):
    rank = max(map(len, shapes))
    result = []
    for extents in zip(*[(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]):
        larger = {extent for extent in extents if extent != 1}
        if len(larger) > 1:
            raise CannotTranslate(f"shapes that do not broadcast: {shapes}")
        result.append(larger.pop() if larger else 1)
    return tuple(result)


class Function:
    """Builds the body of one function, op by op. `location` is what diagnostics call the case."""

    def __init__(self, location):
        self.location = location
        self.lines = []
        self.count = 0

    def op(self, mnemonic, operands, results, attributes="", in_place=False):
        """Appends `dtc.MNEMONIC`; `results` are (shape, dtype) pairs. One result, or a list of several."""
        values = []
        for shape, dtype in results:
            values.append(Value(f"%v{self.count}", shape, dtype))
            self.count += 1
        parts = [part for part in (attributes, "dtc.in_place" if in_place else "") if part]
        braces = " {" + ", ".join(parts) + "}" if parts else ""
        self.lines.append(f"{', '.join(v.name for v in values)} = dtc.{mnemonic} "
                          f"{', '.join(v.name for v in operands)}{braces} : "
                          f"({', '.join(v.type for v in operands)}) -> ({', '.join(v.type for v in values)})"
                          f" loc(\"{self.location}\")")
        return values if len(values) != 1 else values[0]

    def constant(self, shape, dtype, number):
        value = Value(f"%v{self.count}", shape, dtype)
        self.count += 1
        if is_float(dtype):
            text = f"{float(number)!r}" if math.isfinite(number) else \
                {"f32": "0xFF800000" if number < 0 else "0x7F800000", "f64": "0xFFF0000000000000" if number < 0
                 else "0x7FF0000000000000"}.get(dtype)
            if text is None:
                raise CannotTranslate(f"the number {number} as {dtype}")
            text = text if "." in text or text.startswith("0x") else text.replace("e", ".0e")
        else:
            text = str(bool(number)).lower() if dtype == "i1" else str(int(number))
        self.lines.append(f"{value.name} = dtc.constant dense<{text}> : {value.type} : {value.type} loc(\"{self.location}\")")
        return value

    def constrain(self, x, wanted):
        value = Value(f"%v{self.count}", x.shape, x.dtype)
        self.count += 1
        self.lines.append(f"{value.name} = dtc.constrain {x.name} to {wanted} cause \"request\" : {x.type}"
                          f" loc(\"{self.location}\")")
        return value


class Arguments:
    """The arguments of a call: values, numbers, tuples, words; by position or by keyword."""

    def __init__(self, name, positional, keywords):
        self.name, self.positional, self.keywords = name, positional, dict(keywords)
        self.read = set()

    def get(self, index, *names, default=None):
        self.read.update((index, *names))
        for name in names:
            if name in self.keywords:
                return self.keywords[name]
        return self.positional[index] if index < len(self.positional) else default

    def value(self, index, *names):
        found = self.get(index, *names)
        if not isinstance(found, Value):
            raise CannotTranslate(f"argument {index} of '{self.name}': expected a tensor")
        return found

    def integers(self, index, *names, default=None):
        """A tuple of integers; one integer, or those from `index` on, count as a tuple."""
        found = self.get(index, *names, default=default)
        if isinstance(found, int) and not isinstance(found, bool):
            rest = [found] if any(name in self.keywords for name in names) else self.positional[index:]
            found = [entry for entry in rest if isinstance(entry, int)]
            self.read.update(range(index, index + len(found)))
        return found if found is None else tuple(found)

    def check_all_read(self):
        """An argument that no handler asks for would be ignored: a guess."""
        ignored = [name for name in self.keywords if name not in self.read]
        ignored += [f"argument {index}" for index in range(len(self.positional)) if index not in self.read]
        if ignored:
            raise CannotTranslate(f"'{self.name}' with {', '.join(ignored)}")


class Word(str):
    """A bare word: an element type, a placement, `train`."""


def parse_placement(node):
    text = ast.unparse(node).replace(" ", "")
    return text if text != "partial()" else "partial(sum)"


class Translation:
    """One case's expression as the ops of a function."""

    def __init__(self, case, handlers, location):
        self.case, self.handlers = case, handlers
        self.build = Function(location)
        self.axes = ", ".join(f'"a{axis}" = {size}' for axis, size in enumerate(case["mesh"]))
        self.environment = {}
        self.arguments = []
        for name, operand in case["operands"].items():
            dtype = DTYPES[operand.get("dtype", "f32")]
            self.environment[name] = Value(f"%{name}", operand["shape"], dtype)
            wanted = layout(self.axes, operand["placements"])
            extra = f", dtc.range = {self.range_of(operand)}" if "i" in dtype and dtype != "i1" else ""
            self.arguments.append(f"%{name}: {self.environment[name].type} {{dtc.layout = {wanted}{extra}}}")

    def range_of(self, operand):
        """Indices must be inside every dimension that they could address."""
        extents = [extent for other in self.case["operands"].values() if other is not operand
                   for extent in other["shape"]]
        return operand.get("range", [0, max(min(extents, default=8) - 1, 0)])

    def function(self, name):
        body = self.evaluate(ast.parse(self.case["expr"].strip(), mode="eval").body)
        if isinstance(body, (list, tuple)):
            body = body[0]
        if not isinstance(body, Value):
            raise CannotTranslate(f"expected a tensor from '{self.case['expr']}'")
        lines = "\n".join("  " + line for line in self.build.lines)
        return (f"func.func @{name}({', '.join(self.arguments)}) -> ({body.type} {{dtc.as_is}}) {{\n{lines}\n"
                f"  return {body.name} : {body.type}\n}}\n")

    # Expressions

    def evaluate(self, node):
        handler = getattr(self, "evaluate_" + type(node).__name__.lower(), None)
        if not handler:
            raise CannotTranslate(f"'{ast.unparse(node)}'")
        return handler(node)

    def evaluate_constant(self, node):
        return node.value

    def evaluate_name(self, node):
        if node.id in self.environment:
            return self.environment[node.id]
        return Word(node.id)

    def evaluate_list(self, node):
        return [self.evaluate(element) for element in node.elts]

    def evaluate_tuple(self, node):
        return tuple(self.evaluate(element) for element in node.elts)

    def evaluate_unaryop(self, node):
        operand = self.evaluate(node.operand)
        if not isinstance(operand, Value):
            return -operand if isinstance(node.op, ast.USub) else operand
        return self.call({"USub": "neg", "Invert": "logical_not"}.get(type(node.op).__name__, "?"), [operand])

    def evaluate_binop(self, node):
        names = {"Add": "add", "Sub": "sub", "Mult": "mul", "Div": "div", "Pow": "pow", "Mod": "remainder",
                 "MatMult": "matmul", "BitAnd": "logical_and", "BitOr": "logical_or"}
        return self.call(names.get(type(node.op).__name__, "?"),
                         [self.evaluate(node.left), self.evaluate(node.right)])

    def evaluate_compare(self, node):
        names = {"Lt": "lt", "Gt": "gt", "LtE": "le", "GtE": "ge", "Eq": "eq", "NotEq": "ne"}
        if len(node.ops) != 1:
            raise CannotTranslate(f"'{ast.unparse(node)}'")
        return self.call(names.get(type(node.ops[0]).__name__, "?"),
                         [self.evaluate(node.left), self.evaluate(node.comparators[0])])

    def evaluate_attribute(self, node):
        if node.attr in ("T", "mT"):
            return self.call("t", [self.evaluate(node.value)])
        return Word(node.attr)

    def evaluate_call(self, node):
        if isinstance(node.func, ast.Name) and node.func.id == "redistribute":
            return self.redistribute(node)
        positional = [self.evaluate(argument) for argument in node.args]
        keywords = {keyword.arg: self.evaluate(keyword.value) for keyword in node.keywords}
        if isinstance(node.func, ast.Name):
            return self.call(node.func.id, positional, keywords)
        target = self.evaluate(node.func.value)
        if not isinstance(target, Value):  # torch.add, F.relu
            return self.call(node.func.attr, positional, keywords)
        if node.func.attr == "redistribute":
            return self.redistribute(node)
        return self.call(node.func.attr, [target] + positional, keywords)

    def redistribute(self, node):
        arguments = node.args if isinstance(node.func, ast.Name) else [node.func.value] + node.args
        wanted = [parse_placement(element) for element in arguments[1].elts]
        return self.build.constrain(self.evaluate(arguments[0]), layout(self.axes, wanted))

    def evaluate_subscript(self, node):
        base = self.evaluate(node.value)
        index = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if isinstance(base, (list, tuple)):
            return base[self.evaluate(index[0])]
        return self.handlers["index"](self, base, [self.subscript(entry) for entry in index])

    def subscript(self, node):
        if isinstance(node, ast.Slice):
            return slice(*[None if part is None else self.evaluate(part)
                           for part in (node.lower, node.upper, node.step)])
        return self.evaluate(node)

    def call(self, name, positional, keywords=()):
        handler, keywords = self.handlers.get(name), dict(keywords)
        if not handler and name.endswith("_"):
            # A trailing underscore stores the result in the first operand.
            handler = self.handlers.get(name[:-1])
            keywords["in_place"] = True
        if not handler:
            raise CannotTranslate(f"'{name}' has no op")
        arguments = Arguments(name, list(positional), keywords)
        result = handler(self, arguments)
        arguments.check_all_read()
        return result


def translate(case, handlers, name):
    """The text of a module with the case as function `name`; raises CannotTranslate."""
    try:
        translation = Translation(case, handlers, name)
        function = translation.function(name)
    except CannotTranslate:
        raise
    except (SyntaxError, TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise CannotTranslate(f"'{case['expr']}': {error}") from error
    links = ", ".join(f'"{case.get("topology", "cpu")}"' for _ in case["mesh"])
    return (f"module attributes {{dtc.mesh = #dtc.mesh<{translation.axes}>, dtc.links = [{links}]}} {{\n"
            f"{function}}}\n")
