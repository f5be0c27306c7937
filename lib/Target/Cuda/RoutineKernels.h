//===- RoutineKernels.h - Updates and orders on a GPU -----------*- C++ -*-===//

#ifndef DTC_LIB_TARGET_CUDA_ROUTINEKERNELS_H
#define DTC_LIB_TARGET_CUDA_ROUTINEKERNELS_H

#include "CudaProgram.h"

namespace dtc::cuda {

/// Emits a kernel that does what the runtime's routine does on processors, with
/// the same arguments in the same order, bit for bit.
LaunchedKernel emitRoutine(mlir::OpBuilder &builder, mlir::Location location,
                           llvm::StringRef name, const cpu::Routine &routine);

/// Text that is equal for routines that emit equal code.
std::string routineSignature(const cpu::Routine &routine);

} // namespace dtc::cuda

#endif // DTC_LIB_TARGET_CUDA_ROUTINEKERNELS_H
