//===- SliceEval.cpp - Reference semantics of slices, joins and pads ------===//

#include "dtc/IR/ShapeInference.h"
#include "dtc/Interpreter/ElementRuns.h"

using namespace mlir;
using namespace dtc;

LogicalResult SliceOp::evaluate(ArrayRef<HostTensor> operands,
                                SmallVectorImpl<HostTensor> &results) {
  auto result = HostTensor::ofType(tensorType(getResult()));
  StridedPlace source{0, operands[0].strides()};
  for (auto [axis, start, step] :
       llvm::zip(getAxes(), getStarts(), getSteps())) {
    // The start of an empty part may lie anywhere.
    if (result.size() == 0)
      break;
    source.offset += start * source.strides[axis];
    source.strides[axis] *= step;
  }
  copyStrided(result.shape(), operands[0], source, result,
              {0, result.strides()});
  results.push_back(std::move(result));
  return success();
}

LogicalResult SplitOp::evaluate(ArrayRef<HostTensor> operands,
                                SmallVectorImpl<HostTensor> &results) {
  int64_t axis = getAxis();
  SmallVector<Interval> box;
  for (int64_t extent : operands[0].shape())
    box.push_back({0, extent});
  box[axis].end = 0;
  for (int64_t size : getSizes()) {
    box[axis] = {box[axis].end, box[axis].end + size};
    results.push_back(operands[0].cut(box));
  }
  return success();
}

LogicalResult ConcatOp::evaluate(ArrayRef<HostTensor> operands,
                                 SmallVectorImpl<HostTensor> &results) {
  results.push_back(concatenate(operands, getAxis()));
  return success();
}

LogicalResult PadOp::evaluate(ArrayRef<HostTensor> operands,
                              SmallVectorImpl<HostTensor> &results) {
  auto result = HostTensor::ofType(tensorType(getResult()));
  double value = getValue().convertToDouble();
  if (value != 0)
    for (int64_t i = 0; i < result.size(); ++i)
      result.setDouble(i, value);
  SmallVector<int64_t> begins(result.rank(), 0);
  SmallVector<Interval> kept;
  for (int64_t extent : operands[0].shape())
    kept.push_back({0, extent});
  // Negative counts crop the operand instead of moving it.
  for (auto [axis, low, high] : llvm::zip(getAxes(), getLow(), getHigh())) {
    begins[axis] = std::max<int64_t>(low, 0);
    kept[axis].begin = std::max<int64_t>(-low, 0);
    kept[axis].end += std::min<int64_t>(high, 0);
  }
  HostTensor inner = operands[0].cut(kept);
  if (inner.size() > 0)
    pasteBox(result, inner, begins);
  results.push_back(std::move(result));
  return success();
}

LogicalResult TriangleOp::evaluate(ArrayRef<HostTensor> operands,
                                   SmallVectorImpl<HostTensor> &results) {
  const HostTensor &input = operands[0];
  auto result = HostTensor::ofType(tensorType(getResult()));
  int64_t rows = input.dim(input.rank() - 2), columns = input.shape().back();
  int64_t width = byteWidth(input.type()), row = columns * width;
  int64_t diagonal = std::clamp<int64_t>(getDiagonal(), -rows, columns);
  int64_t matrices = rows * columns == 0 ? 0 : input.size() / (rows * columns);
  for (int64_t n = 0; n < matrices * rows; ++n) {
    // Columns below `border` are in the lower triangle.
    int64_t border = n % rows + diagonal + (getUpper() ? 0 : 1);
    border = std::clamp<int64_t>(border, 0, columns) * width;
    int64_t begin = getUpper() ? border : 0, end = getUpper() ? row : border;
    std::memcpy(result.raw() + n * row + begin, input.raw() + n * row + begin,
                end - begin);
  }
  results.push_back(std::move(result));
  return success();
}
