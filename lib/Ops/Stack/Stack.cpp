//===- Stack.cpp - Shapes and rules of stack and unbind -------------------===//

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

LogicalResult StackOp::inferTypes(Adaptor op, std::optional<Location> location,
                                  SmallVectorImpl<Type> &results) {
  if (op.getInputs().empty())
    return emitOptionalError(location, "expected at least one operand");
  Value first = op.getInputs().front();
  for (Value input : op.getInputs())
    if (shapeOf(input) != shapeOf(first) ||
        elementOf(input) != elementOf(first))
      return emitOptionalError(location,
                               "expected operands of one shape and element "
                               "type, got ",
                               first.getType(), " and ", input.getType());
  SmallVector<int64_t> shape(shapeOf(first));
  int64_t axis = op.getAxis();
  if (failed(verifyAxis(location, axis, shape.size() + 1)))
    return failure();
  shape.insert(shape.begin() + axis, op.getInputs().size());
  results.push_back(RankedTensorType::get(shape, elementOf(first)));
  return success();
}

LogicalResult StackOp::verify() {
  return verifyAxis(getLoc(), getAxis(), shapeOf(getResult()).size());
}

ShardingRule StackOp::getShardingRule() {
  return stackRule(shapesOf(getInputs()), shapeOf(getResult()), getAxis());
}

LogicalResult UnbindOp::inferTypes(Adaptor op, std::optional<Location> location,
                                   SmallVectorImpl<Type> &results) {
  SmallVector<int64_t> shape(shapeOf(op.getInput()));
  int64_t axis = op.getAxis();
  if (failed(verifyAxis(location, axis, shape.size())))
    return failure();
  int64_t count = shape[axis];
  shape.erase(shape.begin() + axis);
  results.assign(count, RankedTensorType::get(shape, elementOf(op.getInput())));
  return success();
}

LogicalResult UnbindOp::verify() {
  return verifyAxis(getLoc(), getAxis(), shapeOf(getInput()).size());
}

ShardingRule UnbindOp::getShardingRule() {
  return unbindRule(shapeOf(getInput()), getAxis());
}
