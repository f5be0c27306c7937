//===- RandomGradient.cpp - Gradients of random ops -----------------------===//

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

LogicalResult DropoutOp::differentiate(GradientBuilder &b) {
  if (!b.gradient())
    return success();
  double kept = 1 - getRatio().convertToDouble();
  b.set(0, b.make<DropoutBackwardOp>(
               b.gradient(), getMask(),
               b.getBuilder().getF64FloatAttr(kept > 0 ? 1 / kept : 0)));
  return success();
}
