//===- Codegen.cpp - From a local program to GPU kernels ------------------===//
//
// 1. The CPU target's program builder makes buffers, steps and fused kernels.
// 2. Kernels get their threads and become MLIR functions on global memory.
// 3. They go through LLVM's dialect and optimiser to PTX.
// 4. Host code launches them; it is linked with the runtime.
//
//===----------------------------------------------------------------------===//

#include "dtc/Target/Cuda.h"

#include "HostCode.h"
#include "HostEmitter.h"
#include "Linker.h"
#include "RoutineKernels.h"
#include "StepEmitter.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cuda;

void dtc::registerCudaDialects(DialectRegistry &registry) {
  registerCpuDialects(registry);
  registry.insert<NVVM::NVVMDialect>();
  registerNVVMDialectTranslation(registry);
}

llvm::Error dtc::checkGpuArchitecture(StringRef architecture) {
  return makeTargetMachine(architecture).takeError();
}

/// cuBLASLt has products of floats up to 32 bits; gelu with erf stays a kernel,
/// as the library's is the approximation by tanh. cuDNN convolves,
/// and has attention of 16 bits.
static cpu::ProductLibrary gpuLibraries() {
  cpu::ProductLibrary library;
  library.types = {DType::F32, DType::F16, DType::BF16};
  library.epilogues = {DTC_EPILOGUE_RELU, DTC_EPILOGUE_GELU_TANH};
  library.convolutionTypes = library.types;
  library.attentionTypes = {DType::F16, DType::BF16};
  library.convolutionEpilogues = {DTC_EPILOGUE_RELU};
  library.joinsTransposedBias = false;
  library.padsUnevenly = false;
  library.prefix = "dtc_gpu_";
  library.packsWeights = false;
  library.takesStrides = false;
  library.sumsOperands = true;
  library.hasGradients = true;
  library.mayRefuse = true;
  return library;
}

void dtc::describeCudaTarget(ModuleOp module) {
  Builder builder(module.getContext());
  SmallVector<Attribute> types;
  for (DType type : gpuLibraries().attentionTypes)
    types.push_back(TypeAttr::get(getElementType(type, module.getContext())));
  // GPUs of a host are joined by other links than processors.
  module->setAttr("dtc.default_link", builder.getStringAttr("nvlink"));
  module->setAttr("dtc.library_attention", builder.getArrayAttr(types));
}

static LogicalResult buildProgram(ModuleOp local, CudaProgram &cuda) {
  local.getContext()->loadDialect<NVVM::NVVMDialect>();
  cuda.program.products = gpuLibraries();
  cuda.program.sortedWithoutScratch = kMostSortedByBlock;
  if (failed(cpu::readProgram(local, cuda.program)))
    return failure();
  emitKernels(cuda);
  packConstants(cuda);
  cpu::planMemory(cuda.program);
  return success();
}

namespace {

/// Optimised LLVM IR of a program's kernels.
struct CompiledKernels {
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> module;
  std::unique_ptr<llvm::TargetMachine> machine;
};

} // namespace

static LogicalResult compileToLlvm(ModuleOp local, const CudaOptions &options,
                                   CudaProgram &cuda, CompiledKernels &result) {
  auto machine = makeTargetMachine(options.architecture);
  if (!machine)
    return local.emitError() << llvm::toString(machine.takeError());
  result.machine = std::move(*machine);
  if (failed(buildProgram(local, cuda)) || failed(lowerKernels(cuda)))
    return failure();
  result.context = std::make_unique<llvm::LLVMContext>();
  result.module =
      translateModuleToLLVMIR(*cuda.program.kernels, *result.context);
  if (!result.module)
    return local.emitError("kernels do not translate to LLVM IR");
  result.module->setTargetTriple(result.machine->getTargetTriple());
  result.module->setDataLayout(result.machine->createDataLayout());
  defineFailures(*result.module);
  if (llvm::Error error = linkLibdevice(*result.module))
    return local.emitError() << llvm::toString(std::move(error));
  optimizeKernels(*result.module, *result.machine);
  return success();
}

static void printLaunches(const CudaProgram &cuda, llvm::raw_ostream &os) {
  os << "// kernels:\n";
  for (auto [number, kernel] : llvm::enumerate(cuda.kernels))
    os << "//   kernel" << number << ": " << kernel.description << "\n";
}

LogicalResult dtc::printCudaStage(ModuleOp local, const CudaOptions &options,
                                  CudaStage stage, llvm::raw_ostream &os) {
  CudaProgram cuda;
  if (stage == CudaStage::Lowered) {
    if (failed(buildProgram(local, cuda)))
      return failure();
    cpu::printSteps(cuda.program, os);
    printLaunches(cuda, os);
    cuda.program.kernels->print(os);
    os << "\n";
    return success();
  }
  CompiledKernels compiled;
  if (failed(compileToLlvm(local, options, cuda, compiled)))
    return failure();
  if (stage == CudaStage::Llvm) {
    compiled.module->print(os, nullptr);
    return success();
  }
  llvm::Expected<std::string> ptx =
      emitPtx(*compiled.module, *compiled.machine);
  if (!ptx)
    return local.emitError() << llvm::toString(ptx.takeError());
  cpu::printSteps(cuda.program, os);
  printLaunches(cuda, os);
  os << *ptx;
  return success();
}

//===----------------------------------------------------------------------===//
// Executables
//===----------------------------------------------------------------------===//

static llvm::Expected<DeviceCode> emitDeviceCode(CompiledKernels &compiled,
                                                 const CudaOptions &options,
                                                 StringRef path) {
  llvm::Expected<std::string> ptx =
      emitPtx(*compiled.module, *compiled.machine);
  if (!ptx)
    return ptx.takeError();
  llvm::Expected<std::string> cubin =
      assemble(*ptx, options.architecture, path);
  if (!cubin)
    return cubin.takeError();
  return DeviceCode{options.architecture, *ptx, *cubin};
}

/// The processor that every machine of this architecture is: what the host's
/// code does is launch kernels, perhaps elsewhere than where it was compiled.
static StringRef oldestProcessor() {
  return llvm::Triple(llvm::sys::getProcessTriple()).isX86() ? "x86-64"
                                                             : "generic";
}

static LogicalResult linkProgram(ModuleOp local, const CudaProgram &cuda,
                                 const DeviceCode &code, StringRef path) {
  auto machine = cpu::makeTargetMachine(oldestProcessor());
  if (!machine)
    return local.emitError() << llvm::toString(machine.takeError());
  llvm::LLVMContext context;
  llvm::Module host("host", context);
  host.setTargetTriple((*machine)->getTargetTriple());
  host.setDataLayout((*machine)->createDataLayout());
  emitHostProgram(host, cuda, code);
  cpu::optimize(host, **machine);
  std::string object = (path + ".o").str();
  if (failed(cpu::emitObject(local, host, **machine, object)))
    return failure();
  llvm::Error error = cpu::linkExecutable(object, path);
  llvm::sys::fs::remove(object);
  if (error)
    return local.emitError() << llvm::toString(std::move(error));
  return success();
}

FailureOr<CpuProgramInfo>
dtc::compileToCudaExecutable(ModuleOp local, const CudaOptions &options,
                             StringRef path) {
  CudaProgram cuda;
  CompiledKernels compiled;
  if (failed(compileToLlvm(local, options, cuda, compiled)) ||
      failed(checkSteps(cuda)))
    return failure();
  llvm::Expected<DeviceCode> code = emitDeviceCode(compiled, options, path);
  if (!code)
    return local.emitError() << llvm::toString(code.takeError());
  if (failed(linkProgram(local, cuda, *code, path)))
    return failure();
  CpuProgramInfo info = cpu::describeMemory(cuda.program);
  // A GPU's libraries and what they take are not the host's.
  info.runtimeBytes = -1;
  return info;
}
