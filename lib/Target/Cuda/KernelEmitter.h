//===- KernelEmitter.h - One GPU kernel for a fused expression --*- C++ -*-===//

#ifndef DTC_LIB_TARGET_CUDA_KERNELEMITTER_H
#define DTC_LIB_TARGET_CUDA_KERNELEMITTER_H

#include "Schedule.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace dtc::cuda {

/// A kernel without a body on `arguments` pointers to global memory.
mlir::func::FuncOp declareKernel(mlir::OpBuilder &builder,
                                 mlir::Location location, llvm::StringRef name,
                                 int64_t arguments);

/// Emits the kernel as a `func.func` named `name` on pointers to global memory,
/// to be launched as `schedule` says.
void emitKernel(mlir::OpBuilder &builder, mlir::Location location,
                llvm::StringRef name, const cpu::KernelSpec &kernel,
                const ArgumentFacts &facts, const Schedule &schedule);

} // namespace dtc::cuda

#endif // DTC_LIB_TARGET_CUDA_KERNELEMITTER_H
