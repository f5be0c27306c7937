//===- Softmax.cpp - Shapes and rules of softmax --------------------------===//

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

#define DTC_SOFTMAX_LIKE(OP)                                                   \
  LogicalResult OP::inferTypes(Adaptor op, std::optional<Location>,            \
                               SmallVectorImpl<Type> &results) {               \
    results.push_back(RankedTensorType::get(shapeOf(op.getInput()),            \
                                            elementOf(op.getInput())));        \
    return success();                                                          \
  }                                                                            \
  LogicalResult OP::verify() {                                                 \
    return verifyAxis(getLoc(), getAxis(), shapeOf(getInput()).size());        \
  }                                                                            \
  ShardingRule OP::getShardingRule() {                                         \
    return wholeRule(shapeOf(getInput()), {static_cast<int64_t>(getAxis())});  \
  }

DTC_SOFTMAX_LIKE(SoftmaxOp)
DTC_SOFTMAX_LIKE(LogSoftmaxOp)
