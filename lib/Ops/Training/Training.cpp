//===- Training.cpp - State of optimizers and updates ---------------------===//

#include "dtc/IR/ShapeInference.h"

#include <cmath>

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

LogicalResult StateOp::verify() {
  if (!isa<FloatType>(elementOf(getResult())) &&
      std::floor(getFill().convertToDouble()) != getFill().convertToDouble())
    return emitOpError() << "expected an integer to fill "
                         << getResult().getType() << " with, got "
                         << getFill().convertToDouble();
  return success();
}

ShardingRule StateOp::getShardingRule() {
  return sourceRule(shapeOf(getResult()));
}

FailureOr<SmallVector<Value>> StateOp::localize(OpBuilder &builder, ValueRange,
                                                TypeRange localResultTypes,
                                                int64_t) {
  auto op = StateOp::create(builder, getLoc(), localResultTypes[0],
                            getNameAttr(), getFillAttr(), LayoutAttr(),
                            TypeAttr::get(getResult().getType()));
  return SmallVector<Value>{op.getResult()};
}

//===----------------------------------------------------------------------===//
// Update
//===----------------------------------------------------------------------===//

Value dtc::findUpdated(UpdateOp update) {
  for (Operation &op : *update->getBlock()) {
    if (&op == update.getOperation())
      break;
    if (auto parameter = dyn_cast<ParameterOp>(op))
      if (parameter.getNameAttr() == update.getNameAttr())
        return parameter.getResult();
    if (auto state = dyn_cast<StateOp>(op))
      if (state.getNameAttr() == update.getNameAttr())
        return state.getResult();
  }
  return {};
}

LogicalResult UpdateOp::verify() {
  Value updated = findUpdated(*this);
  if (!updated) // update_c1
    return emitOpError() << "expected a parameter or state '" << getName()
                         << "' before it, got none";
  if (updated.getType() != getValue().getType()) // update_c1
    return emitOpError() << "expected a value of '" << getName() << "', "
                         << updated.getType() << ", got "
                         << getValue().getType();
  for (Operation *before = (*this)->getPrevNode(); before;
       before = before->getPrevNode())
    if (auto other = dyn_cast<UpdateOp>(before);
        other && other.getNameAttr() == getNameAttr()) // update_c2
      return emitOpError() << "expected one update of '" << getName()
                           << "', got two";
  return success();
}

FailureOr<SmallVector<Value>> UpdateOp::localize(OpBuilder &builder,
                                                 ValueRange operands, TypeRange,
                                                 int64_t) {
  UpdateOp::create(builder, getLoc(), getNameAttr(), operands[0],
                   TypeAttr::get(getValue().getType()));
  return SmallVector<Value>{};
}
