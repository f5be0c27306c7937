"""Makes the folder that a machine with a GPU needs for `gpu_check.sh`: scripts/gpu_check.sh pack FOLDER.

1. Cases: every model fixture, for one rank and for two, with its inputs and expected arrays; every op's examples and
   products with what joins them, with the interpreter's arrays.
2. Timed workloads: bundles without weights, which `dtc-run --random-params` makes up; the graphs for other runtimes.
3. dtc-run, dtc-gpu-check and the libraries that these and rank executables need, glibc's left out: gpu_check.sh takes
   of them what a machine lacks.
4. All is compiled for sm_80: its PTX runs on every newer GPU, too. `--cuda-arch` is for one that is known.
5. Bundles share most of their bytes and go into one archive, bundles.tar.xz.

Needs a build of dtc, numpy and onnx, no GPU. Prints what it leaves out, and how large the folder is.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "test" / "EndToEnd")]

import half  # noqa: E402
import llama  # noqa: E402
import models  # noqa: E402
import numpy as np  # noqa: E402
import run_case  # noqa: E402
import timed  # noqa: E402

MOST_BYTES = 60_000_000
#: Units in the last place that an op's result may be off: GPUs sum in other orders, and join steps of arithmetic.
OP_ULPS = 16
#: Of gelu's derivative too, which has differences of numbers that are nearly 1.
PRODUCT_ULPS = 64
#: What no program can be made of, as in test/Target/Cuda/ops.test.
OPS_LEFT_OUT = "a_parameter_may_bring|rows_of_other_ranks|a_piece_has_the_numbers"
#: In the place of a number of steps: a step that repeats.
FORWARD = "forward"
SMALL_CASES = ["mlp_pair", "embedding_mlp_rowwise", "mlp_adamw"]
#: The oldest GPUs that bundles run on.
OLDEST = "sm_80"
#: Libraries that come with every system's C library.
SYSTEM = re.compile(r"(ld-linux.*|lib(c|m|dl|rt|pthread|resolv)|linux-vdso)\.so.*")


def compile_bundle(command, options):
    """Runs dtc-compile for GPUs; ends with what it says when it refuses."""
    command = [*map(str, command), "--target", "cuda", "--cuda-arch", options.cuda_arch]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")


def mesh_of(case, ranks):
    """The case's mesh with this many ranks on its last axis."""
    axes = [axis.split("=")[0] for axis in case["mesh"].split(",")]
    return ",".join([f"{axis}=1" for axis in axes[:-1]] + [f"{axes[-1]}={ranks}"])


def pack_case(folder, options, bundles):
    """One fixture; its lines of cases.txt."""
    case = json.loads((folder / "case.json").read_text())
    name = f"{folder.parent.name}-{folder.name}"
    asked = argparse.Namespace(case=folder, bin=options.bin, format="onnx", model_dir=None, compile_option=[])
    for ranks in (1, 2):
        mesh = mesh_of(case, ranks)
        compile_bundle(run_case.compile_command(asked, case, mesh, bundles / f"{name}.{ranks}"),
                       options)
    target = options.folder / "cases" / name
    target.mkdir(parents=True)
    for file in ("input.npz", "expected.npz"):
        shutil.copyfile(folder / file, target / file)
    (target / "tolerances").write_text(f"* {case['rtol']} {case['atol']}\n")
    steps = case["steps"] if run_case.is_training(case) else FORWARD
    return [f"{name} {steps} {ranks}" for ranks in (1, 2)]


def pack_ops(options, bundles):
    """Every op's examples as programs; their lines of cases.txt."""
    folders = sorted((ROOT / "test" / "Ops").glob("Softmax" if options.small else "*"))
    files = [folder / "eval.mlir" for folder in folders if (folder / "eval.mlir").exists()]
    return pack_examples(options, bundles, files, ["--ulps", str(OP_ULPS), "--skip", OPS_LEFT_OUT])


def pack_products(options, bundles):
    """Products large enough for cuBLASLt, with activations and their gradients; their lines of cases.txt."""
    inputs = ROOT / "test" / "Target" / "Cuda" / "Inputs"
    files = [inputs / f"{name}.mlir" for name in (["gradients"] if options.small else ["products", "gradients"])]
    return pack_examples(options, bundles, files, ["--ulps", str(PRODUCT_ULPS), "--keep-constants"])


def pack_examples(options, bundles, files, arguments):
    """The functions of these files as programs; their lines of cases.txt."""
    kept = bundles / "examples"
    kept.mkdir()
    compare = ROOT / "test" / "Target" / "Cpu" / "compare_with_interpreter.py"
    environment = dict(os.environ, PATH=f"{options.bin.resolve()}{os.pathsep}{os.environ['PATH']}")
    done = subprocess.run([sys.executable, compare, "--target", "cuda", "--cuda-arch", options.cuda_arch,
                           "--cancelling", "--keep", kept, *arguments, *files],
                          env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    lines = []
    for bundle in sorted(path for path in kept.iterdir() if "." in path.name):
        name, ranks = bundle.name.split(".")
        shutil.move(bundle, bundles / bundle.name)
        shutil.move(kept / name, options.folder / "cases" / name)
        lines.append(f"{name} {FORWARD} {ranks}")
    kept.rmdir()
    return lines


def drop_weights(bundle):
    """Takes the weights out of a bundle."""
    manifest = json.loads((bundle / "manifest.json").read_text())
    dropped = {rank.pop("weights") for rank in manifest["ranks"] if "weights" in rank}
    manifest["files"] = [file for file in manifest["files"] if file["name"] not in dropped]
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    for name in dropped:
        (bundle / name).unlink()


def make_model(item, scratch, minilm):
    """The workload's model in its type, in a folder of its own; the path."""
    folder = scratch / item.folder
    folder.mkdir()
    if item.workload.family == "llama":
        return llama.write(item.workload, folder, item.dtype)
    made = models.make(item.workload, scratch / "models", minilm)
    if item.dtype == "f32":
        for name in ("model.onnx", "model.safetensors"):
            shutil.copyfile(made / name, folder / name)
        return folder / "model.onnx"
    return half.convert(made / "model.onnx", folder, item.dtype)


def draw_inputs(item):
    if item.workload.family == "llama":
        shape = (item.workload.batch, item.workload.sequence, item.workload.size)
        # Multiples of 1/64 need little space.
        arrays = {"x": (np.random.default_rng(1).integers(-128, 129, shape) / 64).astype(np.float32)}
    else:
        arrays = models.draw_inputs(item.workload)
    if item.dtype != "f16":  # bf16 is read as f32
        return arrays
    return {name: a.astype(np.float16) if a.dtype == np.float32 else a for name, a in arrays.items()}


def pack_timed(item, options, bundles):
    """One workload; its line of timed.txt."""
    workload = item.workload
    target = options.folder / "timed" / item.folder
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="dtc-gpu-pack-") as temporary:
        scratch = pathlib.Path(temporary)
        model = make_model(item, scratch, options.minilm)
        command = [options.bin / "dtc-compile", model, "-o", bundles / item.folder, "--mesh", "tp=1"]
        if workload.training:
            command += ["--train", scratch / "models" / made_folder(workload) / "train.yaml"]
        for name in ("batch", "sequence") if workload.family == "encoder" else ():
            command += ["--dim", f"{name}={getattr(workload, name)}"]
        compile_bundle(command, options)
        drop_weights(bundles / item.folder)
        shutil.copyfile(model, target / "model.onnx")
        weights = next(path for path in model.parent.iterdir() if path.name != "model.onnx")
        spec = {**dataclasses.asdict(workload), "dtype": item.dtype, "weights_file": weights.name,
                "weights_bytes": weights.stat().st_size}
    (target / "spec.json").write_text(json.dumps(spec))
    np.savez_compressed(target / "input.npz", **draw_inputs(item))
    kind = "train" if workload.training else "forward"
    return (f"{item.folder} {item.dtype} {kind} {timed.operations(workload)} "
            f"{timed.moved_bytes(workload, item.dtype)} {workload.name}")


def made_folder(workload):
    return "".join(c if c.isalnum() else "-" for c in workload.name)


def copy_programs(options, bundles):
    """dtc-run, dtc-gpu-check, and the libraries of these and of a rank."""
    for folder in ("bin", "lib", "peers"):
        (options.folder / folder).mkdir()
    programs = [options.bin / "dtc-run", options.bin / "dtc-gpu-check"]
    for program in programs:
        shutil.copy2(program, options.folder / "bin")
    rank = next(bundles.glob("*/rank0"))
    for program in [*programs, rank]:
        listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        for name, path in re.findall(r"^\s*(\S+) => (/.+) \(0x", listed, re.M):
            if not SYSTEM.fullmatch(name):
                shutil.copyfile(path, options.folder / "lib" / name)
    for file in ("gpu/peer_gpu.py", "torch_models.py"):
        shutil.copy2(ROOT / "benchmarks" / file, options.folder / "peers")
    shutil.copy2(ROOT / "scripts" / "gpu_check.sh", options.folder)


def folder_bytes(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def pack_all(options, bundles):
    fixtures = sorted(path.parent for kind in ("models", "training")
                      for path in (ROOT / "test" / "Fixtures" / kind).glob("*/case.json"))
    if options.small:
        fixtures = [folder for folder in fixtures if folder.name in SMALL_CASES]
    for folder in fixtures:
        if (folder / "model.onnx").exists() and folder.name == "minilm":
            print("left out: models/minilm, whose weights are not in the repository; it is timed")
    fixtures = [folder for folder in fixtures if folder.name != "minilm"]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        lines = sum(pool.map(lambda folder: pack_case(folder, options, bundles), fixtures), [])
    lines += pack_ops(options, bundles) + pack_products(options, bundles)
    (options.folder / "cases.txt").write_text("".join(line + "\n" for line in lines))
    lines = [pack_timed(item, options, bundles) for item in (timed.SMALL if options.small else timed.STEPS)]
    (options.folder / "timed.txt").write_text("".join(line + "\n" for line in lines))
    copy_programs(options, bundles)
    with tarfile.open(options.folder / "bundles.tar.xz", "w:xz", preset=6) as archive:
        for path in sorted(bundles.iterdir()):
            archive.add(path, path.name)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="gpu_check.sh pack", description="pack what a machine with a GPU checks")
    parser.add_argument("folder", type=pathlib.Path, help="made; must not exist or be empty")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="build tree (default: build)")
    parser.add_argument("--minilm", type=pathlib.Path, help="folder of MiniLM (default: fetched into the build tree)")
    parser.add_argument("--cuda-arch", default=OLDEST,
                        help=f"GPUs that bundles are for, as dtc-compile takes it (default: {OLDEST} and newer)")
    parser.add_argument("--small", action="store_true", help="few cases and tiny workloads, to try the script")
    options = parser.parse_args()
    options.bin = options.build / "bin"
    options.minilm = options.minilm or options.build / "models" / "minilm"
    for name in ("dtc-compile", "dtc-run", "dtc-gpu-check"):
        if not (options.bin / name).is_file():
            parser.error(f"expected '{name}' in '{options.bin}'; build it, or name the build tree with --build")
    if options.folder.exists() and (not options.folder.is_dir() or any(options.folder.iterdir())):
        parser.error(f"'{options.folder}': expected no such folder, or an empty one")
    options.folder.mkdir(parents=True, exist_ok=True)
    return options


def main():
    options = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="dtc-gpu-bundles-") as bundles:
        pack_all(options, pathlib.Path(bundles))
    size = folder_bytes(options.folder)
    print(f"{options.folder}: {size / 1e6:.1f} MB; run gpu_check.sh in it on a machine with a GPU")
    if size > MOST_BYTES:
        sys.exit(f"expected at most {MOST_BYTES / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
