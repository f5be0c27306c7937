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

/// What a rank holds of a partial value that is `value`: along an axis whose
/// pieces are added or multiplied the first rank has it, and the others what
/// changes nothing. Axes count from the outermost, which completes last.
static double pieceOf(double value, LayoutAttr layout, int64_t rank) {
  auto coordinates = layout.getMesh().getMesh().coordinates(rank);
  for (auto [axis, placement] : llvm::enumerate(layout.getPlacements())) {
    if (!placement.isPartial() || coordinates[axis] == 0)
      continue;
    if (placement.reduce == ReduceKind::Sum)
      value = 0;
    else if (placement.reduce == ReduceKind::Product)
      value = 1;
  }
  return value;
}

FailureOr<SmallVector<Value>> FillLikeOp::localize(OpBuilder &builder,
                                                   ValueRange operands,
                                                   TypeRange localResultTypes,
                                                   int64_t rank) {
  double value =
      pieceOf(getValue().convertToDouble(), getLayout(getResult()), rank);
  auto local =
      FillLikeOp::create(builder, getLoc(), localResultTypes[0], operands[0],
                         builder.getF64FloatAttr(value), getInPlaceAttr());
  return SmallVector<Value>{local.getResult()};
}
