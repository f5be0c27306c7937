//===- CastToCpu.cpp - Code of casts --------------------------------------===//

#include "CastToCpu.h"

#include <cmath>

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

namespace {

/// True when the op's operand has unsigned elements.
bool fromUnsigned(CastOp op) {
  Type element = getElementTypeOrSelf(op.getInput().getType());
  return element.isUnsignedInteger() || element.isInteger(1);
}

/// Towards zero; what is too large becomes the nearest limit, not-a-number 0.
Value emitFloatToInteger(const ElementBuilder &e, Value x, bool toUnsigned) {
  OpBuilder &b = e.builder;
  Location l = e.location;
  unsigned width = cast<IntegerType>(getElementTypeOrSelf(e.type)).getWidth();
  auto compare = [&](arith::CmpFPredicate predicate, double limit) -> Value {
    return arith::CmpFOp::create(b, l, predicate, x,
                                 e.constant(x.getType(), limit));
  };
  int64_t least =
      toUnsigned ? 0 : APInt::getSignedMinValue(width).getSExtValue();
  double above = std::ldexp(1.0, toUnsigned ? width : width - 1);
  Value whole = toUnsigned
                    ? arith::FPToUIOp::create(b, l, e.type, x).getResult()
                    : arith::FPToSIOp::create(b, l, e.type, x);
  Value isLow = compare(arith::CmpFPredicate::OLE, static_cast<double>(least));
  Value isHigh = compare(arith::CmpFPredicate::OGE, above);
  Value isNan = arith::CmpFOp::create(b, l, arith::CmpFPredicate::UNO, x, x);
  int64_t highest = toUnsigned ? -1 : ~least;
  whole = arith::SelectOp::create(b, l, isLow, e.integer(least), whole);
  whole = arith::SelectOp::create(b, l, isHigh, e.integer(highest), whole);
  return arith::SelectOp::create(b, l, isNan, e.integer(0), whole);
}

/// Between floats; short ones are computed on as f32 but round as they are.
Value emitFloatToFloat(const ElementBuilder &e, Value x, Type target) {
  OpBuilder &b = e.builder;
  Location l = e.location;
  Type from = getElementTypeOrSelf(x.getType());
  Type to = getElementTypeOrSelf(e.type);
  if (from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth())
    x = arith::ExtFOp::create(b, l, e.type, x);
  else if (from.getIntOrFloatBitWidth() > to.getIntOrFloatBitWidth())
    x = roundTo(b, l, x, e.type);
  if (target == to)
    return x;
  Type narrow = target;
  if (auto vector = dyn_cast<VectorType>(e.type))
    narrow = VectorType::get(vector.getShape(), target);
  Value rounded = roundTo(b, l, x, narrow);
  return arith::ExtFOp::create(b, l, e.type, rounded);
}

/// Between floats, integers and bool.
Value emitCast(const ElementBuilder &e, CastOp op, ValueRange v) {
  OpBuilder &b = e.builder;
  Location l = e.location;
  Value x = v[0];
  Type from = getElementTypeOrSelf(x.getType());
  Type to = getElementTypeOrSelf(e.type);
  Type target = getElementTypeOrSelf(op.getResult().getType());
  if (target.isInteger(1)) {
    if (from.isInteger(1))
      return x;
    Value zero = e.constant(x.getType(), 0);
    if (isa<FloatType>(from))
      return arith::CmpFOp::create(b, l, arith::CmpFPredicate::UNE, x, zero);
    return arith::CmpIOp::create(b, l, arith::CmpIPredicate::ne, x, zero);
  }
  if (isa<FloatType>(from) && isa<FloatType>(to))
    return emitFloatToFloat(e, x, target);
  if (isa<FloatType>(from))
    return emitFloatToInteger(e, x, target.isUnsignedInteger());
  if (isa<FloatType>(to))
    return fromUnsigned(op)
               ? arith::UIToFPOp::create(b, l, e.type, x).getResult()
               : arith::SIToFPOp::create(b, l, e.type, x);
  unsigned narrow = from.getIntOrFloatBitWidth();
  unsigned wide = to.getIntOrFloatBitWidth();
  if (narrow == wide)
    return x;
  if (narrow > wide)
    return arith::TruncIOp::create(b, l, e.type, x);
  return fromUnsigned(op) ? arith::ExtUIOp::create(b, l, e.type, x).getResult()
                          : arith::ExtSIOp::create(b, l, e.type, x);
}

/// A type with the shape of `like`.
Type withElement(Type like, Type element) {
  auto vector = dyn_cast<VectorType>(like);
  return vector ? VectorType::get(vector.getShape(), element) : element;
}

/// The bits of short floats, which are computed on as f32, are their own.
Value emitBitCast(const ElementBuilder &e, BitCastOp op, ValueRange v) {
  OpBuilder &b = e.builder;
  Location l = e.location;
  Type from = getElementTypeOrSelf(op.getInput().getType());
  Type to = getElementTypeOrSelf(op.getResult().getType());
  Value x = v[0];
  if (to.isInteger(1))
    return from.isInteger(1)
               ? x
               : arith::CmpIOp::create(b, l, arith::CmpIPredicate::ne, x,
                                       e.constant(x.getType(), 0))
                     .getResult();
  if (from.isInteger(1))
    return arith::ExtUIOp::create(b, l, e.type, x);
  if (isa<FloatType>(from) && from != getElementTypeOrSelf(x.getType()))
    x = roundTo(b, l, x, withElement(x.getType(), from));
  bool isShort = isa<FloatType>(to) && to != getElementTypeOrSelf(e.type);
  Type bits = isShort ? withElement(e.type, to) : e.type;
  if (bits != x.getType())
    x = arith::BitcastOp::create(b, l, bits, x);
  return isShort ? arith::ExtFOp::create(b, l, e.type, x).getResult() : x;
}

} // namespace

void dtc::cpu::registerCastCpuLowerings(CpuLowerings &lowerings) {
  lowerings.element<CastOp>(emitCast);
  lowerings.element<BitCastOp>(emitBitCast);
}
