//===- NormalizationGradient.cpp - Gradients of normalisations ------------===//
//
// The statistics are computed again from the operand: they cost less than what
// keeping them would. Half types compute in f32, as evaluation does.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/Gradient.h"

#include <numeric>

using namespace mlir;
using namespace dtc;

static SmallVector<int64_t> range(int64_t begin, int64_t end) {
  SmallVector<int64_t> dims(end - begin);
  std::iota(dims.begin(), dims.end(), begin);
  return dims;
}

namespace {
/// A normalisation over the dimensions from `axis` on, in f32 or wider.
struct Normalized {
  Value x, scale, g;
  SmallVector<int64_t> inner, outer;
  double count = 1;
  Type element; ///< of the op's operands
};
} // namespace

template <typename Op> static Normalized normalized(GradientBuilder &b, Op op) {
  Normalized n;
  n.element = elementOf(op.getInput());
  Type wide = n.element.getIntOrFloatBitWidth() < 32
                  ? Type(b.getBuilder().getF32Type())
                  : n.element;
  n.x = b.cast(op.getInput(), wide);
  n.scale = b.cast(op.getScale(), wide);
  // Not linear in x: the gradient is completed once, to how x is held.
  n.g = b.cast(b.placeLike(b.gradient(), op.getInput()), wide);
  ArrayRef<int64_t> shape = shapeOf(n.x);
  n.outer = range(0, op.getAxis());
  n.inner = range(op.getAxis(), shape.size());
  for (int64_t dim : n.inner)
    n.count *= shape[dim];
  return n;
}

static Value meanOf(GradientBuilder &b, const Normalized &n, Value value) {
  return b.mul(b.sum(value, n.inner, true), 1 / n.count);
}

/// The gradient of x from that of the normalised x: what g says along x is
/// taken away, and for layer norms its mean.
LogicalResult LayerNormOp::differentiate(GradientBuilder &b) {
  Normalized n = normalized(b, *this);
  Value centered = b.sub(n.x, meanOf(b, n, n.x));
  Value variance = meanOf(b, n, b.square(centered));
  Value inverse =
      b.make<RsqrtOp>(b.add(variance, getEpsilon().convertToDouble()));
  Value unit = b.mul(centered, inverse);
  if (b.wants(0)) {
    Value scaled = b.mul(n.scale, n.g);
    Value along = b.mul(unit, meanOf(b, n, b.mul(unit, scaled)));
    Value rest = b.sub(b.sub(scaled, meanOf(b, n, scaled)), along);
    b.set(0, b.cast(b.mul(inverse, rest), n.element));
  }
  if (b.wants(1))
    b.set(1, b.cast(b.sum(b.mul(unit, n.g), n.outer, false), n.element));
  if (getBias() && b.wants(2))
    b.set(2, b.cast(b.sum(n.g, n.outer, false), n.element));
  return success();
}

LogicalResult RmsNormOp::differentiate(GradientBuilder &b) {
  Normalized n = normalized(b, *this);
  Value inverse = b.make<RsqrtOp>(
      b.add(meanOf(b, n, b.square(n.x)), getEpsilon().convertToDouble()));
  Value unit = b.mul(n.x, inverse);
  if (b.wants(0)) {
    Value scaled = b.mul(n.scale, n.g);
    Value along = b.mul(unit, meanOf(b, n, b.mul(unit, scaled)));
    b.set(0, b.cast(b.mul(inverse, b.sub(scaled, along)), n.element));
  }
  if (b.wants(1))
    b.set(1, b.cast(b.sum(b.mul(unit, n.g), n.outer, false), n.element));
  return success();
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
