//===- Cuda.h - One rank's local program to GPU kernels ---------*- C++ -*-===//
//
// Input is a module after --dtc-localize: one function on plain tensors with
// static local shapes. The steps are those of the CPU target, the kernels are
// for NVIDIA GPUs.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_TARGET_CUDA_H
#define DTC_TARGET_CUDA_H

#include "dtc/Target/Cpu.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace dtc {

struct CudaOptions {
  /// "sm_80" or newer.
  std::string architecture = "sm_90";
};

/// Success, or why there is no code for a GPU of this architecture.
llvm::Error checkGpuArchitecture(llvm::StringRef architecture);

/// Says in the module's attributes what GPUs differ in before there is code for
/// them: the links between them, `dtc.default_link`, and the element types
/// whose attention a library computes with its gradient,
/// `dtc.library_attention`.
void describeCudaTarget(mlir::ModuleOp module);

/// The dialects that lowering goes through, with those of the CPU target.
void registerCudaDialects(mlir::DialectRegistry &registry);

/// The program as text: steps and kernels in MLIR, kernels in LLVM IR, and
/// steps with kernels in PTX.
enum class CudaStage { Lowered, Llvm, Ptx };
mlir::LogicalResult printCudaStage(mlir::ModuleOp local,
                                   const CudaOptions &options, CudaStage stage,
                                   llvm::raw_ostream &os);

/// Compiles and links to `path`: host code for any processor of this machine's
/// kind, kernels as machine code, where the CUDA Toolkit is installed, and as
/// PTX. Errors are diagnostics at the ops.
mlir::FailureOr<CpuProgramInfo>
compileToCudaExecutable(mlir::ModuleOp local, const CudaOptions &options,
                        llvm::StringRef path);

} // namespace dtc

#endif // DTC_TARGET_CUDA_H
