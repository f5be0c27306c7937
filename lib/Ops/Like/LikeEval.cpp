//===- LikeEval.cpp - Reference semantics of values like another ----------===//

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

LogicalResult PlaceLikeOp::evaluate(ArrayRef<HostTensor> operands,
                                    SmallVectorImpl<HostTensor> &results) {
  results.push_back(operands[0]);
  return success();
}

LogicalResult FillLikeOp::evaluate(ArrayRef<HostTensor>,
                                   SmallVectorImpl<HostTensor> &results) {
  auto result = HostTensor::ofType(tensorType(getResult()));
  double value = getValue().convertToDouble();
  for (int64_t i = 0; i < result.size(); ++i)
    result.setDouble(i, value);
  results.push_back(std::move(result));
  return success();
}
