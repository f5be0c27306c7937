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

//===----------------------------------------------------------------------===//
// Gradients of what is normalised
//===----------------------------------------------------------------------===//

/// The gradient has the type of the input (layer_norm_gradient_c1,
/// rms_norm_gradient_c1).
template <typename Adaptor>
static LogicalResult inferNormGradient(Adaptor op,
                                       std::optional<Location> location,
                                       SmallVectorImpl<Type> &results) {
  if (shapeOf(op.getGradient()) != shapeOf(op.getInput()) ||
      elementOf(op.getGradient()) != elementOf(op.getInput()))
    return emitOptionalError(
        location,
        "expected a gradient and an input of one shape and element type, got ",
        op.getGradient().getType(), " and ", op.getInput().getType());
  return inferLikeInput(op.getInput(), results);
}

/// The axis and the shape of the scale (layer_norm_gradient_c2,
/// rms_norm_gradient_c2).
template <typename Op> static LogicalResult verifyNormGradient(Op op) {
  if (failed(
          verifyAxis(op.getLoc(), op.getAxis(), shapeOf(op.getInput()).size())))
    return failure();
  return verifyNormalizedShape(op, op.getInput(), op.getScale(), op.getAxis(),
                               "scale");
}

/// That of the norm, whose gradient lies as its input does.
static ShardingRule normGradientRule(Value input, int64_t axis) {
  ShardingRule rule = normalizationRule(shapeOf(input), axis, 1);
  TensorMapping gradient = rule.operands.front();
  rule.operands.insert(rule.operands.begin(), gradient);
  return rule;
}

LogicalResult LayerNormGradientOp::inferTypes(Adaptor op,
                                              std::optional<Location> location,
                                              SmallVectorImpl<Type> &results) {
  return inferNormGradient(op, location, results);
}

LogicalResult LayerNormGradientOp::verify() {
  return verifyNormGradient(*this);
}

ShardingRule LayerNormGradientOp::getShardingRule() {
  return normGradientRule(getInput(), getAxis());
}

LogicalResult RmsNormGradientOp::inferTypes(Adaptor op,
                                            std::optional<Location> location,
                                            SmallVectorImpl<Type> &results) {
  return inferNormGradient(op, location, results);
}

LogicalResult RmsNormGradientOp::verify() { return verifyNormGradient(*this); }

ShardingRule RmsNormGradientOp::getShardingRule() {
  return normGradientRule(getInput(), getAxis());
}

//===----------------------------------------------------------------------===//
// Batch norm
//===----------------------------------------------------------------------===//

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
