//===- SortGradient.cpp - Gradients of orders -----------------------------===//
//
// An element's gradient goes back to where it was.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

template <typename Op> static LogicalResult putBack(GradientBuilder &b, Op op) {
  if (!b.gradient())
    return success();
  Value zeros = b.constant(tensorType(op.getInput()), 0);
  auto sum = ReduceKindEnumAttr::get(op.getContext(), ReduceKindEnum::sum);
  b.set(0, b.make<ScatterElementsOp>(
               zeros, op.getIndices(), b.gradient(),
               b.getBuilder().getI64IntegerAttr(op.getAxis()), sum));
  return success();
}

LogicalResult SortOp::differentiate(GradientBuilder &b) {
  return putBack(b, *this);
}

LogicalResult TopKOp::differentiate(GradientBuilder &b) {
  return putBack(b, *this);
}
