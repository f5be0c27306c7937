//===- SoftmaxGradient.cpp - Gradients of softmax and its logarithm -------===//

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

/// y * (g - sum(g * y)).
LogicalResult SoftmaxOp::differentiate(GradientBuilder &b) {
  Value y = getResult(), g = b.gradient();
  int64_t axis = getAxis();
  Value weighted = b.mul(y, g);
  Value total = b.sum(weighted, {axis}, true);
  b.set(0, b.sub(weighted, b.mul(y, total)));
  return success();
}

/// g - exp(y) * sum(g).
LogicalResult LogSoftmaxOp::differentiate(GradientBuilder &b) {
  Value g = b.gradient();
  int64_t axis = getAxis();
  Value total = b.sum(g, {axis}, true);
  b.set(0, b.sub(g, b.mul(b.make<ExpOp>(getResult()), total)));
  return success();
}
