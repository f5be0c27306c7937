#!/usr/bin/env python3
"""Exports a PyTorch model to `.onnx` and `.pt2` as dtc reads them: names kept, no paths of this machine.

MODEL is one of

    package.module:Name        a class or function of an importable module
    path/to/file.py:Name       the same of a file
    transformers:ClassName     a model class of Hugging Face transformers, with random weights

called with the `--set` values. For transformers they are fields of the class's configuration, after those of `--config`
(a config.json). Nothing is downloaded.

    utils/export_model.py models/mlp.py:Mlp --input x=4x16 -o mlp.onnx -o mlp.pt2
    utils/export_model.py transformers:LlamaModel --set hidden_size=64 --set num_hidden_layers=2 \\
        --input input_ids=1x16:int64 --dynamic input_ids=1:sequence -o llama.onnx

1. Build the model, seeded; put it into inference mode.
2. Make the inputs: random numbers, 0 or 1 for integers and booleans (valid token ids and masks of any model).
3. Run it once, then export it with each output's exporter: torch.onnx.export for `.onnx`, torch.export for `.pt2`.
4. Drop the stack traces that exporters record. Module paths and parameter names stay, which plans are matched against.

Inputs are passed by name, in the order given, which is that of `--input-names` for `.pt2` files. Outputs are called
`--output-names`, else as the fields of the model's result, else `y`, `y1`, ….

Exit status: 0; 1 the model cannot be built, run or exported; 2 wrong usage; 3 PyTorch or a package of it is missing.
Needs PyTorch; transformers and onnxscript where they are used.
"""

import argparse
import ast
import importlib
import importlib.util
import inspect
import json
import pathlib
import re
import sys

MISSING = 3
#: what the exporters record about the machine that exported
MACHINE_KEYS = ("stack_trace", "fx_node")


class ExportError(Exception):
    """The model or an option cannot be used; the message says why."""


# ----------------------------------------------------------------------------------------------------------------------
# Exporting, also for make_fixtures.py
# ----------------------------------------------------------------------------------------------------------------------

def shorten_metadata(path):
    """Drops the stack traces of an ONNX file: they name files of the machine that exported."""
    import onnx
    model = onnx.load(path, load_external_data=False)
    graphs = [model.graph] + list(model.functions)
    for node in (node for graph in graphs for node in graph.node):
        kept = [p for p in node.metadata_props if not p.key.endswith(MACHINE_KEYS)]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    path.write_bytes(model.SerializeToString(deterministic=True))


def export_onnx(module, inputs, path, outputs, *, by_name, dynamic=None, opset=None, external_data=False):
    """Writes `path` with torch.onnx.export; `dynamic`: input name -> {dimension: symbolic name}."""
    import torch
    arguments = ((), dict(inputs)) if by_name else (tuple(inputs.values()), None)
    shapes = {name: dict(dynamic.get(name, {})) for name in inputs} if dynamic else None
    torch.onnx.export(module, arguments[0], path, kwargs=arguments[1], dynamo=True, opset_version=opset,
                      dynamic_shapes=shapes, external_data=external_data, verbose=False,
                      input_names=list(inputs), output_names=list(outputs))
    shorten_metadata(path)


def export_archive(module, inputs, path, *, by_name, dynamic=None):
    """Writes a torch.export archive."""
    import torch
    shapes = None
    if dynamic:
        symbols = {}
        shapes = {name: {i: symbols.setdefault(symbol, torch.export.Dim(symbol))
                         for i, symbol in dynamic.get(name, {}).items()} for name in inputs}
    arguments = ((), dict(inputs)) if by_name else (tuple(inputs.values()), None)
    program = torch.export.export(module, arguments[0], arguments[1], dynamic_shapes=shapes)
    graphs = [part.graph for part in program.graph_module.modules() if isinstance(part, torch.fx.GraphModule)]
    for node in (node for graph in graphs for node in graph.nodes):
        node.meta.pop("stack_trace", None)
    torch.export.save(program, path)


# ----------------------------------------------------------------------------------------------------------------------
# Models, inputs, outputs
# ----------------------------------------------------------------------------------------------------------------------

def load_attribute(text):
    """'package.module:Name' or 'file.py:Name' -> the object of that name."""
    place, colon, name = text.rpartition(":")
    if not colon or not place or not name:
        raise ExportError(f"expected MODULE:NAME or FILE.py:NAME as the model, got '{text}'")
    if place.endswith(".py"):
        path = pathlib.Path(place)
        if not path.is_file():
            raise ExportError(f"model '{text}': there is no file '{place}'")
        sys.path.insert(0, str(path.parent))
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
    else:
        sys.path.insert(0, "")
        try:
            module = importlib.import_module(place)
        except ModuleNotFoundError as error:
            if error.name == "transformers":
                raise
            raise ExportError(f"model '{text}': there is no module '{error.name}'") from error
    if not hasattr(module, name):
        raise ExportError(f"model '{text}': '{place}' has no '{name}'")
    return getattr(module, name)


def build_model(options, values):
    """The module in inference mode."""
    import torch
    torch.manual_seed(options.seed)
    maker = load_attribute(options.model)
    if options.model.startswith("transformers:"):
        config_class = getattr(maker, "config_class", None)
        if config_class is None:
            raise ExportError(f"'{options.model}' is no model class with a configuration of its own")
        fields = json.loads(options.config.read_text()) if options.config else {}
        config = config_class(**{**fields, **values})
        if getattr(config, "use_cache", None):
            config.use_cache = False
        module = maker(config)
    else:
        if options.config:
            raise ExportError("--config is for models of transformers; pass the arguments with --set")
        module = maker(**values)
    if not isinstance(module, torch.nn.Module):
        raise ExportError(f"expected '{options.model}' to make a torch.nn.Module, got '{type(module).__name__}'")
    return module.eval()


def parse_value(text):
    """A number, a list, True, None, … as in Python; anything else is text."""
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text


def parse_pairs(texts, option):
    """'NAME=VALUE' texts as a dict."""
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ExportError(f"{option}: expected NAME=VALUE, got '{text}'")
        if name in pairs:
            raise ExportError(f"{option}: '{name}' is given twice")
        pairs[name] = value
    return pairs


def make_inputs(texts):
    """'x=4x16' or 'ids=2x10:int64' -> a tensor each."""
    import torch
    inputs = {}
    for name, text in parse_pairs(texts, "--input").items():
        shape, _, word = text.partition(":")
        kind = getattr(torch, word or "float32", None)
        if not isinstance(kind, torch.dtype):
            raise ExportError(f"--input {name}: expected an element type such as float32 or int64, got '{word}'")
        if not re.fullmatch(r"(\d+(x\d+)*)?", shape):
            raise ExportError(f"--input {name}: expected a shape such as 2x16, got '{shape}'")
        sizes = [int(size) for size in shape.split("x") if size]
        if kind.is_floating_point:
            inputs[name] = torch.randn(sizes, dtype=torch.float32).to(kind)
        else:
            inputs[name] = torch.randint(0, 2, sizes).to(kind)
    if not inputs:
        raise ExportError("expected at least one --input NAME=SHAPE[:TYPE]")
    return inputs


def parse_dynamic(texts, inputs):
    """'x=0:batch,1:sequence' -> {'x': {0: 'batch', 1: 'sequence'}}."""
    dynamic = {}
    for name, text in parse_pairs(texts, "--dynamic").items():
        if name not in inputs:
            raise ExportError(f"--dynamic: expected one of the inputs {', '.join(inputs)}, got '{name}'")
        for part in text.split(","):
            match = re.fullmatch(r"(\d+):([A-Za-z_]\w*)", part)
            if not match or int(match[1]) >= inputs[name].dim():
                raise ExportError(f"--dynamic {name}: expected DIMENSION:NAME with a dimension below "
                                  f"{inputs[name].dim()}, got '{part}'")
            dynamic.setdefault(name, {})[int(match[1])] = match[2]
    return dynamic


def output_names(result, wanted):
    """One name for each tensor that the model returns, in order."""
    import torch
    from torch.utils import _pytree
    found = [path for path, leaf in _pytree.tree_flatten_with_path(result)[0] if isinstance(leaf, torch.Tensor)]
    if wanted:
        if len(wanted) != len(found):
            raise ExportError(f"--output-names: the model returns {len(found)} tensors, got {len(wanted)} names")
        return wanted
    names = []
    for i, path in enumerate(found):
        key = getattr(path[0], "key", None) if path else None
        own = key if isinstance(key, str) else f"y{i or ''}"
        names.append(own if len(path) <= 1 else f"{own}{i or ''}")
    return names


# ----------------------------------------------------------------------------------------------------------------------
# The command
# ----------------------------------------------------------------------------------------------------------------------

def export(options):
    """Writes every output; returns a line for each."""
    import torch
    values = {name: parse_value(text) for name, text in parse_pairs(options.set, "--set").items()}
    module = build_model(options, values)
    inputs = make_inputs(options.input)
    accepted = inspect.signature(module.forward).parameters
    if not any(p.kind is p.VAR_KEYWORD for p in accepted.values()):
        for name in inputs:
            if name not in accepted:
                raise ExportError(f"--input: the model takes {', '.join(accepted)}, got '{name}'")
    dynamic = parse_dynamic(options.dynamic, inputs)
    with torch.no_grad():
        names = output_names(module(**inputs), options.output_names.split(",") if options.output_names else None)
    for path in options.output:
        if path.suffix == ".onnx":
            export_onnx(module, inputs, path, names, by_name=True, dynamic=dynamic, opset=options.opset,
                        external_data=options.external_data)
        else:
            export_archive(module, inputs, path, by_name=True, dynamic=dynamic)
        print(f"{path}: inputs {','.join(inputs)}, outputs {','.join(names)}")


def parse_arguments():
    parser = argparse.ArgumentParser(description="export a PyTorch model for dtc-compile",
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog=__doc__.split("\n\n", 1)[1])
    parser.add_argument("model", metavar="MODEL", help="MODULE:NAME, FILE.py:NAME or transformers:CLASS")
    parser.add_argument("-o", "--output", type=pathlib.Path, action="append", required=True, metavar="FILE",
                        help="file ending in .onnx or .pt2 (repeatable)")
    parser.add_argument("--input", action="append", default=[], metavar="NAME=SHAPE[:TYPE]",
                        help="an input of the model's forward (repeatable)")
    parser.add_argument("--output-names", metavar="A,B", help="names of the outputs")
    parser.add_argument("--dynamic", action="append", default=[], metavar="NAME=DIM:SYMBOL[,…]",
                        help="dimensions of an input that stay symbolic (repeatable)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help="an argument of the model, or a field of its configuration (repeatable)")
    parser.add_argument("--config", type=pathlib.Path, help="config.json of a transformers model")
    parser.add_argument("--opset", type=int, help="version of the ONNX operator set")
    parser.add_argument("--external-data", action="store_true", help="keep the ONNX weights in FILE.data")
    parser.add_argument("--seed", type=int, default=0, help="of weights and inputs")
    options = parser.parse_args()
    for path in options.output:
        if path.suffix not in (".onnx", ".pt2"):
            parser.error(f"expected outputs ending in .onnx or .pt2, got '{path}'")
    return options


def main():
    options = parse_arguments()
    try:
        export(options)
    except ImportError as error:
        name = error.name or "torch"
        print(f"export_model.py: error: the Python package '{name}' is missing in '{sys.executable}': "
              f"pip install {name}", file=sys.stderr)
        return MISSING
    except Exception as error:  # a model's own code may raise anything
        kind = "" if isinstance(error, ExportError) else f"{type(error).__name__}: "
        print(f"export_model.py: error: {kind}{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
