//===- StackEval.cpp - Reference semantics of stack and unbind ------------===//

#include "dtc/IR/ShapeInference.h"
#include "dtc/Interpreter/ElementRuns.h"

using namespace mlir;
using namespace dtc;

LogicalResult StackOp::evaluate(ArrayRef<HostTensor> operands,
                                SmallVectorImpl<HostTensor> &results) {
  SmallVector<int64_t> part(shapeOf(getResult()));
  part[getAxis()] = 1;
  SmallVector<HostTensor> parts;
  for (const HostTensor &operand : operands)
    parts.push_back(operand.reshaped(part));
  results.push_back(concatenate(parts, getAxis()));
  return success();
}

LogicalResult UnbindOp::evaluate(ArrayRef<HostTensor> operands,
                                 SmallVectorImpl<HostTensor> &results) {
  SmallVector<Interval> box;
  for (int64_t extent : operands[0].shape())
    box.push_back({0, extent});
  SmallVector<int64_t> shape(operands[0].shape());
  shape.erase(shape.begin() + getAxis());
  for (int64_t i = 0; i < operands[0].dim(getAxis()); ++i) {
    box[getAxis()] = {i, i + 1};
    results.push_back(operands[0].cut(box).reshaped(shape));
  }
  return success();
}
