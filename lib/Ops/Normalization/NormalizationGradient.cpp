//===- NormalizationGradient.cpp - Gradients of normalisations ------------===//
//
// The statistics are computed again from the operand: they cost less than what
// keeping them would. Half types compute in f32, as evaluation does.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

/// A tensor of ones in the type of a norm's sums: f32 or wider.
static Value onesLike(GradientBuilder &b, Value scale, Value input) {
  Type element = elementOf(input);
  if (element.getIntOrFloatBitWidth() < 32)
    element = b.getBuilder().getF32Type();
  return b.constant(RankedTensorType::get(shapeOf(scale), element), 1);
}

/// `gradient` of a norm with the operands input, scale and bias. The gradient
/// of the input is one op, that of the scale the sum over rows of the
/// gradient times `unit`, the norm without scale and bias.
template <typename Gradient, typename Op, typename MakeUnit>
static LogicalResult differentiateNorm(GradientBuilder &b, Op op,
                                       MakeUnit makeUnit) {
  Value input = op.getInput(), scale = op.getScale();
  // Not linear in the input: the gradient is completed once, to how the norm's
  // result is held.
  Value g = b.placeLike(b.gradient(), op.getResult());
  auto outer = llvm::to_vector(llvm::seq<int64_t>(0, op.getAxis()));
  if (b.wants(0))
    b.set(0, b.make<Gradient>(g, input, scale, op.getAxis(), op.getEpsilon()));
  Value ones = onesLike(b, scale, input);
  auto sumOfRows = [&](Value value, Value operand) {
    return b.cast(b.sum(value, outer, false), elementOf(operand));
  };
  if (b.wants(1)) {
    Value unit = makeUnit(b.cast(input, elementOf(ones)), ones);
    Value wide = b.cast(g, elementOf(ones));
    b.set(1, sumOfRows(b.mul(unit, wide), scale));
  }
  if (op->getNumOperands() > 2 && b.wants(2))
    b.set(2, sumOfRows(b.cast(g, elementOf(ones)), op->getOperand(2)));
  return success();
}

LogicalResult LayerNormOp::differentiate(GradientBuilder &b) {
  return differentiateNorm<LayerNormGradientOp>(
      b, *this, [&](Value x, Value ones) {
        return b.make<LayerNormOp>(x, ones, Value(), getAxis(), getEpsilon());
      });
}

LogicalResult RmsNormOp::differentiate(GradientBuilder &b) {
  return differentiateNorm<RmsNormGradientOp>(
      b, *this, [&](Value x, Value ones) {
        return b.make<RmsNormOp>(x, ones, getAxis(), getEpsilon());
      });
}

/// The statistics are operands like any other.
LogicalResult BatchNormOp::differentiate(GradientBuilder &b) {
  Value x = getInput(), g = b.gradient();
  SmallVector<int64_t> kept(shapeOf(x).size(), 1), others;
  kept[1] = shapeOf(x)[1];
  for (int64_t dim = 0, rank = kept.size(); dim < rank; ++dim)
    if (dim != 1)
      others.push_back(dim);
  auto channel = [&](Value value) { return b.reshape(value, kept); };
  Value inverse =
      b.make<RsqrtOp>(b.add(getVariance(), getEpsilon().convertToDouble()));
  Value scale = b.mul(getScale(), inverse);
  if (b.wants(0))
    b.set(0, b.mul(channel(scale), g));
  Value total = b.sum(g, others, false);
  b.set(2, total);
  if (b.wants(3))
    b.set(3, b.mul(b.neg(scale), total));
  if (!b.wants(1) && !b.wants(4))
    return success();
  Value along = b.sum(b.mul(b.sub(x, channel(getMean())), g), others, false);
  if (b.wants(1))
    b.set(1, b.mul(along, inverse));
  if (b.wants(4))
    b.set(4, b.mul(b.mul(b.mul(scale, b.square(inverse)), -0.5), along));
  return success();
}
