//===- Random.cpp - Shapes, rules and local forms of random ops -----------===//

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

namespace {
/// What a rank holds of a tensor of shape `extents`.
struct Piece {
  DenseI64ArrayAttr extents, begins;
};
} // namespace

/// The piece that `rank` has of a placed value.
static Piece pieceOf(OpBuilder &builder, Value value, int64_t rank) {
  LayoutAttr layout = getLayout(value);
  auto box = localBox(shapeOf(value), layout.getPlacements(),
                      layout.getMesh().getMesh(), rank);
  SmallVector<int64_t> begins;
  for (const Interval &interval : box)
    begins.push_back(interval.begin);
  return {builder.getDenseI64ArrayAttr(shapeOf(value)),
          builder.getDenseI64ArrayAttr(begins)};
}

/// True when a tensor of shape `local` lies within `extents` at `begins`.
static bool fits(ArrayRef<int64_t> local, ArrayRef<int64_t> extents,
                 ArrayRef<int64_t> begins) {
  if (local.size() != extents.size() || local.size() != begins.size())
    return false;
  for (auto [size, extent, begin] : llvm::zip(local, extents, begins))
    if (begin < 0 || size > extent || begin > extent - size)
      return false;
  return true;
}

/// The number of a step, where there is one, is one i64.
template <typename Op> static LogicalResult verifyStep(Op op) {
  Value step = op.getStep();
  if (step &&
      (!shapeOf(step).empty() || !elementOf(step).isSignlessInteger(64)))
    return op.emitOpError()
           << "expected a step 'tensor<i64>', got " << step.getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Random bits
//===----------------------------------------------------------------------===//

LogicalResult RandomBitsOp::verify() {
  Type element = elementOf(getResult());
  if (!element.isUnsignedInteger(32)) // random_bits_c1
    return emitOpError() << "expected elements of type 'ui32', got " << element;
  ArrayRef<int64_t> shape = shapeOf(getResult());
  bool isPiece = getBegins() ? fits(shape, getExtents(), *getBegins())
                             : shape == getExtents();
  if (!isPiece) // random_bits_c2
    return emitOpError() << "expected a piece of the tensor of shape ["
                         << getExtents() << "], got " << getResult().getType();
  return verifyStep(*this); // random_bits_c3
}

ShardingRule RandomBitsOp::getShardingRule() {
  ShardingRule rule = sourceRule(shapeOf(getResult()));
  if (getStep()) {
    rule.operands.emplace_back();
    rule.completeOperands.push_back(0);
  }
  return rule;
}

FailureOr<SmallVector<Value>> RandomBitsOp::localize(OpBuilder &builder,
                                                     ValueRange operands,
                                                     TypeRange localResultTypes,
                                                     int64_t rank) {
  Piece piece = pieceOf(builder, getResult(), rank);
  auto local = RandomBitsOp::create(
      builder, getLoc(), localResultTypes[0], getStep() ? operands[0] : Value(),
      getSeedAttr(), getStreamAttr(), piece.extents, piece.begins);
  return SmallVector<Value>{local.getResult()};
}

//===----------------------------------------------------------------------===//
// Dropout
//===----------------------------------------------------------------------===//

LogicalResult DropoutOp::inferTypes(Adaptor op, std::optional<Location>,
                                    SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> shape = shapeOf(op.getInput());
  Type boolean = IntegerType::get(op.getInput().getContext(), 1);
  results.push_back(RankedTensorType::get(shape, elementOf(op.getInput())));
  results.push_back(RankedTensorType::get(shape, boolean));
  return success();
}

LogicalResult DropoutOp::verify() {
  double ratio = getRatio().convertToDouble();
  if (!(ratio >= 0 && ratio <= 1)) // dropout_c1
    return emitOpError() << "expected a ratio from 0 to 1, got " << ratio;
  if (getExtents().has_value() != getBegins().has_value()) // dropout_c2
    return emitOpError() << "expected 'extents' and 'begins' together";
  if (getExtents() && !fits(shapeOf(getInput()), *getExtents(), *getBegins()))
    return emitOpError() << "expected a piece of the tensor of shape ["
                         << *getExtents() << "], got " << getInput().getType();
  return verifyStep(*this); // dropout_c3
}

ShardingRule DropoutOp::getShardingRule() {
  ShardingRule rule = randomRule(shapeOf(getInput()));
  rule.results.push_back(rule.results.front());
  if (getStep())
    rule.operands.emplace_back();
  return rule;
}

FailureOr<SmallVector<Value>> DropoutOp::localize(OpBuilder &builder,
                                                  ValueRange operands,
                                                  TypeRange localResultTypes,
                                                  int64_t rank) {
  Piece piece = pieceOf(builder, getInput(), rank);
  auto local =
      DropoutOp::create(builder, getLoc(), localResultTypes, operands[0],
                        getStep() ? operands[1] : Value(), getRatioAttr(),
                        getSeedAttr(), piece.extents, piece.begins);
  return SmallVector<Value>(local.getResults());
}

//===----------------------------------------------------------------------===//
// Dropout's gradient
//===----------------------------------------------------------------------===//

LogicalResult DropoutBackwardOp::inferTypes(Adaptor op,
                                            std::optional<Location> location,
                                            SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> shape = shapeOf(op.getGradient());
  if (shape != shapeOf(op.getMask()))
    return emitOptionalError(location,
                             "expected a mask of the gradient's "
                             "shape, got ",
                             op.getMask().getType(), " for ",
                             op.getGradient().getType());
  results.push_back(RankedTensorType::get(shape, elementOf(op.getGradient())));
  return success();
}

ShardingRule DropoutBackwardOp::getShardingRule() {
  ShardingRule rule = pointwiseRule(shapesOf(getOperation()->getOperands()),
                                    shapeOf(getResult()), Linearity::Each);
  rule.completeOperands.push_back(1);
  return rule;
}
