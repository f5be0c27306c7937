//===- Gradient.h - Building the gradient of one op -------------*- C++ -*-===//
//
// What DifferentiableInterface hands to an op: the gradients of its results and
// a place for those of its operands. Rules are written in the order in which
// the reference's are, as partial values follow an op's first operand.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_IR_GRADIENT_H
#define DTC_IR_GRADIENT_H

#include "dtc/IR/TensorBuilder.h"

#include "llvm/ADT/BitVector.h"

namespace dtc {

class GradientBuilder : public TensorBuilder {
public:
  /// `results`: one gradient for each result of `op`, null where none flows.
  /// `wanted`: the operands whose gradient is asked for.
  GradientBuilder(mlir::OpBuilder &builder, mlir::Operation *op,
                  llvm::ArrayRef<mlir::Value> results, llvm::BitVector wanted);

  /// The gradient of result `index`; null where none flows.
  mlir::Value gradient(unsigned index = 0) const { return results[index]; }
  /// The same, zeros where none flows.
  mlir::Value gradientOrZeros(unsigned index);
  bool wants(unsigned operand) const { return wantedOperands.test(operand); }
  /// Says the gradient of an operand: of the operand's shape, or of one that
  /// the operand was broadcast to, which is summed. One that nobody asked for
  /// is ignored; operands without one have the gradient zero.
  void set(unsigned operand, mlir::Value gradient);
  /// What the rule said, null for zero.
  mlir::Value get(unsigned operand) const { return operandGradients[operand]; }

private:
  mlir::Operation *op;
  llvm::SmallVector<mlir::Value> results;
  llvm::BitVector wantedOperands;
  llvm::SmallVector<mlir::Value> operandGradients;
};

} // namespace dtc

#endif // DTC_IR_GRADIENT_H
