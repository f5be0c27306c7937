//===- HostEmitter.h - The processor's side of a GPU program ----*- C++ -*-===//

#ifndef DTC_LIB_TARGET_CUDA_HOSTEMITTER_H
#define DTC_LIB_TARGET_CUDA_HOSTEMITTER_H

#include "CudaProgram.h"

namespace dtc::cuda {

/// Machine code for one architecture and text for later ones.
struct DeviceCode {
  std::string architecture, ptx, cubin;
};

/// Constants become part of the packed memory, where the runtime puts them;
/// before memory is planned.
void packConstants(CudaProgram &cuda);

/// Success, or a diagnostic at the first op that has no code for GPUs.
mlir::LogicalResult checkSteps(const CudaProgram &cuda);

/// Adds launches, `load`, `step` and the tables of program.h and gpu.h to an
/// empty module.
void emitHostProgram(llvm::Module &module, const CudaProgram &cuda,
                     const DeviceCode &code);

/// The machine code of PTX by the CUDA Toolkit's ptxas; empty when there is
/// none. Files beside `path` come and go.
llvm::Expected<std::string> assemble(llvm::StringRef ptx,
                                     llvm::StringRef architecture,
                                     llvm::StringRef path);

} // namespace dtc::cuda

#endif // DTC_LIB_TARGET_CUDA_HOSTEMITTER_H
