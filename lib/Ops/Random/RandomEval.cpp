//===- RandomEval.cpp - Reference semantics of random ops -----------------===//

#include "Philox.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

/// Calls `body(n, word)` for the elements of a piece, in row-major order.
template <typename Body>
static void forEachWord(ArrayRef<int64_t> shape, ArrayRef<int64_t> extents,
                        ArrayRef<int64_t> begins, uint64_t seed,
                        uint64_t stream, Body body) {
  auto strides = rowMajorStrides(extents);
  forEachIndex(shape, [&](ArrayRef<int64_t> index, int64_t n) {
    uint64_t position = 0;
    for (size_t d = 0; d < index.size(); ++d)
      position +=
          (index[d] + (begins.empty() ? 0 : begins[d])) * uint64_t(strides[d]);
    body(n, philox::word(seed, stream, position));
  });
}

LogicalResult RandomBitsOp::evaluate(ArrayRef<HostTensor> operands,
                                     SmallVectorImpl<HostTensor> &results) {
  auto result = HostTensor::ofType(tensorType(getResult()));
  auto begins = getBegins().value_or(ArrayRef<int64_t>());
  uint32_t *to = result.data<uint32_t>();
  uint64_t step = getStep() ? operands[0].getInt(0) : 0;
  forEachWord(result.shape(), getExtents(), begins, getSeed(),
              philox::inStep(getStream(), step),
              [&](int64_t n, uint32_t word) { to[n] = word; });
  results.push_back(std::move(result));
  return success();
}

/// Each element rounded to its type once, after the scaling in double.
static void setScaled(HostTensor &result, int64_t n, const HostTensor &input,
                      double scale) {
  double value = input.getDouble(n);
  result.setDouble(n,
                   input.type() == DType::F64
                       ? value * scale
                       : static_cast<float>(value) * static_cast<float>(scale));
}

LogicalResult DropoutOp::evaluate(ArrayRef<HostTensor> operands,
                                  SmallVectorImpl<HostTensor> &results) {
  const HostTensor &input = operands[0];
  HostTensor result(input.type(), input.shape());
  HostTensor mask(DType::Bool, input.shape());
  double ratio = getRatio().convertToDouble(), scale = 1 / (1 - ratio);
  uint64_t limit = philox::dropBelow(ratio);
  auto extents = getExtents().value_or(input.shape());
  auto begins = getBegins().value_or(ArrayRef<int64_t>());
  uint64_t step = getStep() ? operands[1].getInt(0) : 0;
  forEachWord(input.shape(), extents, begins, getSeed(),
              philox::inStep(0, step), [&](int64_t n, uint32_t word) {
                if (word < limit)
                  return;
                mask.setInt(n, 1);
                setScaled(result, n, input, scale);
              });
  results.push_back(std::move(result));
  results.push_back(std::move(mask));
  return success();
}

LogicalResult
DropoutBackwardOp::evaluate(ArrayRef<HostTensor> operands,
                            SmallVectorImpl<HostTensor> &results) {
  const HostTensor &gradient = operands[0], &mask = operands[1];
  HostTensor result(gradient.type(), gradient.shape());
  double scale = getScale().convertToDouble();
  for (int64_t n = 0; n < result.size(); ++n)
    if (mask.getInt(n))
      setScaled(result, n, gradient, scale);
  results.push_back(std::move(result));
  return success();
}
