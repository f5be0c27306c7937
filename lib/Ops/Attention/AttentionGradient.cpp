//===- AttentionGradient.cpp - Gradient of attention ----------------------===//
//
// The weights are computed again rather than kept: they are larger than all
// operands together. With S the scores, P the weights and G the gradient:
//
//   dV = P^T G     dP = G V^T     dS = P * (dP - sum(P * dP))
//   dQ = scale dS K               dK = scale dS^T Q
//
// a capped score multiplies dS by 1 - tanh^2, and a mask of numbers gets dS as
// it is before that.
//
//===----------------------------------------------------------------------===//

#include "AttentionParts.h"

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

/// The gradient of the scores, before the cap's factor.
static Value scoresGradient(GradientBuilder &b, const AttentionParts &parts,
                            Value g) {
  Value weights = parts.weights;
  Value inner = b.make<MatMulOp>(g, parts.value, false, true);
  Value weighted = b.mul(weights, inner);
  int64_t axis = shapeOf(weights).size() - 1;
  Value total = b.sum(weighted, {axis}, true);
  return b.sub(weighted, b.mul(weights, total));
}

LogicalResult AttentionOp::differentiate(GradientBuilder &b) {
  AttentionParts parts = buildAttentionWeights(b, *this);
  Value g = splitAttentionHeads(b, *this, b.gradient());
  // Heads that share a key sum their gradients; then there is one dimension.
  auto set = [&](unsigned operand, Value gradient, Value part) {
    gradient = b.sumTo(gradient, shapeOf(part));
    b.set(operand, b.reshape(gradient, shapeOf(getOperand(operand))));
  };
  if (b.wants(2))
    set(2, b.make<MatMulOp>(parts.weights, g, true, false), parts.value);
  bool isNumber = getMask() && !elementOf(getMask()).isInteger(1);
  if (!b.wants(0) && !b.wants(1) && !(isNumber && b.wants(3)))
    return success();
  Value scores = scoresGradient(b, parts, g);
  if (isNumber && b.wants(3)) {
    SmallVector<int64_t> shape(shapeOf(getQuery()));
    shape.back() = shapeOf(scores).back();
    b.set(3, b.reshape(scores, shape));
  }
  if (parts.tanh)
    scores = b.mul(scores, b.subFrom(1, b.square(parts.tanh)));
  scores = b.mul(scores, getScale().convertToDouble());
  if (b.wants(0))
    set(0, b.make<MatMulOp>(scores, parts.key, false, false), parts.query);
  if (b.wants(1))
    set(1, b.make<MatMulOp>(scores, parts.query, true, false), parts.key);
  return success();
}
