//===- Scatter.cpp - Shapes and rules of updates by index -----------------===//

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

/// What all updates share: element types, and what they may be joined by.
template <typename Op> static LogicalResult verifyUpdate(Op op) {
  if (elementOf(op.getData()) != elementOf(op.getUpdates()))
    return op.emitOpError()
           << "expected data and updates of one element type, "
              "got "
           << elementOf(op.getData()) << " and " << elementOf(op.getUpdates());
  if (op.getCombine() == ReduceKindEnum::avg)
    return op.emitOpError()
           << "expected 'combine' to be sum, max, min or product, got avg";
  return success();
}

template <typename Op> static std::optional<ReduceKind> combineOf(Op op) {
  if (auto combine = op.getCombine())
    return static_cast<ReduceKind>(*combine);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Scatter elements
//===----------------------------------------------------------------------===//

LogicalResult ScatterElementsOp::inferTypes(Adaptor op,
                                            std::optional<Location> location,
                                            SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> data = shapeOf(op.getData());
  ArrayRef<int64_t> indices = shapeOf(op.getIndices());
  if (failed(verifyAxis(location, op.getAxis(), data.size())))
    return failure();
  if (indices != shapeOf(op.getUpdates()) || indices.size() != data.size())
    return emitOptionalError(location,
                             "expected indices and updates of one shape and "
                             "the rank of the data, got ",
                             op.getIndices().getType(), " and ",
                             op.getUpdates().getType(), " for ",
                             op.getData().getType());
  for (size_t i = 0; i < data.size(); ++i)
    if (i != op.getAxis() && indices[i] > data[i])
      return emitOptionalError(location, "expected at most ", data[i],
                               " indices in dimension ", i, ", got ",
                               indices[i]);
  results.push_back(RankedTensorType::get(data, elementOf(op.getData())));
  return success();
}

LogicalResult ScatterElementsOp::verify() {
  if (failed(verifyAxis(getLoc(), getAxis(), shapeOf(getData()).size())))
    return failure();
  return verifyUpdate(*this);
}

ShardingRule ScatterElementsOp::getShardingRule() {
  return scatterElementsRule(shapeOf(getData()), shapeOf(getIndices()),
                             getAxis(), combineOf(*this));
}

//===----------------------------------------------------------------------===//
// Scatter by index tuples
//===----------------------------------------------------------------------===//

LogicalResult ScatterNdOp::inferTypes(Adaptor op,
                                      std::optional<Location> location,
                                      SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> data = shapeOf(op.getData());
  ArrayRef<int64_t> indices = shapeOf(op.getIndices());
  if (indices.empty() || indices.back() > static_cast<int64_t>(data.size()))
    return emitOptionalError(location, "expected index tuples of at most ",
                             data.size(), " numbers, got ",
                             op.getIndices().getType());
  SmallVector<int64_t> shape(indices.drop_back());
  llvm::append_range(shape, data.drop_front(indices.back()));
  if (ArrayRef<int64_t>(shape) != shapeOf(op.getUpdates()))
    return emitOptionalError(
        location, "expected updates of shape ",
        RankedTensorType::get(shape, elementOf(op.getUpdates())), ", got ",
        op.getUpdates().getType());
  results.push_back(RankedTensorType::get(data, elementOf(op.getData())));
  return success();
}

LogicalResult ScatterNdOp::verify() { return verifyUpdate(*this); }

ShardingRule ScatterNdOp::getShardingRule() {
  return scatterNdRule(shapeOf(getData()), shapeOf(getIndices()),
                       combineOf(*this));
}
