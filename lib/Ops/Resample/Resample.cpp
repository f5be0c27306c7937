//===- Resample.cpp - Shape, rule and local form of resampling ------------===//

#include "dtc/IR/ProgramLimits.h"
#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

LogicalResult ResampleOp::inferTypes(Adaptor op,
                                     std::optional<Location> location,
                                     SmallVectorImpl<Type> &results) {
  SmallVector<int64_t> shape(shapeOf(op.getInput()));
  int64_t axis = op.getAxisAttr().getInt(), taps = op.getTapsAttr().getInt();
  if (failed(verifyAxis(location, axis, shape.size()))) // resample_c1
    return failure();
  auto count = static_cast<int64_t>(op.getPositions().size());
  constexpr int64_t most = int64_t(1) << 31;
  if (taps < 1 || taps > most || count % taps != 0) // resample_c2
    return emitOptionalError(location, "expected positions for ", taps,
                             " taps, from 1 to 2^31, got ", count);
  // No value of the program, but one on the way to its code.
  SmallVector<int64_t> looked(shape);
  looked[axis] = count;
  if (shape[axis] > most || count > most || !countElements(looked))
    return emitOptionalError(location,
                             "expected dimensions of at most 2^31 positions "
                             "and lookups of less than 2^44 elements, got ",
                             shape[axis], " and [", ArrayRef<int64_t>(looked),
                             "]");
  for (int64_t position : op.getPositions())
    if (position < 0 || position >= shape[axis]) // resample_c2
      return emitOptionalError(location, "expected positions from 0 to ",
                               shape[axis] - 1, ", got ", position);
  shape[axis] = count / taps;
  results.push_back(RankedTensorType::get(shape, elementOf(op.getInput())));
  return success();
}

LogicalResult ResampleOp::verify() {
  if (!getWeights()) {
    // No tap at all is refused with the result's type.
    if (getTapsAttr().getInt() > 1) // resample_c3
      return emitOpError() << "expected one tap without 'weights', got "
                           << getTaps();
    return success();
  }
  if (getWeights()->size() != getPositions().size()) // resample_c3
    return emitOpError() << "expected a weight for each of "
                         << getPositions().size() << " positions, got "
                         << getWeights()->size();
  if (!isa<FloatType>(elementOf(getInput()))) // resample_c3
    return emitOpError() << "expected floats to weight, got "
                         << elementOf(getInput());
  return success();
}

ShardingRule ResampleOp::getShardingRule() {
  return resampleRule(shapeOf(getInput()), shapeOf(getResult()), getAxis(),
                      getPositions());
}

/// The taps of the rank's piece of the result, counted from the first position
/// that it holds.
FailureOr<SmallVector<Value>> ResampleOp::localize(OpBuilder &builder,
                                                   ValueRange operands,
                                                   TypeRange localResultTypes,
                                                   int64_t rank) {
  int64_t axis = getAxis(), taps = getTaps();
  auto pieceOf = [&](Value value) {
    LayoutAttr layout = getLayout(value);
    return localBox(shapeOf(value), layout.getPlacements(),
                    layout.getMesh().getMesh(), rank)[axis];
  };
  Interval held = pieceOf(getInput()), made = pieceOf(getResult());
  size_t first = made.begin * taps, count = made.size() * taps;
  SmallVector<int64_t> positions(getPositions().slice(first, count));
  for (int64_t &position : positions)
    position -= held.begin;
  DenseF64ArrayAttr weights;
  if (getWeights())
    weights = builder.getDenseF64ArrayAttr(getWeights()->slice(first, count));
  auto local = ResampleOp::create(
      builder, getLoc(), localResultTypes[0], operands[0], getAxisAttr(),
      getTapsAttr(), builder.getDenseI64ArrayAttr(positions), weights);
  return SmallVector<Value>{local.getResult()};
}
