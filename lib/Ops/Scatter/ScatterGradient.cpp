//===- ScatterGradient.cpp - Gradients of updates by index ----------------===//
//
// An update's gradient is looked up where it went. What it overwrote has none.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

/// `lookUp(value)`: the elements of `value` that updates went to.
template <typename Op, typename LookUp>
static LogicalResult differentiateUpdate(GradientBuilder &b, Op op,
                                         LookUp lookUp, Value cleared) {
  if (op.getCombine() && *op.getCombine() != ReduceKindEnum::sum)
    return op.emitOpError() << "has a gradient for updates that are written or "
                               "added only, got '"
                            << stringifyReduceKindEnum(*op.getCombine()) << "'";
  b.set(0, cleared);
  if (b.wants(2))
    b.set(2, lookUp(b.gradient()));
  return success();
}

LogicalResult ScatterElementsOp::differentiate(GradientBuilder &b) {
  Value cleared = b.gradient();
  if (!getCombine() && b.wants(0))
    cleared = b.make<ScatterElementsOp>(cleared, getIndices(),
                                        b.constant(tensorType(getUpdates()), 0),
                                        getAxisAttr(), ReduceKindEnumAttr());
  return differentiateUpdate(
      b, *this,
      [&](Value g) {
        return b.make<GatherElementsOp>(g, getIndices(), getAxisAttr(),
                                        IntegerAttr(), IntegerAttr());
      },
      cleared);
}

LogicalResult ScatterNdOp::differentiate(GradientBuilder &b) {
  Value cleared = b.gradient();
  if (!getCombine() && b.wants(0))
    cleared = b.make<ScatterNdOp>(cleared, getIndices(),
                                  b.constant(tensorType(getUpdates()), 0),
                                  ReduceKindEnumAttr());
  return differentiateUpdate(
      b, *this, [&](Value g) { return b.make<GatherNdOp>(g, getIndices(), 0); },
      cleared);
}
