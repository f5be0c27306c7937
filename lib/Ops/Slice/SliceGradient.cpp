//===- SliceGradient.cpp - Gradients of parts and joins -------------------===//
//
// What a part leaves out has the gradient zero: zeros are joined to it, which
// keeps every split of the other dimensions.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

/// The elements of `part` along `axis` at begin, begin + step, ... of `extent`.
static Value spread(GradientBuilder &b, Value part, int64_t axis, int64_t begin,
                    int64_t step, int64_t extent) {
  int64_t count = shapeOf(part)[axis];
  if (count == 0 || step == 1)
    return b.pad(part, axis, begin, extent - begin - count);
  if (step < 0) {
    auto reversed = b.make<SliceOp>(
        part, ArrayRef<int64_t>{axis}, ArrayRef<int64_t>{count - 1},
        ArrayRef<int64_t>{count}, ArrayRef<int64_t>{-1});
    return spread(b, reversed, axis, begin + (count - 1) * step, -step, extent);
  }
  // Each element is followed by step - 1 zeros.
  SmallVector<int64_t> apart(shapeOf(part)), together(apart);
  apart.insert(apart.begin() + axis + 1, 1);
  together[axis] = count * step;
  Value wide = b.pad(b.reshape(part, apart), axis + 1, 0, step - 1);
  return b.pad(b.reshape(wide, together), axis, begin,
               extent - begin - count * step);
}

LogicalResult SliceOp::differentiate(GradientBuilder &b) {
  Value g = b.gradient();
  for (auto [i, axis] : llvm::enumerate(getAxes()))
    g = spread(b, g, axis, getStarts()[i], getSteps()[i],
               shapeOf(getInput())[axis]);
  b.set(0, g);
  return success();
}

LogicalResult SplitOp::differentiate(GradientBuilder &b) {
  SmallVector<Value> parts;
  for (unsigned i = 0; i < getNumResults(); ++i)
    parts.push_back(b.gradientOrZeros(i));
  b.set(0, parts.size() == 1 ? parts[0] : b.make<ConcatOp>(parts, getAxis()));
  return success();
}

LogicalResult ConcatOp::differentiate(GradientBuilder &b) {
  int64_t begin = 0, axis = getAxis();
  for (auto [i, input] : llvm::enumerate(getInputs())) {
    int64_t size = shapeOf(input)[axis];
    if (b.wants(i))
      b.set(i, b.slice(b.gradient(), axis, begin, size));
    begin += size;
  }
  return success();
}

LogicalResult PadOp::differentiate(GradientBuilder &b) {
  Value g = b.gradient();
  for (auto [i, axis] : llvm::enumerate(getAxes()))
    g = b.pad(g, axis, -getLow()[i], -getHigh()[i]);
  b.set(0, g);
  return success();
}

LogicalResult TriangleOp::differentiate(GradientBuilder &b) {
  b.set(0, b.make<TriangleOp>(b.gradient(), getDiagonal(), getUpper()));
  return success();
}
