//===- LikeGradient.cpp - Gradients of values like another ----------------===//

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

/// Placements are no part of the value; of the target nothing is read.
LogicalResult PlaceLikeOp::differentiate(GradientBuilder &b) {
  b.set(0, b.gradient());
  return success();
}

/// The operand is not read.
LogicalResult FillLikeOp::differentiate(GradientBuilder &) { return success(); }
