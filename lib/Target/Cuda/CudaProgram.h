//===- CudaProgram.h - One rank's kernels for a GPU -------------*- C++ -*-===//

#ifndef DTC_LIB_TARGET_CUDA_CUDAPROGRAM_H
#define DTC_LIB_TARGET_CUDA_CUDAPROGRAM_H

#include "Program.h"
#include "Schedule.h"

#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

namespace dtc::cuda {

/// A kernel function, named "kernel" and its number.
struct LaunchedKernel {
  int64_t blocks = 1, threads = 1;
  /// Pointers that it takes.
  int64_t arguments = 0;
  std::string description;
};

struct CudaProgram {
  cpu::Program program;
  std::vector<LaunchedKernel> kernels;
  /// Buffers that hold constants.
  std::vector<int> constants;
};

/// Emits a function for each kernel that differs from those before it in what
/// it computes, or in what is known of its memory; also for routines, which
/// become kernels.
void emitKernels(CudaProgram &program);

/// From fused kernels to LLVM's dialect: math functions become approximations
/// of ours, instructions, or calls of libdevice.
mlir::LogicalResult lowerKernels(const CudaProgram &cuda);

/// Links what is called of libdevice, from the CUDA Toolkit that is installed.
/// An error names the first function that is missing.
llvm::Error linkLibdevice(llvm::Module &module);

/// Gives the functions that kernels call on an error a body: the first error
/// is kept in `dtc_failure`, {i32 kind, i32, i64 row, i64 rows}.
void defineFailures(llvm::Module &module);

/// The machine of an architecture as "sm_90", or why there is none.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
makeTargetMachine(llvm::StringRef architecture);

/// LLVM's optimiser, with everything but kernels internal.
void optimizeKernels(llvm::Module &module, llvm::TargetMachine &machine);

/// The module as PTX text.
llvm::Expected<std::string> emitPtx(llvm::Module &module,
                                    llvm::TargetMachine &machine);

/// A file of the CUDA Toolkit that is installed: below $CUDA_HOME, beside a
/// `ptxas` on the path, or below /usr/local/cuda; empty when it is nowhere.
std::string findToolkitFile(llvm::StringRef relative);

} // namespace dtc::cuda

#endif // DTC_LIB_TARGET_CUDA_CUDAPROGRAM_H
