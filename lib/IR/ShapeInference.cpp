//===- ShapeInference.cpp - Shape rules shared by op families -------------===//

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

LogicalResult dtc::broadcastShapes(std::optional<Location> location,
                                   ArrayRef<ArrayRef<int64_t>> shapes,
                                   SmallVectorImpl<int64_t> &result) {
  size_t rank = 0;
  for (ArrayRef<int64_t> shape : shapes)
    rank = std::max(rank, shape.size());
  result.assign(rank, 1);
  for (ArrayRef<int64_t> shape : shapes) {
    size_t offset = rank - shape.size();
    for (size_t i = 0; i < shape.size(); ++i) {
      int64_t &extent = result[offset + i];
      if (shape[i] == extent || shape[i] == 1)
        continue;
      if (extent != 1)
        return emitOptionalError(location,
                                 "expected shapes that broadcast, "
                                 "got sizes ",
                                 extent, " and ", shape[i], " in dimension ",
                                 offset + i);
      extent = shape[i];
    }
  }
  return success();
}

LogicalResult dtc::verifyAxis(std::optional<Location> location, int64_t axis,
                              int64_t rank) {
  if (axis < 0 || axis >= rank)
    return emitOptionalError(location, "expected an axis from 0 to ", rank - 1,
                             ", got ", axis);
  return success();
}

LogicalResult dtc::verifyDims(std::optional<Location> location,
                              ArrayRef<int64_t> dims, int64_t rank) {
  int64_t previous = -1;
  for (int64_t dim : dims) {
    if (dim <= previous || dim >= rank)
      return emitOptionalError(location,
                               "expected sorted distinct dimensions below ",
                               rank, ", got ", dim);
    previous = dim;
  }
  return success();
}

FailureOr<int64_t> dtc::positionOf(Operation *op, int64_t index,
                                   int64_t extent) {
  if (index < -extent || index >= extent)
    return op->emitOpError() << "expected indices from " << -extent << " to "
                             << extent - 1 << ", got " << index;
  return index < 0 ? index + extent : index;
}

SmallVector<ArrayRef<int64_t>> dtc::shapesOf(ValueRange values) {
  return llvm::map_to_vector(values, [](Value v) { return shapeOf(v); });
}
