# lit.cfg.py: the lit suite of dtc's tools, passes and programs.

import os
import shutil

import lit.formats

config.name = "dtc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "Fixtures", "Unit", "lit.cfg.py", "lit.site.cfg.py"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.dtc_build_dir, "test")

tools = os.path.join(config.dtc_build_dir, "bin")
config.environment["PATH"] = os.pathsep.join(
    [tools, config.llvm_tools_dir, os.environ["PATH"]])
config.environment["ASAN_OPTIONS"] = os.environ.get(
    "ASAN_OPTIONS",
    "detect_leaks=0:detect_container_overflow=0:allow_user_poisoning=0")
config.substitutions.append(("%python", config.python))
config.substitutions.append(
    ("%fixtures", os.path.join(config.test_source_root, "Fixtures")))
config.substitutions.append(("%bin", tools))
config.substitutions.append(("%source", config.dtc_source_dir))
config.substitutions.append(("%build", config.dtc_build_dir))

if os.path.exists(os.path.join(tools, "dtc-compile")):
    config.available_features.add("dtc-compile")
if os.path.exists(os.path.join(config.dtc_build_dir, "models", "minilm",
                               "model.safetensors")):
    config.available_features.add("minilm")
opt = os.path.join(tools, "dtc-opt")
if os.path.exists(opt):
    with open(opt, "rb") as file:
        if b"__asan_init" in file.read():
            config.available_features.add("sanitized")
toolkit = os.environ.get("CUDA_HOME", "/usr/local/cuda")
ptxas = shutil.which("ptxas") or os.path.join(toolkit, "bin", "ptxas")
if os.path.exists(ptxas):
    config.available_features.add("ptxas")
    config.substitutions.append(("%ptxas", ptxas))
    config.environment["CUDA_HOME"] = os.path.dirname(os.path.dirname(ptxas))
    config.substitutions.append(("%toolkit", config.environment["CUDA_HOME"]))
# What runs a bundle for GPUs without one.
emulated = os.path.join(config.dtc_build_dir, "lib", "libdtc-emulated-cuda.so")
config.substitutions.append(
    ("%gpu", f"env DTC_CUDA_DRIVER={emulated} DTC_CUBLASLT={emulated} DTC_CUDNN={emulated} DTC_NCCL={emulated}"))
if shutil.which("mpirun"):
    config.available_features.add("mpi")
