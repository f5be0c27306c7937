"""The node tests that come with the `onnx` package, as models, inputs and expected outputs.

Each test is a model of one operator (or of the function that defines it) with arrays for its inputs and outputs. What
a test feeds as an input but the compiler must know (axes, shapes, pads) is moved into the model, as files of real
models have it.
"""

import re
import warnings

import numpy as np
import onnx
from onnx import numpy_helper

# What their outputs hold is up to the implementation; the shape and the type are not.
RANDOM = {"Bernoulli", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial"}


def load_cases():
    """All tests, in the package's order."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        from onnx.backend.test.loader import load_node_model_tests
        tests = load_node_model_tests()
    owners = {}
    for test in tests:
        if "_expanded" not in test.name:
            nodes = test.model.graph.node
            owners[test.name] = nodes[0].op_type if len(nodes) == 1 else nodes[-1].op_type
    return [Case(test, owners) for test in tests]


def as_array(value):
    """A tensor as numpy has it; None for sequences, optional values and absent ones."""
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value)
    if value is None or isinstance(value, (list, tuple, dict)) or not hasattr(value, "dtype"):
        return None
    return np.asarray(value)


def in_file(array):
    """As npz files have it: types that numpy lacks are f32."""
    if array.dtype.name == "bfloat16":
        return array.astype(np.float32)
    return array


class Case:
    """One test; `op` is the operator that it is about."""

    def __init__(self, test, owners):
        self.name, self.rtol, self.atol = test.name, test.rtol, test.atol
        self.model = onnx.ModelProto()
        self.model.CopyFrom(test.model)
        base = re.split(r"_expanded", test.name)[0]
        self.op = owners.get(base) or owners.get(base.removesuffix("_ver18")) or test.model.graph.node[-1].op_type
        inputs, outputs = test.data_sets[0]
        self.inputs = {i.name: as_array(v) for i, v in zip(self.model.graph.input, inputs)}
        self.given = dict(self.inputs)
        self.outputs = {o.name: as_array(v) for o, v in zip(self.model.graph.output, outputs)}
        self.constants = []

    def has_tensors_only(self):
        arrays = list(self.inputs.values()) + list(self.outputs.values())
        return all(a is not None and in_file(a).dtype.isbuiltin == 1 and a.dtype.kind in "biufV" for a in arrays)

    def is_random(self):
        for node in self.model.graph.node:
            if node.op_type in RANDOM:
                return True
            mode = self.given.get(node.input[2]) if node.op_type == "Dropout" and len(node.input) > 2 else None
            if mode is not None and mode.any():
                return True
        return False

    def make_constant(self, name):
        """Moves an input into the model; False when it is none."""
        if self.inputs.get(name) is None:
            return False
        array = self.inputs.pop(name)
        kept = [i for i in self.model.graph.input if i.name != name]
        del self.model.graph.input[:]
        self.model.graph.input.extend(kept)
        node = onnx.helper.make_node("Constant", [], [name], value=numpy_helper.from_array(array, name))
        self.model.graph.node.insert(0, node)
        self.constants.append(name)
        return True

    def make_small_constants(self):
        """The same for all inputs that look like shapes or options; else for single numbers."""
        small = [n for n, a in self.inputs.items()
                 if a is not None and a.ndim <= 1 and a.size <= 64 and a.dtype.kind != "f"]
        small = small or [n for n, a in self.inputs.items() if a is not None and a.ndim == 0]
        return bool([n for n in small if self.make_constant(n)])

    def open_shapes(self):
        """{input: shape} of those whose dimensions the model leaves open."""
        found = {}
        for value in self.model.graph.input:
            kind = value.type.tensor_type
            known = kind.HasField("shape") and all(d.HasField("dim_value") for d in kind.shape.dim)
            if not known and self.inputs.get(value.name) is not None:
                found[value.name] = self.inputs[value.name].shape
        return found

    def difference(self, got):
        """Why the arrays `got` are not the expected ones, or None."""
        for name, want in self.outputs.items():
            if name not in got:
                return f"output '{name}' is missing"
            want, array = in_file(want), got[name]
            if array.shape != want.shape or array.dtype != want.dtype:
                return f"'{name}': expected {want.dtype}{list(want.shape)}, got {array.dtype}{list(array.shape)}"
            if self.is_random():
                continue
            # Two units in the last place: the reference rounds after every step.
            rtol = max(self.rtol, {"bfloat16": 2.0 ** -6, "float16": 2.0 ** -9}.get(self.outputs[name].dtype.name, 0))
            if want.dtype.kind == "f":
                near = np.isclose(array.astype(np.float64), want.astype(np.float64), rtol, self.atol, equal_nan=True)
            else:
                near = array == want
            if not np.all(near):
                at = tuple(int(i) for i in np.argwhere(~np.atleast_1d(near))[0])
                return (f"'{name}'{list(at)}: expected {np.atleast_1d(want)[at]}, got {np.atleast_1d(array)[at]} "
                        f"({np.count_nonzero(~near)} of {near.size} differ)")
        return None
