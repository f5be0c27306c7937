//===- Sort.cpp - Shapes and rules of orders ------------------------------===//

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

/// `count` values and indices along `axis`.
static void pushOrdered(Value input, int64_t axis, int64_t count,
                        SmallVectorImpl<Type> &results) {
  SmallVector<int64_t> shape(shapeOf(input));
  shape[axis] = count;
  results.push_back(RankedTensorType::get(shape, elementOf(input)));
  results.push_back(
      RankedTensorType::get(shape, IntegerType::get(input.getContext(), 64)));
}

//===----------------------------------------------------------------------===//
// Sort
//===----------------------------------------------------------------------===//

LogicalResult SortOp::inferTypes(Adaptor op, std::optional<Location> location,
                                 SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> shape = shapeOf(op.getInput());
  if (failed(verifyAxis(location, op.getAxis(), shape.size())))
    return failure();
  pushOrdered(op.getInput(), op.getAxis(), shape[op.getAxis()], results);
  return success();
}

LogicalResult SortOp::verify() {
  return verifyAxis(getLoc(), getAxis(), shapeOf(getInput()).size());
}

ShardingRule SortOp::getShardingRule() {
  return sortRule(shapeOf(getInput()), getAxis(), 2);
}

//===----------------------------------------------------------------------===//
// Top k
//===----------------------------------------------------------------------===//

LogicalResult TopKOp::inferTypes(Adaptor op, std::optional<Location> location,
                                 SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> shape = shapeOf(op.getInput());
  int64_t k = op.getK();
  if (failed(verifyAxis(location, op.getAxis(), shape.size())))
    return failure();
  if (k < 0 || k > shape[op.getAxis()])
    return emitOptionalError(location, "expected 'k' from 0 to ",
                             shape[op.getAxis()], ", got ", k);
  pushOrdered(op.getInput(), op.getAxis(), k, results);
  return success();
}

LogicalResult TopKOp::verify() {
  return verifyAxis(getLoc(), getAxis(), shapeOf(getInput()).size());
}

ShardingRule TopKOp::getShardingRule() {
  return sortRule(shapeOf(getInput()), getAxis(), 2);
}
