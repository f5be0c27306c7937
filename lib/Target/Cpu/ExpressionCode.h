//===- ExpressionCode.h - What expressions mean in any kernel ---*- C++ -*-===//
//
// Code that does not depend on how a target walks a kernel's loops: constants,
// computations, joins of reduced elements, and the passes over a row. Values
// are scalars or vectors of one length, `lanes`; with one lane all are scalars.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_TARGET_CPU_EXPRESSIONCODE_H
#define DTC_LIB_TARGET_CPU_EXPRESSIONCODE_H

#include "Expression.h"

#include "llvm/ADT/DenseMap.h"

namespace dtc::cpu {

/// A scalar in every lane; vectors stay.
mlir::Value splat(mlir::OpBuilder &builder, mlir::Location location,
                  mlir::Value value, int64_t lanes);

/// The scalar of a Constant.
mlir::Value emitConstant(mlir::OpBuilder &builder, mlir::Location location,
                         const Expression *constant);

/// A Compute of its operands. Scalars stay scalars; one vector operand makes
/// the computation a vector's.
mlir::Value emitComputation(mlir::OpBuilder &builder, mlir::Location location,
                            const Expression *computation,
                            llvm::SmallVector<mlir::Value> operands,
                            int64_t lanes);

/// `first` and what is `stride` further a lane.
mlir::Value alongLanes(mlir::OpBuilder &builder, mlir::Location location,
                       mlir::Value first, int64_t stride, int64_t lanes);

/// The larger or smaller of two floats, a NaN where one is.
using EmitExtreme =
    llvm::function_ref<mlir::Value(Combine, mlir::Value, mlir::Value)>;

/// Two values joined. A product that is added to a sum is rounded once.
/// `extreme`: how the target joins floats by Max and Min.
mlir::Value emitCombine(mlir::OpBuilder &builder, mlir::Location location,
                        Combine combine, mlir::Value lhs, mlir::Value rhs,
                        EmitExtreme extreme);

/// What joined with any value of `type` gives that value.
mlir::Value emitNeutral(mlir::OpBuilder &builder, mlir::Location location,
                        Combine combine, mlir::Type type);

/// The passes over a row after which expressions are known: those without a
/// reduction in pass 0, a reduction one pass after its operand.
class PassNumbers {
public:
  int of(const Expression *expression);

private:
  llvm::DenseMap<const Expression *, int> known;
};

} // namespace dtc::cpu

#endif // DTC_LIB_TARGET_CPU_EXPRESSIONCODE_H
