//===- GatherEval.cpp - Reference semantics of lookups --------------------===//
//
// Indices are checked one by one; what is copied are rows: the contiguous
// elements behind the last indexed dimension.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/ShapeInference.h"
#include "dtc/Interpreter/ElementRuns.h"

#include <cmath>

using namespace mlir;
using namespace dtc;

LogicalResult EmbeddingOp::evaluate(ArrayRef<HostTensor> operands,
                                    SmallVectorImpl<HostTensor> &results) {
  const HostTensor &weight = operands[0], &indices = operands[1];
  auto result = HostTensor::ofType(tensorType(getResult()));
  int64_t rows = weight.dim(0), offset = getRowOffset().value_or(0);
  int64_t total = getTotalRows().value_or(rows);
  int64_t width = weight.dim(1) * byteWidth(weight.type());
  for (int64_t i = 0; i < indices.size(); ++i) {
    FailureOr<int64_t> row = positionOf(*this, indices.getInt(i), total);
    if (failed(row))
      return failure();
    // Rows of other ranks stay zero.
    if (*row >= offset && *row - offset < rows)
      std::memcpy(result.raw() + i * width,
                  weight.raw() + (*row - offset) * width, width);
  }
  results.push_back(std::move(result));
  return success();
}

LogicalResult
EmbeddingGradientOp::evaluate(ArrayRef<HostTensor> operands,
                              SmallVectorImpl<HostTensor> &results) {
  const HostTensor &gradient = operands[0], &indices = operands[1];
  auto result = HostTensor::ofType(tensorType(getResult()));
  int64_t width = numElements(result.shape().drop_front());
  std::vector<double> sums(result.size());
  for (int64_t i = 0; i < indices.size(); ++i) {
    FailureOr<int64_t> row =
        positionOf(*this, indices.getInt(i), result.dim(0));
    if (failed(row))
      return failure();
    for (int64_t c = 0; c < width; ++c)
      sums[*row * width + c] += gradient.getDouble(i * width + c);
  }
  for (int64_t i = 0; i < result.size(); ++i)
    result.setDouble(i, sums[i]);
  results.push_back(std::move(result));
  return success();
}

LogicalResult
EmbeddingRenormOp::evaluate(ArrayRef<HostTensor> operands,
                            SmallVectorImpl<HostTensor> &results) {
  const HostTensor &weight = operands[0], &indices = operands[1];
  HostTensor result = weight;
  int64_t rows = weight.dim(0), width = weight.dim(1);
  double limit = getMaxNorm().convertToDouble();
  for (int64_t i = 0; i < indices.size(); ++i) {
    FailureOr<int64_t> row = positionOf(*this, indices.getInt(i), rows);
    if (failed(row))
      return failure();
    // Of the table as it was: a row named twice is scaled once.
    double squares = 0;
    for (int64_t c = 0; c < width; ++c)
      squares += std::pow(weight.getDouble(*row * width + c), 2);
    if (std::sqrt(squares) <= limit)
      continue;
    double scale = limit / (std::sqrt(squares) + 1e-7);
    for (int64_t c = 0; c < width; ++c)
      result.setDouble(*row * width + c,
                       weight.getDouble(*row * width + c) * scale);
  }
  results.push_back(std::move(result));
  return success();
}

LogicalResult GatherOp::evaluate(ArrayRef<HostTensor> operands,
                                 SmallVectorImpl<HostTensor> &results) {
  const HostTensor &data = operands[0], &indices = operands[1];
  auto result = HostTensor::ofType(tensorType(getResult()));
  int64_t axis = getAxis(), extent = data.dim(axis);
  int64_t outer = numElements(data.shape().take_front(axis));
  int64_t row =
      numElements(data.shape().drop_front(axis + 1)) * byteWidth(data.type());
  for (int64_t i = 0; i < indices.size(); ++i) {
    FailureOr<int64_t> at = positionOf(*this, indices.getInt(i), extent);
    if (failed(at))
      return failure();
    for (int64_t o = 0; o < outer; ++o)
      std::memcpy(result.raw() + (o * indices.size() + i) * row,
                  data.raw() + (o * extent + *at) * row, row);
  }
  results.push_back(std::move(result));
  return success();
}

LogicalResult GatherElementsOp::evaluate(ArrayRef<HostTensor> operands,
                                         SmallVectorImpl<HostTensor> &results) {
  const HostTensor &data = operands[0], &indices = operands[1];
  auto result = HostTensor::ofType(tensorType(getResult()));
  int64_t axis = getAxis(), width = byteWidth(data.type());
  auto strides = data.strides();
  int64_t offset = getOffset().value_or(0);
  int64_t total = getTotal().value_or(data.dim(axis));
  bool inRange = true;
  forEachIndex(indices.shape(), [&](ArrayRef<int64_t> index, int64_t n) {
    if (!inRange)
      return;
    FailureOr<int64_t> at = positionOf(*this, indices.getInt(n), total);
    inRange = succeeded(at);
    // Elements of other ranks stay zero.
    if (!inRange || *at < offset || *at - offset >= data.dim(axis))
      return;
    int64_t from = (*at - offset - index[axis]) * strides[axis];
    for (auto [i, stride] : llvm::zip(index, strides))
      from += i * stride;
    std::memcpy(result.raw() + n * width, data.raw() + from * width, width);
  });
  if (!inRange)
    return failure();
  results.push_back(std::move(result));
  return success();
}

LogicalResult GatherNdOp::evaluate(ArrayRef<HostTensor> operands,
                                   SmallVectorImpl<HostTensor> &results) {
  const HostTensor &data = operands[0], &indices = operands[1];
  auto result = HostTensor::ofType(tensorType(getResult()));
  int64_t batchDims = getBatchDims(), tuple = indices.shape().back();
  int64_t tuples = numElements(indices.shape().drop_back());
  int64_t batches = numElements(data.shape().take_front(batchDims));
  int64_t row = numElements(data.shape().drop_front(batchDims + tuple)) *
                byteWidth(data.type());
  for (int64_t n = 0; n < tuples; ++n) {
    int64_t from = n / (tuples / batches);
    for (int64_t d = 0; d < tuple; ++d) {
      int64_t extent = data.dim(batchDims + d);
      FailureOr<int64_t> at =
          positionOf(*this, indices.getInt(n * tuple + d), extent);
      if (failed(at))
        return failure();
      from = from * extent + *at;
    }
    std::memcpy(result.raw() + n * row, data.raw() + from * row, row);
  }
  results.push_back(std::move(result));
  return success();
}
