"""Times other runtimes on a GPU: PyTorch eager, torch.compile, onnxruntime-gpu, each where it is installed.

usage: peer_gpu.py FOLDER eager|compile|onnxruntime

`compile` is torch.compile, of forward passes with CUDA graphs (mode "reduce-overhead").

FOLDER has spec.json and input.npz, as scripts/gpu_check.sh packs them, and for onnxruntime model.onnx, whose weights
are made up in the folder. Prints the median of the steps' times in milliseconds, or `-` and on stderr why there is
none.
"""

import json
import os
import pathlib
import statistics
import sys
import time

WARMUP, STEPS = 10, 50
#: Of gradient descent, as in workloads.py.
LEARNING_RATE = 0.01


def time_by_events(torch, step):
    """The median of the steps' times on the GPU, in milliseconds."""
    for _ in range(WARMUP):
        step()
    times = []
    for _ in range(STEPS):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        step()
        end.record()
        torch.cuda.synchronize()
        times.append(begin.elapsed_time(end))
    return statistics.median(times)


def llama_layer(torch, spec):
    """The module of llama.py's graph."""
    from torch import nn
    from torch.nn import functional

    size, heads, key_heads = spec["size"], spec["heads"], spec["key_heads"]
    width = size // heads

    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = nn.RMSNorm(size, eps=1e-5), nn.RMSNorm(size, eps=1e-5)
            self.q, self.o = (nn.Linear(size, size, bias=False) for _ in range(2))
            self.k, self.v = (nn.Linear(size, key_heads * width, bias=False) for _ in range(2))
            self.gate, self.up = (nn.Linear(size, spec["inner"], bias=False) for _ in range(2))
            self.down = nn.Linear(spec["inner"], size, bias=False)
            angles = torch.outer(torch.arange(spec["sequence"]), 1 / 10000 ** (torch.arange(0, width, 2) / width))
            self.register_buffer("cos", angles.cos())
            self.register_buffer("sin", angles.sin())

        def turned(self, value):
            low, high = value.chunk(2, -1)
            return torch.cat((low * self.cos - high * self.sin, low * self.sin + high * self.cos), -1)

        def forward(self, x):
            normed = self.norm1(x)
            q, k, v = (part(normed).view(*x.shape[:2], -1, width).transpose(1, 2) for part in (self.q, self.k, self.v))
            mixed = functional.scaled_dot_product_attention(self.turned(q), self.turned(k), v, is_causal=True,
                                                            enable_gqa=heads != key_heads)
            x = x + self.o(mixed.transpose(1, 2).reshape(x.shape))
            normed = self.norm2(x)
            return x + self.down(functional.silu(self.gate(normed)) * self.up(normed))

    return Layer()


def torch_step(folder, spec, kind):
    """(torch, step) of eager PyTorch or torch.compile."""
    import torch
    if not torch.cuda.is_available():
        raise ImportError("PyTorch here has no GPU")
    import numpy
    import torch_models
    torch.manual_seed(0)
    torch.backends.cuda.matmul.allow_tf32 = False
    dtype = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}[spec["dtype"]]
    made = llama_layer(torch, spec) if spec["family"] == "llama" else torch_models.FAMILIES[spec["family"]](spec)
    for parameter in made.parameters():
        torch.nn.init.uniform_(parameter, -0.05, 0.05)
    module = made.to("cuda", dtype)
    with numpy.load(folder / "input.npz") as arrays:
        inputs = {name: torch.from_numpy(arrays[name]).cuda() for name in arrays.files}
    inputs = {name: value.to(dtype) if value.is_floating_point() else value for name, value in inputs.items()}
    if not spec["training"]:
        module = module.eval().requires_grad_(False)
        compiled = torch.compile(module, mode="reduce-overhead") if kind == "compile" else module
        return torch, lambda: compiled(*inputs.values())
    optimizer = torch.optim.SGD(module.parameters(), lr=LEARNING_RATE)
    compiled = torch.compile(module) if kind == "compile" else module

    def step():
        optimizer.zero_grad(set_to_none=True)
        torch.nn.functional.mse_loss(compiled(inputs["x"]), inputs["target"]).backward()
        optimizer.step()

    return torch, step


def time_onnxruntime(folder, spec):
    """The median in milliseconds, inputs and outputs on the GPU."""
    import numpy
    import onnxruntime
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        raise ImportError("onnxruntime here has no GPU")
    if spec["training"] or spec["dtype"] == "bf16":
        raise ImportError(f"onnxruntime does not run this ({spec['dtype']}{', training' * spec['training']})")
    weights = folder / spec["weights_file"]
    if not weights.exists():
        kind = numpy.float32 if spec["dtype"] == "f32" else numpy.float16
        block = numpy.random.default_rng(2).uniform(-0.05, 0.05, 1 << 20).astype(kind).tobytes()
        with open(weights, "wb") as file:
            for at in range(0, spec["weights_bytes"], len(block)):
                file.write(block[:spec["weights_bytes"] - at])
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CUDAExecutionProvider"])
    binding = session.io_binding()
    with numpy.load(folder / "input.npz") as arrays:
        for name in arrays.files:
            binding.bind_ortvalue_input(name, onnxruntime.OrtValue.ortvalue_from_numpy(arrays[name], "cuda", 0))
    for output in session.get_outputs():
        binding.bind_output(output.name, "cuda")
    times = []
    for _ in range(WARMUP + STEPS):
        begin = time.perf_counter()
        session.run_with_iobinding(binding)
        binding.synchronize_outputs()
        times.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(times[WARMUP:])


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in ("eager", "compile", "onnxruntime"):
        sys.exit(__doc__)
    folder, kind = pathlib.Path(sys.argv[1]), sys.argv[2]
    spec = json.loads((folder / "spec.json").read_text())
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(folder.parent / "inductor"))
    try:
        if kind == "onnxruntime":
            print(f"{time_onnxruntime(folder, spec):.3f}")
        else:
            print(f"{time_by_events(*torch_step(folder, spec, kind)):.3f}")
    except Exception as error:  # pylint: disable=broad-except
        print("-")
        print(f"{kind}: {type(error).__name__}: {error}".splitlines()[0], file=sys.stderr)


if __name__ == "__main__":
    main()
