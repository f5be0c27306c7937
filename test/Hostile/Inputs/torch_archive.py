"""Small torch.export archives, member by member."""

import io
import json
import zipfile


def size(value):
    return {"as_int": value} if isinstance(value, int) else {"as_expr": {"expr_str": value, "hint": {"as_int": 4}}}


def meta(shape, dtype=7, strides=None, offset=0):
    """The description of a tensor; row-major unless strides are given."""
    if strides is None:
        strides = [1] * len(shape)
        for i in range(len(shape) - 2, -1, -1):
            strides[i] = strides[i + 1] * shape[i + 1] if isinstance(shape[i + 1], int) else 1
    return {"dtype": dtype, "sizes": [size(n) for n in shape], "requires_grad": False,
            "device": {"type": "cpu", "index": None}, "strides": [size(n) for n in strides],
            "storage_offset": {"as_int": offset}, "layout": 7}


def tensor(name):
    return {"as_tensor": {"name": name}}


def node(target, arguments, outputs, name="n"):
    return {"target": f"torch.ops.{target}" if target.startswith("aten") else target,
            "inputs": [{"name": key, "arg": value, "kind": 1} for key, value in arguments.items()],
            "outputs": [tensor(o) if isinstance(o, str) else o for o in outputs], "metadata": {}, "name": name}


def program(nodes, inputs=("x",), outputs=("y",), shapes=None, weights=None, version=8, ranges=None, **graph_parts):
    """An exported program; `shapes` describes tensors, `weights` maps graph inputs to parameters."""
    shapes = {"x": meta([2, 2]), "y": meta([2, 2])} | (shapes or {})
    weights = weights or {}
    specs = [{"parameter": {"arg": {"name": name}, "parameter_name": target}} for name, target in weights.items()]
    specs += [{"user_input": {"arg": tensor(name)}} for name in inputs]
    graph = {"inputs": [tensor(name) for name in (*weights, *inputs)], "outputs": [tensor(o) for o in outputs],
             "nodes": nodes, "tensor_values": shapes, "sym_int_values": {}, "sym_bool_values": {}} | graph_parts
    return {"graph_module": {"graph": graph, "signature": {
        "input_specs": specs, "output_specs": [{"user_output": {"arg": tensor(o)}} for o in outputs]},
        "module_call_graph": []}, "opset_version": {"aten": 10}, "range_constraints": ranges or {},
        "schema_version": {"major": version, "minor": 1}}


def payload(tensor_meta, path="weight_0", pickled=False):
    return {"path_name": path, "is_param": True, "use_pickle": pickled, "tensor_meta": tensor_meta}


def members(text, weights=None, data=None, root="m/"):
    """The members of an archive: name -> bytes."""
    text = text if isinstance(text, (str, bytes)) else json.dumps(text)
    parts = {f"data/weights/{name}": content for name, content in (data or {}).items()}
    parts["data/weights/model_weights_config.json"] = json.dumps({"config": weights or {}})
    parts["data/constants/model_constants_config.json"] = json.dumps({"config": {}})
    parts["models/model.json"] = text
    return {root + name: content for name, content in parts.items()}


def archive(parts, method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in parts.items():
            file.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, method)
    return buffer.getvalue()
