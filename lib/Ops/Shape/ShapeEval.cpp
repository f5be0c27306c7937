//===- ShapeEval.cpp - Reference semantics of reshapes and the like -------===//

#include "dtc/IR/ShapeInference.h"
#include "dtc/Interpreter/ElementRuns.h"

using namespace mlir;
using namespace dtc;

LogicalResult ReshapeOp::evaluate(ArrayRef<HostTensor> operands,
                                  SmallVectorImpl<HostTensor> &results) {
  results.push_back(operands[0].reshaped(shapeOf(getResult())));
  return success();
}

LogicalResult ViewOp::evaluate(ArrayRef<HostTensor> operands,
                               SmallVectorImpl<HostTensor> &results) {
  results.push_back(operands[0].reshaped(shapeOf(getResult())));
  return success();
}

LogicalResult TransposeOp::evaluate(ArrayRef<HostTensor> operands,
                                    SmallVectorImpl<HostTensor> &results) {
  auto result = HostTensor::ofType(tensorType(getResult()));
  StridedPlace source;
  auto strides = operands[0].strides();
  for (int64_t dim : getPermutation())
    source.strides.push_back(strides[dim]);
  copyStrided(result.shape(), operands[0], source, result,
              {0, result.strides()});
  results.push_back(std::move(result));
  return success();
}

LogicalResult BroadcastOp::evaluate(ArrayRef<HostTensor> operands,
                                    SmallVectorImpl<HostTensor> &results) {
  auto result = HostTensor::ofType(tensorType(getResult()));
  const HostTensor &input = operands[0];
  StridedPlace source;
  source.strides.assign(result.rank() - input.rank(), 0);
  for (auto [extent, stride] : llvm::zip(input.shape(), input.strides()))
    source.strides.push_back(extent == 1 ? 0 : stride);
  copyStrided(result.shape(), input, source, result, {0, result.strides()});
  results.push_back(std::move(result));
  return success();
}
