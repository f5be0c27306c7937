//===- ResampleGradient.cpp - Gradient of resampling ----------------------===//
//
// Each tap's share of the gradient is summed where the tap read.
//
//===----------------------------------------------------------------------===//

#include "ResampleParts.h"

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

LogicalResult ResampleOp::differentiate(GradientBuilder &b) {
  Value g = b.gradient();
  int64_t axis = getAxis(), rank = shapeOf(g).size();
  // The resampled dimension first, then as a table.
  SmallVector<int64_t> axisFirst{axis}, back;
  for (int64_t dim = 0; dim < rank; ++dim) {
    if (dim != axis)
      axisFirst.push_back(dim);
    back.push_back(dim < axis ? dim + 1 : dim == axis ? 0 : dim);
  }
  auto addRows = [&](Value share, Value positions) {
    return b.make<EmbeddingGradientOp>(b.transpose(share, axisFirst), positions,
                                       shapeOf(getInput())[axis]);
  };
  if (hasManyTaps(*this)) {
    SmallVector<int64_t> shape(shapeOf(g));
    shape.insert(shape.begin() + axis + 1, 1);
    Value shares = b.mul(b.reshape(g, shape), allWeights(b, *this));
    shape = SmallVector<int64_t>(shapeOf(g));
    shape[axis] *= static_cast<int64_t>(getTaps());
    Value table = addRows(b.reshape(shares, shape), allPositions(b, *this));
    b.set(0, b.transpose(table, back));
    return success();
  }
  Value sum;
  for (int64_t tap = 0, e = getTaps(); tap < e; ++tap) {
    Value share = g;
    if (Value weights = tapWeights(b, *this, tap))
      share = b.mul(g, weights);
    Value table = addRows(share, tapPositions(b, *this, tap));
    sum = sum ? b.add(sum, table) : table;
  }
  b.set(0, b.transpose(sum, back));
  return success();
}
