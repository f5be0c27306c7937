//===- CollectiveGradient.cpp - Gradients of wishes for placements --------===//

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

/// The gradient goes back to how the operand is held; where that is partial, it
/// is replicated.
LogicalResult ConstrainOp::differentiate(GradientBuilder &b) {
  b.set(0, b.placeLike(b.gradient(), getInput()));
  return success();
}
