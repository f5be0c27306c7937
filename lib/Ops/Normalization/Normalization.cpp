//===- Normalization.cpp - Shapes and rules of normalisations -------------===//

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

static LogicalResult inferLikeInput(Value input,
                                    SmallVectorImpl<Type> &results) {
  results.push_back(RankedTensorType::get(shapeOf(input), elementOf(input)));
  return success();
}

/// Checks that `value`, if given, has the shape of the input's dimensions from
/// `axis` on.
static LogicalResult verifyNormalizedShape(Operation *op, Value input,
                                           Value value, int64_t axis,
                                           StringRef name) {
  if (!value)
    return success();
  if (shapeOf(value) != shapeOf(input).drop_front(axis))
    return op->emitOpError()
           << "expected '" << name
           << "' of the shape of the normalised dimensions of "
           << input.getType() << ", got " << value.getType();
  return success();
}

LogicalResult LayerNormOp::inferTypes(Adaptor op, std::optional<Location>,
                                      SmallVectorImpl<Type> &results) {
  return inferLikeInput(op.getInput(), results);
}

LogicalResult LayerNormOp::verify() {
  if (failed(verifyAxis(getLoc(), getAxis(), shapeOf(getInput()).size())) ||
      failed(verifyNormalizedShape(*this, getInput(), getScale(), getAxis(),
                                   "scale")))
    return failure();
  return verifyNormalizedShape(*this, getInput(), getBias(), getAxis(), "bias");
}

ShardingRule LayerNormOp::getShardingRule() {
  return normalizationRule(shapeOf(getInput()), getAxis(),
                           getNumOperands() - 1);
}

LogicalResult RmsNormOp::inferTypes(Adaptor op, std::optional<Location>,
                                    SmallVectorImpl<Type> &results) {
  return inferLikeInput(op.getInput(), results);
}

LogicalResult RmsNormOp::verify() {
  if (failed(verifyAxis(getLoc(), getAxis(), shapeOf(getInput()).size())))
    return failure();
  return verifyNormalizedShape(*this, getInput(), getScale(), getAxis(),
                               "scale");
}

ShardingRule RmsNormOp::getShardingRule() {
  return normalizationRule(shapeOf(getInput()), getAxis(), 1);
}

LogicalResult BatchNormOp::inferTypes(Adaptor op, std::optional<Location>,
                                      SmallVectorImpl<Type> &results) {
  return inferLikeInput(op.getInput(), results);
}

LogicalResult BatchNormOp::verify() {
  ArrayRef<int64_t> input = shapeOf(getInput());
  if (input.size() < 2)
    return emitOpError() << "expected an input of rank 2 or more, got "
                         << getInput().getType();
  for (Value value : getOperation()->getOperands().drop_front())
    if (shapeOf(value) != ArrayRef<int64_t>{input[1]})
      return emitOpError() << "expected one element for each of the "
                           << input[1] << " channels, got " << value.getType();
  return success();
}

ShardingRule BatchNormOp::getShardingRule() {
  return replicatedRule(shapesOf(getOperation()->getOperands()),
                        {shapeOf(getResult())});
}
