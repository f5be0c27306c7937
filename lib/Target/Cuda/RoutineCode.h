//===- RoutineCode.h - What kernels of routines are written with *- C++ -*-===//

#ifndef DTC_LIB_TARGET_CUDA_ROUTINECODE_H
#define DTC_LIB_TARGET_CUDA_ROUTINECODE_H

#include "CudaProgram.h"
#include "WarpOps.h"
#include "dtc/IR/Dtc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace dtc::cuda {

/// An element type of an array. Integers are signless.
struct RoutineElement {
  mlir::Type type;
  DType dtype;

  /// `code` is a DType.
  RoutineElement(mlir::OpBuilder &builder, int32_t code);

  bool isUnsigned() const;
};

/// Emits the arithmetic and the accesses of a routine. Numbers are i64.
class RoutineCode {
public:
  RoutineCode(mlir::OpBuilder &builder, mlir::Location location)
      : warp(builder, location), builder(builder), location(location) {}

protected:
  mlir::Value number(int64_t value) const;
  mlir::Value add(mlir::Value a, mlir::Value b) const;
  mlir::Value mul(mlir::Value a, int64_t b) const;
  mlir::Value compare(mlir::arith::CmpIPredicate predicate, mlir::Value a,
                      mlir::Value b) const;
  /// Of unsigned numbers.
  mlir::Value isBelow(mlir::Value a, mlir::Value b) const;
  mlir::Value both(mlir::Value a, mlir::Value b) const;
  mlir::Value either(mlir::Value a, mlir::Value b) const;
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b) const;
  mlir::Value wide(mlir::Value i32) const;
  /// rest % extent, and rest becomes rest / extent.
  mlir::Value splitOff(mlir::Value &rest, int64_t extent) const;

  mlir::Value load(mlir::Value base, const RoutineElement &element,
                   mlir::Value at) const;
  void store(mlir::Value base, const RoutineElement &element, mlir::Value at,
             mlir::Value value) const;

  void onlyIf(mlir::Value condition, llvm::function_ref<void()> body);
  /// `body` where the condition holds, else `otherwise`, which is there already
  /// and decides the number and types of the results.
  llvm::SmallVector<mlir::Value>
  ifElse(mlir::Value condition, mlir::ValueRange otherwise,
         llvm::function_ref<llvm::SmallVector<mlir::Value>()> body);
  /// `body` of each number from 0 to below `extent` and what the one before
  /// gave.
  llvm::SmallVector<mlir::Value>
  loop(int64_t extent, mlir::ValueRange start,
       llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value,
                                                         mlir::ValueRange)>
           body);
  /// `body` while `condition` holds of what the one before gave.
  llvm::SmallVector<mlir::Value>
  loopWhile(mlir::ValueRange start,
            llvm::function_ref<mlir::Value(mlir::ValueRange)> condition,
            llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::ValueRange)>
                body);

  /// Emits a kernel function of `count` pointers, the arguments, around `body`,
  /// which gets the number of the block, and the thread's in it.
  void emitFunction(llvm::StringRef name, int64_t count,
                    llvm::function_ref<void(mlir::Value, mlir::Value)> body);
  /// The same where each of `items` is a thread's; `body` gets its number.
  LaunchedKernel emitForItems(llvm::StringRef name, int64_t count,
                              int64_t items, const llvm::Twine &description,
                              llvm::function_ref<void(mlir::Value)> body);

  WarpOps warp;
  mlir::OpBuilder &builder;
  mlir::Location location;
  /// Of the function that is emitted.
  llvm::SmallVector<mlir::Value> arguments;
};

} // namespace dtc::cuda

#endif // DTC_LIB_TARGET_CUDA_ROUTINECODE_H
