//===- MatMul.cpp - Shapes and rules of contractions ----------------------===//

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

LogicalResult MatMulOp::inferTypes(Adaptor op, std::optional<Location> location,
                                   SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> lhs = shapeOf(op.getLhs()), rhs = shapeOf(op.getRhs());
  if (lhs.size() < 2 || rhs.size() < 2) // matmul_c1
    return emitOptionalError(location,
                             "expected operands of rank 2 or more, got ranks ",
                             lhs.size(), " and ", rhs.size());
  if (elementOf(op.getLhs()) != elementOf(op.getRhs()))
    return emitOptionalError(location, "expected equal element types, got ",
                             elementOf(op.getLhs()), " and ",
                             elementOf(op.getRhs()));
  int64_t m = lhs[lhs.size() - 2], lhsK = lhs.back();
  int64_t rhsK = rhs[rhs.size() - 2], n = rhs.back();
  if (op.getTransposeLhs())
    std::swap(m, lhsK);
  if (op.getTransposeRhs())
    std::swap(rhsK, n);
  if (lhsK != rhsK) // matmul_c2
    return emitOptionalError(location,
                             "expected contracted dimensions of one size, got ",
                             lhsK, " and ", rhsK);
  SmallVector<int64_t> shape;
  if (failed(broadcastShapes(location, {lhs.drop_back(2), rhs.drop_back(2)},
                             shape))) // matmul_c3
    return failure();
  shape.append({m, n});
  results.push_back(RankedTensorType::get(shape, elementOf(op.getLhs())));
  return success();
}

ShardingRule MatMulOp::getShardingRule() {
  return matmulRule(shapeOf(getLhs()), shapeOf(getRhs()), shapeOf(getResult()),
                    {getTransposeLhs(), getTransposeRhs()});
}

LogicalResult LinearOp::inferTypes(Adaptor op, std::optional<Location> location,
                                   SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> input = shapeOf(op.getInput());
  ArrayRef<int64_t> weight = shapeOf(op.getWeight());
  if (weight.size() != 2 || input.empty()) // linear_c1
    return emitOptionalError(location,
                             "expected a weight of rank 2 and an input of rank "
                             "1 or more, got ranks ",
                             weight.size(), " and ", input.size());
  if (elementOf(op.getInput()) != elementOf(op.getWeight()))
    return emitOptionalError(location, "expected equal element types, got ",
                             elementOf(op.getInput()), " and ",
                             elementOf(op.getWeight()));
  int64_t out = weight[0], in = weight[1];
  if (op.getWeightInOut())
    std::swap(out, in);
  if (input.back() != in) // linear_c2
    return emitOptionalError(location, "expected an input of ", in,
                             " features, got ", input.back());
  if (Value bias = op.getBias())
    if (shapeOf(bias) != ArrayRef<int64_t>{out} ||
        elementOf(bias) != elementOf(op.getInput())) // linear_c3
      return emitOptionalError(location, "expected a bias of ", out,
                               " elements of the input's type, got ",
                               bias.getType());
  SmallVector<int64_t> shape(input.begin(), input.end());
  shape.back() = out;
  results.push_back(RankedTensorType::get(shape, elementOf(op.getInput())));
  return success();
}

ShardingRule LinearOp::getShardingRule() {
  return linearRule(shapeOf(getInput()), shapeOf(getWeight()),
                    {getBias() != nullptr, getWeightInOut()});
}

LogicalResult
LinearWeightGradientOp::inferTypes(Adaptor op, std::optional<Location> location,
                                   SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> gradient = shapeOf(op.getGradient());
  ArrayRef<int64_t> input = shapeOf(op.getInput());
  if (gradient.empty() || input.empty() ||
      gradient.drop_back() != input.drop_back() ||
      elementOf(op.getGradient()) !=
          elementOf(op.getInput())) // linear_weight_gradient_c1
    return emitOptionalError(location,
                             "expected a gradient and an input that differ in "
                             "their last dimension only, got ",
                             op.getGradient().getType(), " and ",
                             op.getInput().getType());
  SmallVector<int64_t> shape{gradient.back(), input.back()};
  if (op.getWeightInOut())
    std::swap(shape[0], shape[1]);
  results.push_back(RankedTensorType::get(shape, elementOf(op.getInput())));
  return success();
}

ShardingRule LinearWeightGradientOp::getShardingRule() {
  return linearWeightGradientRule(shapeOf(getGradient()), shapeOf(getInput()),
                                  {false, getWeightInOut()});
}
