//===- Slice.cpp - Slices, splits, joins and pads -------------------------===//

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

LogicalResult SliceOp::inferTypes(Adaptor op, std::optional<Location> location,
                                  SmallVectorImpl<Type> &results) {
  SmallVector<int64_t> shape(shapeOf(op.getInput()));
  size_t count = op.getAxes().size();
  if (op.getStarts().size() != count || op.getSizes().size() != count ||
      op.getSteps().size() != count)
    return emitOptionalError(location,
                             "expected a start, size and step for each axis");
  for (auto [axis, start, size, step] :
       llvm::zip(op.getAxes(), op.getStarts(), op.getSizes(), op.getSteps())) {
    if (failed(verifyAxis(location, axis, shape.size())))
      return failure();
    int64_t extent = shapeOf(op.getInput())[axis], span = 0, last = 0;
    bool overflow = size > 0 && (llvm::MulOverflow(size - 1, step, span) ||
                                 llvm::AddOverflow(start, span, last));
    if (size < 0 || step == 0 || overflow ||
        (size > 0 &&
         (start < 0 || start >= extent || last < 0 || last >= extent)))
      return emitOptionalError(location, "expected a part of dimension ", axis,
                               " of size ", extent, ", got start ", start,
                               ", size ", size, ", step ", step);
    shape[axis] = size;
  }
  results.push_back(RankedTensorType::get(shape, elementOf(op.getInput())));
  return success();
}

LogicalResult SliceOp::verify() {
  SmallVector<int64_t> axes(getAxes());
  llvm::sort(axes);
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end())
    return emitOpError() << "expected distinct axes";
  return success();
}

ShardingRule SliceOp::getShardingRule() {
  // A part that is all of its dimension splits like any other dimension, but
  // only while the program is global: localised sizes would no longer fit.
  return sliceRule(shapeOf(getInput()), shapeOf(getResult()), getAxes());
}

//===----------------------------------------------------------------------===//
// Split
//===----------------------------------------------------------------------===//

LogicalResult SplitOp::inferTypes(Adaptor op, std::optional<Location> location,
                                  SmallVectorImpl<Type> &results) {
  SmallVector<int64_t> shape(shapeOf(op.getInput()));
  int64_t axis = op.getAxis(), sum = 0;
  if (failed(verifyAxis(location, axis, shape.size())))
    return failure();
  int64_t extent = shape[axis];
  for (int64_t size : op.getSizes()) {
    if (size < 0 || llvm::AddOverflow(sum, size, sum))
      return emitOptionalError(location, "expected sizes of 0 or more");
    shape[axis] = size;
    results.push_back(RankedTensorType::get(shape, elementOf(op.getInput())));
  }
  if (sum != extent)
    return emitOptionalError(location, "expected parts of ", extent,
                             " elements together, got ", sum);
  return success();
}

LogicalResult SplitOp::verify() {
  return verifyAxis(getLoc(), getAxis(), shapeOf(getInput()).size());
}

ShardingRule SplitOp::getShardingRule() {
  return splitRule(shapeOf(getInput()), shapesOf(getParts()), getAxis());
}

//===----------------------------------------------------------------------===//
// Concat
//===----------------------------------------------------------------------===//

LogicalResult ConcatOp::inferTypes(Adaptor op, std::optional<Location> location,
                                   SmallVectorImpl<Type> &results) {
  if (op.getInputs().empty())
    return emitOptionalError(location, "expected at least one operand");
  Value first = op.getInputs().front();
  SmallVector<int64_t> shape(shapeOf(first));
  int64_t axis = op.getAxis(), sum = 0;
  if (failed(verifyAxis(location, axis, shape.size())))
    return failure();
  for (Value input : op.getInputs()) {
    SmallVector<int64_t> other(shapeOf(input));
    if (other.size() != shape.size() || elementOf(input) != elementOf(first))
      return emitOptionalError(location,
                               "expected operands of one rank and element "
                               "type, got ",
                               first.getType(), " and ", input.getType());
    sum += other[axis];
    other[axis] = shape[axis];
    if (other != shape)
      return emitOptionalError(location,
                               "expected operands that differ only in "
                               "dimension ",
                               axis, ", got ", first.getType(), " and ",
                               input.getType());
  }
  shape[axis] = sum;
  results.push_back(RankedTensorType::get(shape, elementOf(first)));
  return success();
}

LogicalResult ConcatOp::verify() {
  return verifyAxis(getLoc(), getAxis(), shapeOf(getResult()).size());
}

ShardingRule ConcatOp::getShardingRule() {
  return concatRule(shapesOf(getInputs()), shapeOf(getResult()), getAxis());
}

//===----------------------------------------------------------------------===//
// Pad
//===----------------------------------------------------------------------===//

LogicalResult PadOp::inferTypes(Adaptor op, std::optional<Location> location,
                                SmallVectorImpl<Type> &results) {
  SmallVector<int64_t> shape(shapeOf(op.getInput()));
  if (op.getLow().size() != op.getAxes().size() ||
      op.getHigh().size() != op.getAxes().size())
    return emitOptionalError(location,
                             "expected a low and a high count for each axis");
  for (auto [axis, low, high] :
       llvm::zip(op.getAxes(), op.getLow(), op.getHigh())) {
    if (failed(verifyAxis(location, axis, shape.size())))
      return failure();
    int64_t &extent = shape[axis];
    if (llvm::AddOverflow(extent, low, extent) ||
        llvm::AddOverflow(extent, high, extent) || extent < 0)
      return emitOptionalError(location,
                               "expected a padded size of 0 or more "
                               "in dimension ",
                               axis);
  }
  results.push_back(RankedTensorType::get(shape, elementOf(op.getInput())));
  return success();
}

LogicalResult PadOp::verify() {
  SmallVector<int64_t> axes(getAxes());
  llvm::sort(axes);
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end())
    return emitOpError() << "expected distinct axes";
  return success();
}

ShardingRule PadOp::getShardingRule() {
  ShardingRule rule =
      padRule(shapeOf(getInput()), shapeOf(getResult()), getAxes());
  // Zeros are zeros on every rank, whatever completes them; nothing else is.
  if (!getValue().isZero())
    rule.linearity = Linearity::None;
  return rule;
}

//===----------------------------------------------------------------------===//
// Triangle
//===----------------------------------------------------------------------===//

LogicalResult TriangleOp::inferTypes(Adaptor op, std::optional<Location>,
                                     SmallVectorImpl<Type> &results) {
  results.push_back(
      RankedTensorType::get(shapeOf(op.getInput()), elementOf(op.getInput())));
  return success();
}

LogicalResult TriangleOp::verify() {
  if (shapeOf(getInput()).size() < 2)
    return emitOpError() << "expected an operand of rank 2 or more, got "
                         << getInput().getType();
  return success();
}

ShardingRule TriangleOp::getShardingRule() {
  ArrayRef<int64_t> shape = shapeOf(getInput());
  int64_t rank = shape.size();
  ShardingRule rule = wholeRule(shape, {rank - 2, rank - 1});
  rule.linearity = Linearity::Transparent;
  rule.eagerReplicates = true;
  return rule;
}
