//===- ScatterGradient.cpp - Gradients of updates by index ----------------===//
//
// An update's gradient is looked up where it went. What it overwrote has none.
// Those that multiply have the product of the others there; those that are a
// maximum or minimum, and elements that are, share its gradient.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

namespace {

/// An op and its two movements by its indices.
template <typename Op> class UpdateGradient {
public:
  UpdateGradient(GradientBuilder &b, Op op)
      : b(b), op(op), data(op.getData()), updates(op.getUpdates()),
        g(b.gradient()) {}

  void run();

private:
  /// The elements of `value` that updates went to.
  Value lookUp(Value value);
  /// `value` joined with `updates`; written over it without `combine`.
  Value join(Value value, Value updates, std::optional<ReduceKindEnum> combine);
  void written();
  void multiplied();
  void chosen();
  Value isZero(Value value) {
    return b.make<EqualOp>(value, b.scalar(0, value));
  }

  GradientBuilder &b;
  Op op;
  Value data, updates, g;
};

} // namespace

template <> Value UpdateGradient<ScatterElementsOp>::lookUp(Value value) {
  return b.make<GatherElementsOp>(value, op.getIndices(), op.getAxisAttr(),
                                  IntegerAttr(), IntegerAttr());
}

template <> Value UpdateGradient<ScatterNdOp>::lookUp(Value value) {
  return b.make<GatherNdOp>(value, op.getIndices(), 0);
}

static ReduceKindEnumAttr kindAttr(MLIRContext *context,
                                   std::optional<ReduceKindEnum> combine) {
  return combine ? ReduceKindEnumAttr::get(context, *combine)
                 : ReduceKindEnumAttr();
}

template <>
Value UpdateGradient<ScatterElementsOp>::join(
    Value value, Value updates, std::optional<ReduceKindEnum> combine) {
  return b.make<ScatterElementsOp>(value, op.getIndices(), updates,
                                   op.getAxisAttr(),
                                   kindAttr(op.getContext(), combine));
}

template <>
Value UpdateGradient<ScatterNdOp>::join(Value value, Value updates,
                                        std::optional<ReduceKindEnum> combine) {
  return b.make<ScatterNdOp>(value, op.getIndices(), updates,
                             kindAttr(op.getContext(), combine));
}

template <typename Op> void UpdateGradient<Op>::written() {
  if (b.wants(0))
    b.set(0, join(g, b.constant(tensorType(updates), 0), std::nullopt));
  if (b.wants(2))
    b.set(2, lookUp(g));
}

/// An update that is the only zero at its place has the product of all others,
/// which is found with a one instead.
template <typename Op> void UpdateGradient<Op>::multiplied() {
  auto product = ReduceKindEnum::product;
  if (b.wants(0))
    b.set(0, b.mul(g, join(b.constant(tensorType(data), 1), updates, product)));
  if (!b.wants(2))
    return;
  Value none = isZero(updates), one = b.scalar(1, updates);
  Value zeros = join(b.constant(tensorType(data), 0),
                     b.cast(none, elementOf(updates)), ReduceKindEnum::sum);
  Value isOnly =
      b.make<AndOp>(none, b.make<EqualOp>(lookUp(zeros), b.scalar(1, updates)));
  Value others = join(data, b.make<SelectOp>(isOnly, one, updates), product);
  Value divided = b.div(lookUp(b.mul(g, op.getResult())),
                        b.make<SelectOp>(none, one, updates));
  b.set(2, b.make<SelectOp>(isOnly, lookUp(b.mul(g, others)),
                            b.unless(none, divided)));
}

template <typename Op> void UpdateGradient<Op>::chosen() {
  Value result = op.getResult();
  Value keeps = b.cast(b.make<EqualOp>(data, result), elementOf(data));
  Value takes =
      b.cast(b.make<EqualOp>(updates, lookUp(result)), elementOf(data));
  // Every place has one at least, but where the result is NaN.
  Value share = b.div(g, join(keeps, takes, ReduceKindEnum::sum));
  b.set(0, b.mul(keeps, share));
  if (b.wants(2))
    b.set(2, b.mul(takes, lookUp(share)));
}

template <typename Op> void UpdateGradient<Op>::run() {
  if (!op.getCombine())
    return written();
  switch (*op.getCombine()) {
  case ReduceKindEnum::product:
    return multiplied();
  case ReduceKindEnum::max:
  case ReduceKindEnum::min:
    return chosen();
  default:
    b.set(0, g);
    if (b.wants(2))
      b.set(2, lookUp(g));
  }
}

LogicalResult ScatterElementsOp::differentiate(GradientBuilder &b) {
  UpdateGradient(b, *this).run();
  return success();
}

LogicalResult ScatterNdOp::differentiate(GradientBuilder &b) {
  UpdateGradient(b, *this).run();
  return success();
}
