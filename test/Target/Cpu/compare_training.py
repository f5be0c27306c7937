"""Runs the training steps of a file as compiled programs and compares with the interpreter.

Each function (`// -----` stands between them) is compiled, run for --steps steps on random inputs, one value a step,
and on random parameters; what it returns must be what the interpreter returns, within the `// tolerance: T` above the
function, else 1e-5. Then it runs again in two parts, the second from the checkpoint of the first: the same results,
and nothing but the checkpoint and the parameters left.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

NUMPY = {"f32": np.float32, "bf16": np.float32}
TENSOR = r"tensor<((?:\d+x)*)(\w+)>"


def arrays(tensors, generator, lead):
    """Random arrays by name of (name, dimensions, element); with a leading dimension `lead` unless that is 0."""
    found = {}
    for name, dims, element in tensors:
        shape = ([lead] if lead else []) + [int(size) for size in dims.split("x") if size]
        values = generator.integers(-32, 32, shape) / 64
        found[name] = values.astype(NUMPY[element])
    return found


def header(path):
    """What a safetensors file says about its tensors."""
    data = path.read_bytes()
    return json.loads(data[8:8 + int.from_bytes(data[:8], "little")])


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nexited with {done.returncode}\n{done.stdout}{done.stderr}")


def compare(name, wanted, got, tolerance):
    if set(wanted.files) != set(got.files):
        sys.exit(f"{name}: expected the results {sorted(wanted.files)}, got {sorted(got.files)}")
    for key in wanted.files:
        a, b = wanted[key], got[key]
        if a.shape != b.shape or a.dtype != b.dtype:
            sys.exit(f"{name}: '{key}': expected {a.dtype}{a.shape}, got {b.dtype}{b.shape}")
        scale = max(1.0, float(np.abs(a.astype(np.float64)).max(initial=0)))
        if not np.allclose(a.astype(np.float64), b.astype(np.float64), rtol=0, atol=tolerance * scale):
            sys.exit(f"{name}: '{key}' differs by {np.abs(a.astype(np.float64) - b.astype(np.float64)).max()}")


def check(text, steps, folder):
    name = re.search(r"func.func @(\w+)", text).group(1)
    generator = np.random.default_rng(3)
    found = re.findall(rf'%\w+: {TENSOR} {{dtc.name = "(\w+)"}}', text)
    inputs = arrays([(key, dims, element) for dims, element, key in found], generator, steps)
    # Those that the interpreter reads from files; others keep the program's own values.
    held = re.findall(rf'dtc.parameter "(\w+)".*: {TENSOR}\n', text)
    parameters = arrays([tensor for tensor in held if tensor[2] == "f32"], generator, 0)
    program = folder / f"{name}.mlir"
    program.write_text(text.replace(f"@{name}(", "@main("))
    np.savez(folder / "input.npz", **inputs)
    np.savez(folder / "params.npz", **parameters)
    run("dtc-interpret", program, "--steps", steps, "--input", folder / "input.npz", "--parameters",
        folder / "params.npz", "--output", folder / "wanted.npz")
    run("dtc-compile", program, "--mesh", "tp=1", "-o", folder / "bundle")
    run("dtc-run", folder / "bundle", "--steps", steps, "--input", folder / "input.npz", "--params",
        folder / "params.npz", "--output", folder / "got.npz")
    wanted = np.load(folder / "wanted.npz")
    tolerance = re.search(r"// tolerance: (\S+)", text)
    tolerance = float(tolerance.group(1)) if tolerance else 1e-5
    compare(name, wanted, np.load(folder / "got.npz"), tolerance)
    if not inputs or steps < 2:
        return
    check_continued(name, text, steps, inputs, folder, wanted, max(tolerance, 1e-4))


def check_continued(name, text, steps, inputs, folder, wanted, tolerance):
    first = {key: value[:steps - 1] for key, value in inputs.items()}
    np.savez(folder / "first.npz", **first)
    np.savez(folder / "last.npz", **{key: value[steps - 1:] for key, value in inputs.items()})
    saved = folder / "saved"
    saved.mkdir()
    run("dtc-run", folder / "bundle", "--steps", steps - 1, "--input", folder / "first.npz", "--params",
        folder / "params.npz", "--save-params", saved / "p.safetensors", "--checkpoint-every", 1)
    states = set(re.findall(r'dtc.state "(\w+)"', text))
    held = set(re.findall(r'dtc.parameter "(\w+)"', text))
    files = {path.name: set(header(path)) - {"__metadata__"} for path in saved.iterdir()}
    if files != {"p.safetensors": held, "p.checkpoint.safetensors": held | states}:
        sys.exit(f"{name}: saved {files}")
    run("dtc-run", folder / "bundle", "--steps", 1, "--input", folder / "last.npz", "--params",
        saved / "p.checkpoint.safetensors", "--output", folder / "continued.npz")
    continued = dict(np.load(folder / "continued.npz"))
    for key, value in continued.items():
        last = wanted[key][steps - 1:] if key == "loss" else wanted[key]
        if not np.allclose(value.astype(np.float64), last.astype(np.float64), rtol=1e-5, atol=tolerance):
            sys.exit(f"{name}: '{key}' after a checkpoint differs: {np.abs(value - last).max()}")


def main():
    parser = argparse.ArgumentParser(description="compare compiled training steps with the interpreter")
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=3)
    options = parser.parse_args()
    parts = options.file.read_text().split("// -----\n")
    for part in parts:
        with tempfile.TemporaryDirectory(prefix="dtc-training-") as folder:
            check(part, options.steps, pathlib.Path(folder))
    print(f"{len(parts)} training steps agree")


if __name__ == "__main__":
    main()
