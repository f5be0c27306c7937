//===- ShapeGradient.cpp - Gradients of ops that rename indices -----------===//

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

LogicalResult ReshapeOp::differentiate(GradientBuilder &b) {
  b.set(0, b.reshape(b.gradient(), shapeOf(getInput())));
  return success();
}

LogicalResult ViewOp::differentiate(GradientBuilder &b) {
  b.set(0, b.reshape(b.gradient(), shapeOf(getInput())));
  return success();
}

LogicalResult TransposeOp::differentiate(GradientBuilder &b) {
  SmallVector<int64_t> inverse(getPermutation().size());
  for (auto [to, from] : llvm::enumerate(getPermutation()))
    inverse[from] = to;
  b.set(0, b.transpose(b.gradient(), inverse));
  return success();
}

LogicalResult BroadcastOp::differentiate(GradientBuilder &b) {
  b.set(0, b.gradient());
  return success();
}
