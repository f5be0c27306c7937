//===- Elementwise.cpp - Shapes and rules of elementwise ops --------------===//

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Result types
//===----------------------------------------------------------------------===//

static LogicalResult inferUnary(Value input, SmallVectorImpl<Type> &results) {
  results.push_back(RankedTensorType::get(shapeOf(input), elementOf(input)));
  return success();
}

static LogicalResult inferBinary(std::optional<Location> location, Value lhs,
                                 Value rhs, Type element,
                                 SmallVectorImpl<Type> &results) {
  if (elementOf(lhs) != elementOf(rhs))
    return emitOptionalError(location, "expected equal element types, got ",
                             elementOf(lhs), " and ", elementOf(rhs));
  SmallVector<int64_t> shape;
  if (failed(broadcastShapes(location, {shapeOf(lhs), shapeOf(rhs)}, shape)))
    return failure();
  results.push_back(RankedTensorType::get(shape, element));
  return success();
}

static ShardingRule broadcastingRule(Operation *op, Linearity linearity) {
  return pointwiseRule(shapesOf(op->getOperands()), shapeOf(op->getResult(0)),
                       linearity);
}

//===----------------------------------------------------------------------===//
// The table: which ops are linear, and in what sense
//===----------------------------------------------------------------------===//

#define DTC_UNARY(OP, LINEARITY)                                               \
  LogicalResult OP::inferTypes(Adaptor op, std::optional<Location>,            \
                               SmallVectorImpl<Type> &results) {               \
    return inferUnary(op.getInput(), results);                                 \
  }                                                                            \
  ShardingRule OP::getShardingRule() {                                         \
    return broadcastingRule(*this, Linearity::LINEARITY);                      \
  }

#define DTC_BINARY(OP, LINEARITY)                                              \
  LogicalResult OP::inferTypes(Adaptor op, std::optional<Location> location,   \
                               SmallVectorImpl<Type> &results) {               \
    return inferBinary(location, op.getLhs(), op.getRhs(),                     \
                       elementOf(op.getLhs()), results);                       \
  }                                                                            \
  ShardingRule OP::getShardingRule() {                                         \
    return broadcastingRule(*this, Linearity::LINEARITY);                      \
  }

#define DTC_COMPARE(OP)                                                        \
  LogicalResult OP::inferTypes(Adaptor op, std::optional<Location> location,   \
                               SmallVectorImpl<Type> &results) {               \
    Type boolean = IntegerType::get(op.getLhs().getContext(), 1);              \
    return inferBinary(location, op.getLhs(), op.getRhs(), boolean, results);  \
  }                                                                            \
  ShardingRule OP::getShardingRule() {                                         \
    return broadcastingRule(*this, Linearity::None);                           \
  }

DTC_UNARY(AbsOp, None)
DTC_UNARY(NegOp, None)
DTC_UNARY(ExpOp, None)
DTC_UNARY(LogOp, None)
DTC_UNARY(SqrtOp, None)
DTC_UNARY(RsqrtOp, None)
DTC_UNARY(ReciprocalOp, None)
DTC_UNARY(ErfOp, None)
DTC_UNARY(SinOp, None)
DTC_UNARY(CosOp, None)
DTC_UNARY(AtanOp, None)
DTC_UNARY(TanhOp, None)
DTC_UNARY(SigmoidOp, None)
DTC_UNARY(SiluOp, None)
DTC_UNARY(ReluOp, None)
DTC_UNARY(GeluOp, None)
DTC_UNARY(Log1pOp, None)
DTC_UNARY(Expm1Op, None)
DTC_UNARY(SoftplusOp, None)
DTC_UNARY(ClampOp, None)
DTC_UNARY(EluOp, None)
DTC_UNARY(FloorOp, None)
DTC_UNARY(CeilOp, None)
DTC_UNARY(RoundOp, None)
DTC_UNARY(SignOp, None)
DTC_UNARY(NotOp, None)

DTC_BINARY(AddOp, Joint)
DTC_BINARY(SubOp, None)
DTC_BINARY(MulOp, Each)
DTC_BINARY(DivOp, None)
DTC_BINARY(ModOp, None)
DTC_BINARY(PowOp, None)
DTC_BINARY(MaximumOp, None)
DTC_BINARY(MinimumOp, None)
DTC_BINARY(AndOp, None)
DTC_BINARY(OrOp, None)
DTC_BINARY(XorOp, None)
DTC_BINARY(ShiftLeftOp, None)
DTC_BINARY(ShiftRightOp, None)

DTC_COMPARE(EqualOp)
DTC_COMPARE(NotEqualOp)
DTC_COMPARE(LessOp)
DTC_COMPARE(LessEqualOp)
DTC_COMPARE(GreaterOp)
DTC_COMPARE(GreaterEqualOp)

LogicalResult ClampOp::verify() {
  for (auto bound : {getLeast(), getMost()})
    if (bound && bound->isNaN()) // clamp_c1
      return emitOpError() << "expected bounds that are numbers, got NaN";
  return success();
}

//===----------------------------------------------------------------------===//
// Ops with types of their own
//===----------------------------------------------------------------------===//

LogicalResult IsNanOp::inferTypes(Adaptor op, std::optional<Location>,
                                  SmallVectorImpl<Type> &results) {
  Type boolean = IntegerType::get(op.getInput().getContext(), 1);
  results.push_back(RankedTensorType::get(shapeOf(op.getInput()), boolean));
  return success();
}

ShardingRule IsNanOp::getShardingRule() {
  return broadcastingRule(*this, Linearity::None);
}

LogicalResult SelectOp::inferTypes(Adaptor op, std::optional<Location> location,
                                   SmallVectorImpl<Type> &results) {
  Value onTrue = op.getOnTrue(), onFalse = op.getOnFalse();
  if (elementOf(onTrue) != elementOf(onFalse))
    return emitOptionalError(location, "expected equal element types, got ",
                             elementOf(onTrue), " and ", elementOf(onFalse));
  SmallVector<int64_t> shape;
  if (failed(broadcastShapes(
          location,
          {shapeOf(op.getCondition()), shapeOf(onTrue), shapeOf(onFalse)},
          shape)))
    return failure();
  results.push_back(RankedTensorType::get(shape, elementOf(onTrue)));
  return success();
}

ShardingRule SelectOp::getShardingRule() {
  return broadcastingRule(*this, Linearity::None);
}

LogicalResult MaskedFillOp::inferTypes(Adaptor op,
                                       std::optional<Location> location,
                                       SmallVectorImpl<Type> &results) {
  SmallVector<int64_t> shape;
  if (failed(broadcastShapes(
          location, {shapeOf(op.getInput()), shapeOf(op.getMask())}, shape)))
    return failure();
  results.push_back(RankedTensorType::get(shape, elementOf(op.getInput())));
  return success();
}

ShardingRule MaskedFillOp::getShardingRule() {
  return broadcastingRule(*this, Linearity::None);
}

LogicalResult CastOp::verify() {
  if (shapeOf(getInput()) != shapeOf(getResult()))
    return emitOpError() << "expected operand and result of one shape, got "
                         << getInput().getType() << " and "
                         << getResult().getType();
  return success();
}

/// True when converting the pieces of a partial value converts the value, up to
/// rounding. Pieces of integers may have wrapped where their sum has not.
static bool convertsPieces(Type from, Type to) {
  return from == to || (isa<FloatType>(from) && isa<FloatType>(to));
}

ShardingRule CastOp::getShardingRule() {
  if (convertsPieces(elementOf(getInput()), elementOf(getResult())))
    return identityRule(shapeOf(getInput()));
  return broadcastingRule(*this, Linearity::None);
}

LogicalResult BitCastOp::verify() {
  bool isSameWidth = byteWidth(getDType(elementOf(getInput()))) ==
                     byteWidth(getDType(elementOf(getResult())));
  if (shapeOf(getInput()) != shapeOf(getResult()) || !isSameWidth)
    return emitOpError() << "expected operand and result of one shape and "
                            "width, got "
                         << getInput().getType() << " and "
                         << getResult().getType();
  return success();
}

ShardingRule BitCastOp::getShardingRule() {
  return broadcastingRule(*this, Linearity::None);
}
