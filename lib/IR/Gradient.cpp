//===- Gradient.cpp - Building the gradient of one op ---------------------===//

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

GradientBuilder::GradientBuilder(OpBuilder &builder, Operation *op,
                                 ArrayRef<Value> results,
                                 llvm::BitVector wanted)
    : TensorBuilder(builder, dropValueName(op->getLoc())), op(op),
      results(results), wantedOperands(std::move(wanted)),
      operandGradients(op->getNumOperands()) {}

Value GradientBuilder::gradientOrZeros(unsigned index) {
  if (results[index])
    return results[index];
  return constant(tensorType(op->getResult(index)), 0);
}

void GradientBuilder::set(unsigned operand, Value gradient) {
  if (gradient && wants(operand))
    operandGradients[operand] =
        sumTo(gradient, shapeOf(op->getOperand(operand)));
}
