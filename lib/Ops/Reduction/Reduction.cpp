//===- Reduction.cpp - Shapes and rules of reductions ---------------------===//

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

static SmallVector<int64_t>
reducedShape(ArrayRef<int64_t> shape, ArrayRef<int64_t> dims, bool keepDims) {
  SmallVector<int64_t> result;
  for (auto [i, extent] : llvm::enumerate(shape)) {
    if (!llvm::is_contained(dims, static_cast<int64_t>(i)))
      result.push_back(extent);
    else if (keepDims)
      result.push_back(1);
  }
  return result;
}

/// Means of parts have a mean, but truncated ones not that of the whole.
static std::optional<ReduceKind> averages(Type element) {
  if (isa<FloatType>(element))
    return ReduceKind::Avg;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// The table: what the pieces of each reduction combine with
//===----------------------------------------------------------------------===//

#define DTC_REDUCTION(OP, COMBINE)                                             \
  LogicalResult OP::inferTypes(Adaptor op, std::optional<Location> location,   \
                               SmallVectorImpl<Type> &results) {               \
    Value input = op.getInput();                                               \
    if (failed(verifyDims(location, op.getDims(), shapeOf(input).size())))     \
      return failure();                                                        \
    results.push_back(RankedTensorType::get(                                   \
        reducedShape(shapeOf(input), op.getDims(), op.getKeepDims()),          \
        elementOf(input)));                                                    \
    return success();                                                          \
  }                                                                            \
  LogicalResult OP::verify() {                                                 \
    return verifyDims(getLoc(), getDims(), shapeOf(getInput()).size());        \
  }                                                                            \
  ShardingRule OP::getShardingRule() {                                         \
    return reductionRule(shapeOf(getInput()), getDims(),                       \
                         {COMBINE, getKeepDims()});                            \
  }

DTC_REDUCTION(ReduceSumOp, ReduceKind::Sum)
DTC_REDUCTION(ReduceMeanOp, averages(elementOf(getInput())))
DTC_REDUCTION(ReduceMaxOp, ReduceKind::Max)
DTC_REDUCTION(ReduceMinOp, ReduceKind::Min)
DTC_REDUCTION(ReduceProdOp, ReduceKind::Product)
DTC_REDUCTION(ReduceL1Op, std::nullopt)
DTC_REDUCTION(ReduceL2Op, std::nullopt)
DTC_REDUCTION(ReduceSumSquareOp, std::nullopt)
DTC_REDUCTION(ReduceLogSumExpOp, std::nullopt)
DTC_REDUCTION(ReduceVarOp, std::nullopt)
DTC_REDUCTION(ReduceStdOp, std::nullopt)

#define DTC_ARG_REDUCTION(OP)                                                  \
  LogicalResult OP::inferTypes(Adaptor op, std::optional<Location> location,   \
                               SmallVectorImpl<Type> &results) {               \
    ArrayRef<int64_t> shape = shapeOf(op.getInput());                          \
    int64_t axis = op.getAxis();                                               \
    if (failed(verifyAxis(location, axis, shape.size())))                      \
      return failure();                                                        \
    results.push_back(RankedTensorType::get(                                   \
        reducedShape(shape, {axis}, op.getKeepDims()),                         \
        IntegerType::get(op.getInput().getContext(), 64)));                    \
    return success();                                                          \
  }                                                                            \
  LogicalResult OP::verify() {                                                 \
    return verifyAxis(getLoc(), getAxis(), shapeOf(getInput()).size());        \
  }                                                                            \
  ShardingRule OP::getShardingRule() {                                         \
    return reductionRule(shapeOf(getInput()),                                  \
                         {static_cast<int64_t>(getAxis())},                    \
                         {std::nullopt, getKeepDims()});                       \
  }

DTC_ARG_REDUCTION(ArgMaxOp)
DTC_ARG_REDUCTION(ArgMinOp)

//===----------------------------------------------------------------------===//
// Running sums and products
//===----------------------------------------------------------------------===//

#define DTC_RUNNING(OP)                                                        \
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

DTC_RUNNING(CumSumOp)
DTC_RUNNING(CumProdOp)
