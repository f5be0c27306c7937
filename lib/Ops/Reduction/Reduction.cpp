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
// The table: what the pieces of each reduction combine with, and whether
// partial operands pass
//===----------------------------------------------------------------------===//

#define DTC_REDUCTION(OP, COMBINE, PASSES)                                     \
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
                         {COMBINE, getKeepDims(), PASSES});                    \
  }

DTC_REDUCTION(ReduceSumOp, ReduceKind::Sum, true)
DTC_REDUCTION(ReduceMeanOp, averages(elementOf(getInput())), true)
DTC_REDUCTION(ReduceMaxOp, ReduceKind::Max, true)
DTC_REDUCTION(ReduceMinOp, ReduceKind::Min, true)
DTC_REDUCTION(ReduceProdOp, ReduceKind::Product, true)
DTC_REDUCTION(ReduceL1Op, ReduceKind::Sum, false)
DTC_REDUCTION(ReduceL2Op, std::nullopt, true)
DTC_REDUCTION(ReduceSumSquareOp, ReduceKind::Sum, false)
DTC_REDUCTION(ReduceLogSumExpOp, std::nullopt, true)
DTC_REDUCTION(ReduceVarOp, std::nullopt, true)
DTC_REDUCTION(ReduceStdOp, std::nullopt, true)

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
// Forms for split operands
//===----------------------------------------------------------------------===//

/// The root of the sum of squares: the sum is completed, which is as small as
/// the result. Narrow floats stay one op: their squares overflow.
SmallVector<Value> ReduceL2Op::buildSplitForm(OpBuilder &builder,
                                              ArrayRef<int64_t> splitDims) {
  Type element = elementOf(getInput());
  bool isReduced = llvm::any_of(splitDims, [&](int64_t dim) {
    return llvm::is_contained(getDims(), dim);
  });
  if (!isReduced || !(element.isF32() || element.isF64()))
    return {};
  Value sum = ReduceSumSquareOp::create(builder, getLoc(), getInput(),
                                        getDims(), getKeepDims());
  return {SqrtOp::create(builder, getLoc(), sum).getResult()};
}

/// A constant along one dimension of a tensor of rank `rank`.
static Value positionsAlong(OpBuilder &builder, Location location,
                            int64_t count, int64_t axis, int64_t rank) {
  SmallVector<int64_t> shape(rank, 1);
  shape[axis] = count;
  auto type = RankedTensorType::get(shape, builder.getI64Type());
  auto numbers = llvm::to_vector(llvm::seq<int64_t>(0, count));
  return ConstantOp::create(
      builder, location, type,
      DenseElementsAttr::get(type, ArrayRef<int64_t>(numbers)));
}

static Value scalarOf(OpBuilder &builder, Location location, int64_t number) {
  auto type = RankedTensorType::get({}, builder.getI64Type());
  return ConstantOp::create(builder, location, type,
                            DenseElementsAttr::get(type, number));
}

/// The extreme of all pieces, then the first (or last) position in the whole
/// dimension that has it: two reductions as small as the result.
template <typename Extreme, typename Op>
static SmallVector<Value> buildPositions(Op op, OpBuilder &builder,
                                         ArrayRef<int64_t> splitDims) {
  constexpr int64_t mostPositions = int64_t(1) << 22;
  Value input = op.getInput();
  int64_t axis = op.getAxis(), count = shapeOf(input)[axis];
  bool isFloat = isa<FloatType>(elementOf(input));
  // Of several not-a-numbers the first counts, also where the last is asked
  // for.
  if (!llvm::is_contained(splitDims, axis) || count == 0 ||
      count > mostPositions || (isFloat && op.getLastIndex()))
    return {};
  Location l = op.getLoc();
  Value best =
      Extreme::create(builder, l, input, ArrayRef<int64_t>(axis), true);
  Value found = EqualOp::create(builder, l, input, best);
  if (isFloat)
    found = OrOp::create(builder, l, found, IsNanOp::create(builder, l, input));
  int64_t none = op.getLastIndex() ? -1 : count;
  Value positions = SelectOp::create(
      builder, l, found,
      positionsAlong(builder, l, count, axis, shapeOf(input).size()),
      scalarOf(builder, l, none));
  if (op.getLastIndex())
    return {ReduceMaxOp::create(builder, l, positions, ArrayRef<int64_t>(axis),
                                op.getKeepDims())
                .getResult()};
  return {ReduceMinOp::create(builder, l, positions, ArrayRef<int64_t>(axis),
                              op.getKeepDims())
              .getResult()};
}

SmallVector<Value> ArgMaxOp::buildSplitForm(OpBuilder &builder,
                                            ArrayRef<int64_t> splitDims) {
  return buildPositions<ReduceMaxOp>(*this, builder, splitDims);
}

SmallVector<Value> ArgMinOp::buildSplitForm(OpBuilder &builder,
                                            ArrayRef<int64_t> splitDims) {
  return buildPositions<ReduceMinOp>(*this, builder, splitDims);
}

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
