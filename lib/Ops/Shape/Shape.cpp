//===- Shape.cpp - Reshape, transpose, broadcast --------------------------===//

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

LogicalResult ReshapeOp::verify() {
  auto from = tensorType(getInput()), to = tensorType(getResult());
  if (from.getElementType() != to.getElementType())
    return emitOpError() << "expected equal element types, got " << from
                         << " and " << to;
  if (numElements(from.getShape()) != numElements(to.getShape()))
    return emitOpError() << "expected shapes of equal size, got " << from
                         << " and " << to;
  return success();
}

ShardingRule ReshapeOp::getShardingRule() {
  return reshapeRule(shapeOf(getInput()), shapeOf(getResult()), {});
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? getInput() : Value();
}

//===----------------------------------------------------------------------===//
// Transpose
//===----------------------------------------------------------------------===//

static LogicalResult verifyPermutation(std::optional<Location> location,
                                       ArrayRef<int64_t> permutation,
                                       int64_t rank) {
  SmallVector<int64_t> sorted(permutation);
  llvm::sort(sorted);
  for (auto [i, dim] : llvm::enumerate(sorted))
    if (dim != static_cast<int64_t>(i) ||
        static_cast<int64_t>(sorted.size()) != rank)
      return emitOptionalError(location, "expected a permutation of ", rank,
                               " dimensions");
  if (static_cast<int64_t>(sorted.size()) != rank)
    return emitOptionalError(location, "expected a permutation of ", rank,
                             " dimensions");
  return success();
}

LogicalResult TransposeOp::inferTypes(Adaptor op,
                                      std::optional<Location> location,
                                      SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> shape = shapeOf(op.getInput());
  if (failed(verifyPermutation(location, op.getPermutation(), shape.size())))
    return failure();
  SmallVector<int64_t> result;
  for (int64_t dim : op.getPermutation())
    result.push_back(shape[dim]);
  results.push_back(RankedTensorType::get(result, elementOf(op.getInput())));
  return success();
}

LogicalResult TransposeOp::verify() {
  return verifyPermutation(getLoc(), getPermutation(),
                           shapeOf(getInput()).size());
}

ShardingRule TransposeOp::getShardingRule() {
  return transposeRule(shapeOf(getInput()), getPermutation());
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  for (auto [i, dim] : llvm::enumerate(getPermutation()))
    if (dim != static_cast<int64_t>(i))
      return {};
  return getInput();
}

//===----------------------------------------------------------------------===//
// Broadcast
//===----------------------------------------------------------------------===//

LogicalResult BroadcastOp::verify() {
  auto from = tensorType(getInput()), to = tensorType(getResult());
  SmallVector<int64_t> shape;
  if (from.getElementType() != to.getElementType() ||
      failed(broadcastShapes(std::nullopt, {from.getShape(), to.getShape()},
                             shape)) ||
      ArrayRef<int64_t>(shape) != to.getShape())
    return emitOpError() << "expected a result that the operand broadcasts to, "
                            "got "
                         << from << " and " << to;
  return success();
}

ShardingRule BroadcastOp::getShardingRule() {
  return broadcastRule(shapeOf(getInput()), shapeOf(getResult()));
}

OpFoldResult BroadcastOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? getInput() : Value();
}
