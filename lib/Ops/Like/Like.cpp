//===- Like.cpp - Shapes and rules of values like another -----------------===//

#include "dtc/IR/ShapeInference.h"

#include <cmath>

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Place like
//===----------------------------------------------------------------------===//

LogicalResult PlaceLikeOp::inferTypes(Adaptor op, std::optional<Location>,
                                      SmallVectorImpl<Type> &results) {
  results.push_back(
      RankedTensorType::get(shapeOf(op.getInput()), elementOf(op.getInput())));
  return success();
}

LogicalResult PlaceLikeOp::verify() {
  ArrayRef<int64_t> shape = shapeOf(getInput()), target = shapeOf(getTarget());
  if (getInPlace() && shape != target)
    return emitOpError() << "expected a value of its target's shape to store, "
                            "got "
                         << getInput().getType() << " for "
                         << getTarget().getType();
  SmallVector<int64_t> common;
  if (failed(broadcastShapes(std::nullopt, {shape, target}, common)) ||
      ArrayRef<int64_t>(common) != target)
    return emitOpError() << "expected a value that broadcasts to its target, "
                            "got "
                         << getInput().getType() << " for "
                         << getTarget().getType();
  return success();
}

ShardingRule PlaceLikeOp::getShardingRule() {
  return placeLikeRule(shapeOf(getInput()), shapeOf(getTarget()),
                       {getInPlace()});
}

//===----------------------------------------------------------------------===//
// Fill like
//===----------------------------------------------------------------------===//

LogicalResult FillLikeOp::inferTypes(Adaptor op, std::optional<Location>,
                                     SmallVectorImpl<Type> &results) {
  results.push_back(
      RankedTensorType::get(shapeOf(op.getInput()), elementOf(op.getInput())));
  return success();
}

LogicalResult FillLikeOp::verify() {
  double value = getValue().convertToDouble();
  if (getInPlace() && value != 0)
    return emitOpError() << "expected 0 to store in place, got " << value
                         << "; store a constant by 'dtc.place_like'";
  auto integer = dyn_cast<IntegerType>(elementOf(getInput()));
  if (!integer)
    return success();
  unsigned width = integer.getWidth();
  bool isUnsigned = integer.isUnsigned() || width == 1;
  double least = isUnsigned ? 0 : -std::ldexp(1.0, width - 1);
  double above = std::ldexp(1.0, isUnsigned ? width : width - 1);
  if (!(value >= least && value < above) || value != std::floor(value))
    return emitOpError() << "expected a value of type " << integer << ", got "
                         << value;
  return success();
}

ShardingRule FillLikeOp::getShardingRule() {
  ShardingRule rule = likeRule(shapeOf(getInput()));
  if (getInPlace()) {
    rule.linearity = Linearity::Transparent;
    rule.inPlace = true;
    // The verifier compares the result's placements with the operand's.
    rule.unreadOperands.clear();
  }
  return rule;
}
