//===- ReductionGradient.cpp - Gradients of reductions --------------------===//
//
// Gradient and result are brought back to the operand's shape by size-1
// dimensions, which broadcast.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/Gradient.h"

#include <numeric>

using namespace mlir;
using namespace dtc;

namespace {
/// A reduction's values, those of the reduced shape with size 1 where it
/// reduced.
struct Reduced {
  Value x, y, g;
  SmallVector<int64_t> dims;
  SmallVector<int64_t> kept;
  int64_t count = 1; ///< elements that each result is made of
};
} // namespace

template <typename Op> static Reduced reduced(GradientBuilder &b, Op op) {
  Reduced r;
  r.x = op.getInput();
  r.dims.assign(op.getDims().begin(), op.getDims().end());
  r.kept = GradientBuilder::keptShape(r.x, r.dims);
  r.y = b.reshape(op.getResult(), r.kept);
  r.g = b.reshape(b.gradient(), r.kept);
  for (int64_t dim : r.dims)
    r.count *= shapeOf(r.x)[dim];
  return r;
}

/// `gradient` where `divisor` is not 0.
static Value whereNotZero(GradientBuilder &b, Value divisor, Value gradient) {
  Value isZero = b.make<EqualOp>(divisor, b.scalar(0, divisor));
  return b.unless(isZero, gradient);
}

LogicalResult ReduceSumOp::differentiate(GradientBuilder &b) {
  Reduced r = reduced(b, *this);
  b.set(0, b.broadcast(r.g, shapeOf(r.x)));
  return success();
}

LogicalResult ReduceMeanOp::differentiate(GradientBuilder &b) {
  Reduced r = reduced(b, *this);
  b.set(0, b.broadcast(b.mul(r.g, 1.0 / r.count), shapeOf(r.x)));
  return success();
}

/// Elements that are equal to the result share its gradient.
template <typename Op>
static LogicalResult differentiateExtreme(GradientBuilder &b, Op op) {
  Reduced r = reduced(b, op);
  Value isChosen = b.make<EqualOp>(r.x, r.y);
  Value chosen = b.cast(isChosen, elementOf(r.x));
  Value share = b.div(chosen, b.sum(chosen, r.dims, true));
  b.set(0, b.mul(share, r.g));
  return success();
}

LogicalResult ReduceMaxOp::differentiate(GradientBuilder &b) {
  return differentiateExtreme(b, *this);
}
LogicalResult ReduceMinOp::differentiate(GradientBuilder &b) {
  return differentiateExtreme(b, *this);
}

/// The product of all others: that of those before times that of those behind,
/// which is right for zeros, too.
LogicalResult ReduceProdOp::differentiate(GradientBuilder &b) {
  Reduced r = reduced(b, *this);
  SmallVector<int64_t> order, behind, shape;
  for (int64_t dim = 0, rank = shapeOf(r.x).size(); dim < rank; ++dim)
    (llvm::is_contained(r.dims, dim) ? behind : order).push_back(dim);
  for (int64_t dim : order)
    shape.push_back(shapeOf(r.x)[dim]);
  shape.push_back(r.count);
  order.append(behind);
  SmallVector<int64_t> inverse(order.size()), moved;
  for (auto [to, from] : llvm::enumerate(order)) {
    inverse[from] = to;
    moved.push_back(shapeOf(r.x)[from]);
  }
  Value line = b.reshape(b.transpose(r.x, order), shape);
  int64_t axis = shape.size() - 1;
  Value before = b.make<CumProdOp>(line, axis, /*exclusive=*/true,
                                   /*reverse=*/false);
  Value after = b.make<CumProdOp>(line, axis, /*exclusive=*/true,
                                  /*reverse=*/true);
  Value others = b.transpose(b.reshape(b.mul(before, after), moved), inverse);
  b.set(0, b.mul(others, r.g));
  return success();
}

LogicalResult ReduceL1Op::differentiate(GradientBuilder &b) {
  Reduced r = reduced(b, *this);
  b.set(0, b.mul(b.make<SignOp>(r.x), r.g));
  return success();
}

LogicalResult ReduceL2Op::differentiate(GradientBuilder &b) {
  Reduced r = reduced(b, *this);
  Value direction = whereNotZero(b, r.y, b.div(r.x, r.y));
  b.set(0, b.mul(direction, r.g));
  return success();
}

LogicalResult ReduceSumSquareOp::differentiate(GradientBuilder &b) {
  Reduced r = reduced(b, *this);
  b.set(0, b.mul(b.mul(r.x, 2), r.g));
  return success();
}

LogicalResult ReduceLogSumExpOp::differentiate(GradientBuilder &b) {
  Reduced r = reduced(b, *this);
  b.set(0, b.mul(b.make<ExpOp>(b.sub(r.x, r.y)), r.g));
  return success();
}

/// The distances from the mean, divided by what the variance divides by.
template <typename Op>
static Value scaledDistances(GradientBuilder &b, const Reduced &r, Op op) {
  Value mean = b.mul(b.sum(r.x, r.dims, true), 1.0 / r.count);
  int64_t divisor = r.count - op.getCorrectionAttr().getInt();
  return b.mul(b.sub(r.x, mean), 1.0 / static_cast<double>(divisor));
}

/// More correction than elements gives no finite variance.
template <typename Op>
static LogicalResult verifyCorrection(const Reduced &r, Op op) {
  if (r.count > op.getCorrectionAttr().getInt())
    return success();
  return op.emitOpError() << "has a gradient where more elements than "
                             "'correction' are reduced only, got "
                          << r.count << " for "
                          << op.getCorrectionAttr().getInt();
}

LogicalResult ReduceVarOp::differentiate(GradientBuilder &b) {
  Reduced r = reduced(b, *this);
  if (failed(verifyCorrection(r, *this)))
    return failure();
  b.set(0, b.mul(b.mul(scaledDistances(b, r, *this), 2), r.g));
  return success();
}

LogicalResult ReduceStdOp::differentiate(GradientBuilder &b) {
  Reduced r = reduced(b, *this);
  if (failed(verifyCorrection(r, *this)))
    return failure();
  Value slope = whereNotZero(b, r.y, b.div(scaledDistances(b, r, *this), r.y));
  b.set(0, b.mul(slope, r.g));
  return success();
}

LogicalResult CumSumOp::differentiate(GradientBuilder &b) {
  b.set(0, b.make<CumSumOp>(b.gradient(), getAxis(), getExclusive(),
                            !getReverse()));
  return success();
}

/// The sum of the gradient times the products that an element is in, divided by
/// the element. The first zero of a line is not divided by: its products are
/// those of the line with a one in its place. Elements behind it have none.
LogicalResult CumProdOp::differentiate(GradientBuilder &b) {
  Value x = getInput(), g = b.gradient();
  auto sumOfProducts = [&](Value products) {
    return b.make<CumSumOp>(b.mul(g, products), getAxis(), getExclusive(),
                            !getReverse());
  };
  Value isZero = b.make<EqualOp>(x, b.scalar(0, x));
  Value zeros = b.make<CumSumOp>(b.cast(isZero, elementOf(x)), getAxis(),
                                 /*exclusive=*/false, getReverse());
  Value isFirst = b.make<AndOp>(isZero, b.make<EqualOp>(zeros, b.scalar(1, x)));
  Value one = b.scalar(1, x);
  Value withoutFirst =
      b.make<CumProdOp>(b.make<SelectOp>(isFirst, one, x), getAxis(),
                        getExclusive(), getReverse());
  Value divided =
      b.div(sumOfProducts(getResult()), b.make<SelectOp>(isZero, one, x));
  b.set(0, b.make<SelectOp>(isFirst, sumOfProducts(withoutFirst),
                            b.unless(isZero, divided)));
  return success();
}
