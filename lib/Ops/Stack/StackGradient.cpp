//===- StackGradient.cpp - Gradients along a new dimension ----------------===//

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

LogicalResult StackOp::differentiate(GradientBuilder &b) {
  for (auto [i, input] : llvm::enumerate(getInputs()))
    if (b.wants(i))
      b.set(i,
            b.reshape(b.slice(b.gradient(), getAxis(), i, 1), shapeOf(input)));
  return success();
}

LogicalResult UnbindOp::differentiate(GradientBuilder &b) {
  SmallVector<Value> slices;
  for (unsigned i = 0; i < getNumResults(); ++i)
    slices.push_back(b.gradientOrZeros(i));
  b.set(0, b.make<StackOp>(slices, getAxis()));
  return success();
}
