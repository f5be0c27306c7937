//===- RoutineKernels.h - Routines of processors as GPU kernels -*- C++ -*-===//

#ifndef DTC_LIB_TARGET_CUDA_ROUTINEKERNELS_H
#define DTC_LIB_TARGET_CUDA_ROUTINEKERNELS_H

#include "CudaProgram.h"

namespace dtc::cuda {

/// Emits kernels that do, one after the other, what the runtime's routine does
/// on processors, with the same arguments in the same order, bit for bit. Each
/// takes a new name.
llvm::SmallVector<LaunchedKernel>
emitRoutine(mlir::OpBuilder &builder, mlir::Location location,
            llvm::function_ref<std::string()> newName,
            const cpu::Routine &routine);

/// Updates by index: arguments are indices, updates, result.
LaunchedKernel emitUpdates(mlir::OpBuilder &builder, mlir::Location location,
                           llvm::StringRef name, const cpu::Routine &routine);

/// Elements of a line that one block sorts; values of 8 bytes and places fill
/// 12 KB.
inline constexpr int64_t kMostSortedByBlock = 1024;

/// An order: arguments are input, scratch, values, indices. Where lines are
/// longer than one block sorts, scratch memory has DTC_SORT_SCRATCH bytes for
/// each element of the input.
llvm::SmallVector<LaunchedKernel>
emitOrder(mlir::OpBuilder &builder, mlir::Location location,
          llvm::function_ref<std::string()> newName, const dtc_sort &sort);

/// Text that is equal for routines that emit equal code.
std::string routineSignature(const cpu::Routine &routine);

} // namespace dtc::cuda

#endif // DTC_LIB_TARGET_CUDA_ROUTINEKERNELS_H
