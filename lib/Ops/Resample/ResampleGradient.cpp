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
  if (isMatrix(*this)) {
    b.set(0, multiplyAlong(b, weightMatrix(b, *this), g, axis,
                           /*transposed=*/true));
    return success();
  }
  // The resampled dimension first, then as a table.
  SmallVector<int64_t> axisFirst{axis}, back;
  for (int64_t dim = 0; dim < rank; ++dim) {
    if (dim != axis)
      axisFirst.push_back(dim);
    back.push_back(dim < axis ? dim + 1 : dim == axis ? 0 : dim);
  }
  Value sum;
  for (int64_t tap = 0, e = getTaps(); tap < e; ++tap) {
    Value share = g;
    if (Value weights = tapWeights(b, *this, tap))
      share = b.mul(g, weights);
    Value table = b.make<EmbeddingGradientOp>(b.transpose(share, axisFirst),
                                              tapPositions(b, *this, tap),
                                              shapeOf(getInput())[axis]);
    sum = sum ? b.add(sum, table) : table;
  }
  b.set(0, b.transpose(sum, back));
  return success();
}
