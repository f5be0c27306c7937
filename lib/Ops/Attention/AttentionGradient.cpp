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
// Where the target's library has all of this it stays one op, and attention
// keeps the sums that the library starts from. The module says so: the list
// `dtc.library_attention` of element types.
//
//===----------------------------------------------------------------------===//

#include "AttentionParts.h"

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

namespace {

/// Builds the gradients that are wanted, each of which goes to `set` with the
/// number of its operand: query, key, value or mask.
struct GradientParts {
  TensorBuilder &b;
  const AttentionInputs &inputs;
  llvm::function_ref<bool(unsigned)> wants;
  llvm::function_ref<void(unsigned, Value)> set;

  void build(Value gradient);

private:
  Value scoresGradient(const AttentionParts &parts, Value g);
  void setSummed(unsigned operand, Value gradient, Value part, Value whole);
};

} // namespace

/// The gradient of the scores, before the cap's factor.
Value GradientParts::scoresGradient(const AttentionParts &parts, Value g) {
  Value weights = parts.weights;
  Value inner = b.make<MatMulOp>(g, parts.value, false, true);
  Value weighted = b.mul(weights, inner);
  int64_t axis = shapeOf(weights).size() - 1;
  Value total = b.sum(weighted, {axis}, true);
  return b.sub(weighted, b.mul(weights, total));
}

/// Heads that share a key sum their gradients; then there is one dimension.
void GradientParts::setSummed(unsigned operand, Value gradient, Value part,
                              Value whole) {
  gradient = b.sumTo(gradient, shapeOf(part));
  set(operand, b.reshape(gradient, shapeOf(whole)));
}

void GradientParts::build(Value gradient) {
  AttentionParts parts = buildAttentionWeights(b, inputs);
  Value g = splitAttentionHeads(b, inputs, gradient);
  if (wants(2))
    setSummed(2, b.make<MatMulOp>(parts.weights, g, true, false), parts.value,
              inputs.value);
  bool wantsMask =
      inputs.mask && !elementOf(inputs.mask).isInteger(1) && wants(3);
  if (!wants(0) && !wants(1) && !wantsMask)
    return;
  Value scores = scoresGradient(parts, g);
  if (wantsMask) {
    SmallVector<int64_t> shape(shapeOf(inputs.query));
    shape.back() = shapeOf(scores).back();
    set(3, b.reshape(scores, shape));
  }
  if (parts.tanh)
    scores = b.mul(scores, b.subFrom(1, b.square(parts.tanh)));
  scores = b.mul(scores, inputs.scale);
  if (wants(0))
    setSummed(0, b.make<MatMulOp>(scores, parts.key, false, false), parts.query,
              inputs.query);
  if (wants(1))
    setSummed(1, b.make<MatMulOp>(scores, parts.query, true, false), parts.key,
              inputs.key);
}

SmallVector<Value> AttentionGradientOp::expand(OpBuilder &builder) {
  TensorBuilder b(builder, getLoc());
  SmallVector<Value> results(3);
  AttentionInputs inputs = inputsOf(*this);
  auto wants = [](unsigned operand) { return operand < 3; };
  auto set = [&](unsigned operand, Value value) { results[operand] = value; };
  GradientParts{b, inputs, wants, set}.build(getGradient());
  return results;
}

//===----------------------------------------------------------------------===//
// Differentiation
//===----------------------------------------------------------------------===//

/// True where the target's library has the gradients that are wanted.
static bool isOfLibrary(AttentionOp op, const GradientBuilder &b) {
  auto types = op->getParentOfType<ModuleOp>()->getAttrOfType<ArrayAttr>(
      "dtc.library_attention");
  if (!types ||
      !llvm::is_contained(types, TypeAttr::get(elementOf(op.getQuery()))))
    return false;
  bool wantsMask = op.getMask() && b.wants(3);
  return !wantsMask && gradientFitsLibrary(inputsOf(op));
}

/// One op. What the forward pass computes keeps the sums from now on.
static void differentiateByLibrary(AttentionOp op, GradientBuilder &b) {
  AttentionOp kept = op;
  if (!op.getKeepsSums()) {
    OpBuilder builder(op);
    kept = AttentionOp::create(builder, op.getLoc(), op.getQuery(), op.getKey(),
                               op.getValue(), op.getMask(), op.getScaleAttr(),
                               op.getSoftcapAttr(), op.getBeforeAttr(),
                               op.getAfterAttr(), builder.getUnitAttr());
    kept->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    op.getResult().replaceAllUsesWith(kept.getResult());
  }
  auto gradient = AttentionGradientOp::create(
      b.getBuilder(), b.getLoc(), op.getQuery(), op.getKey(), op.getValue(),
      kept.getResult(), kept.getSums(), b.gradient(), op.getMask(),
      op.getScaleAttr(), op.getBeforeAttr(), op.getAfterAttr());
  for (auto [operand, value] : llvm::enumerate(gradient->getResults()))
    b.set(operand, value);
}

LogicalResult AttentionOp::differentiate(GradientBuilder &b) {
  if (getKeepsSums() && b.gradient(1))
    return emitOpError() << "expected no gradient of the sums";
  if (isOfLibrary(*this, b)) {
    differentiateByLibrary(*this, b);
    return success();
  }
  AttentionInputs inputs = inputsOf(*this);
  auto wants = [&](unsigned operand) { return b.wants(operand); };
  auto set = [&](unsigned operand, Value value) { b.set(operand, value); };
  GradientParts{b, inputs, wants, set}.build(b.gradient());
  return success();
}
