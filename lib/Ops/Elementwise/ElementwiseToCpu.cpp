//===- ElementwiseToCpu.cpp - Code of elementwise ops ---------------------===//

#include "CpuLowerings.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

namespace {

bool isFloat(Value value) {
  return isa<FloatType>(getElementTypeOrSelf(value.getType()));
}

/// True when the op's operand `index` has unsigned elements.
bool isUnsigned(Operation *op, unsigned index = 0) {
  Type element = getElementTypeOrSelf(op->getOperand(index).getType());
  return element.isUnsignedInteger() || element.isInteger(1);
}

template <typename Float> auto unary() {
  return [](const ElementBuilder &e, Operation *, ValueRange v) -> Value {
    return Float::create(e.builder, e.location, v[0]);
  };
}

/// One op for floats, one for signed and one for unsigned integers.
template <typename Float, typename Signed, typename Unsigned = Signed>
auto binary() {
  return [](const ElementBuilder &e, Operation *op, ValueRange v) -> Value {
    if (isFloat(v[0]))
      return Float::create(e.builder, e.location, v[0], v[1]);
    if (isUnsigned(op))
      return Unsigned::create(e.builder, e.location, v[0], v[1]);
    return Signed::create(e.builder, e.location, v[0], v[1]);
  };
}

auto compare(arith::CmpFPredicate real, arith::CmpIPredicate isSigned,
             arith::CmpIPredicate isUnsignedPredicate) {
  return [=](const ElementBuilder &e, Operation *op, ValueRange v) -> Value {
    if (isFloat(v[0]))
      return arith::CmpFOp::create(e.builder, e.location, real, v[0], v[1]);
    return arith::CmpIOp::create(
        e.builder, e.location, isUnsigned(op) ? isUnsignedPredicate : isSigned,
        v[0], v[1]);
  };
}

Value emitSigmoid(const ElementBuilder &e, Value x) {
  Value negative = arith::NegFOp::create(e.builder, e.location, x);
  Value exponential = math::ExpOp::create(e.builder, e.location, negative);
  Value one = e.constant(1);
  Value sum = arith::AddFOp::create(e.builder, e.location, one, exponential);
  return arith::DivFOp::create(e.builder, e.location, one, sum);
}

/// x * Phi(x), or its tanh approximation.
Value emitGelu(const ElementBuilder &e, GeluOp op, ValueRange v) {
  OpBuilder &b = e.builder;
  Location l = e.location;
  Value x = v[0], half = arith::MulFOp::create(b, l, x, e.constant(0.5));
  Value inner;
  if (op.getTanh()) {
    Value square = arith::MulFOp::create(b, l, x, x);
    Value cube = arith::MulFOp::create(b, l, square, x);
    Value sum = math::FmaOp::create(b, l, cube, e.constant(0.044715), x);
    inner = math::TanhOp::create(
        b, l, arith::MulFOp::create(b, l, sum, e.constant(0.7978845608028654)));
  } else {
    inner = math::ErfOp::create(
        b, l, arith::MulFOp::create(b, l, x, e.constant(0.7071067811865476)));
  }
  Value shifted = arith::AddFOp::create(b, l, inner, e.constant(1));
  return arith::MulFOp::create(b, l, half, shifted);
}

Value emitRelu(const ElementBuilder &e, Operation *op, ValueRange v) {
  Value zero = e.constant(0);
  if (isFloat(v[0]))
    return arith::MaximumFOp::create(e.builder, e.location, v[0], zero);
  if (isUnsigned(op))
    return v[0];
  return arith::MaxSIOp::create(e.builder, e.location, v[0], zero);
}

Value emitSign(const ElementBuilder &e, Operation *op, ValueRange v) {
  Value zero = e.constant(0), one = e.constant(1), minus = e.constant(-1);
  OpBuilder &b = e.builder;
  if (isFloat(v[0])) {
    Value above = arith::CmpFOp::create(b, e.location,
                                        arith::CmpFPredicate::OGT, v[0], zero);
    Value below = arith::CmpFOp::create(b, e.location,
                                        arith::CmpFPredicate::OLT, v[0], zero);
    // Zero and not-a-number are their own sign.
    Value rest = arith::SelectOp::create(b, e.location, below, minus, v[0]);
    return arith::SelectOp::create(b, e.location, above, one, rest);
  }
  Value above = arith::CmpIOp::create(
      b, e.location,
      isUnsigned(op) ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::sgt,
      v[0], zero);
  Value below = arith::CmpIOp::create(b, e.location, arith::CmpIPredicate::slt,
                                      v[0], zero);
  if (isUnsigned(op))
    return arith::SelectOp::create(b, e.location, above, one, zero);
  Value rest = arith::SelectOp::create(b, e.location, below, minus, zero);
  return arith::SelectOp::create(b, e.location, above, one, rest);
}

/// Python's remainder, or C's with `truncate`.
Value emitMod(const ElementBuilder &e, ModOp op, ValueRange v) {
  OpBuilder &b = e.builder;
  Location l = e.location;
  bool real = isFloat(v[0]);
  Value rest;
  if (real)
    rest = arith::RemFOp::create(b, l, v[0], v[1]);
  else if (isUnsigned(op))
    return arith::RemUIOp::create(b, l, v[0], v[1]);
  else
    rest = arith::RemSIOp::create(b, l, v[0], v[1]);
  if (op.getTruncate())
    return rest;
  Value zero = e.constant(0), nonzero, restNegative, divisorNegative, moved;
  if (real) {
    auto cmp = [&](arith::CmpFPredicate p, Value x) -> Value {
      return arith::CmpFOp::create(b, l, p, x, zero);
    };
    nonzero = cmp(arith::CmpFPredicate::UNE, rest);
    restNegative = cmp(arith::CmpFPredicate::OLT, rest);
    divisorNegative = cmp(arith::CmpFPredicate::OLT, v[1]);
    moved = arith::AddFOp::create(b, l, rest, v[1]);
  } else {
    auto cmp = [&](arith::CmpIPredicate p, Value x) -> Value {
      return arith::CmpIOp::create(b, l, p, x, zero);
    };
    nonzero = cmp(arith::CmpIPredicate::ne, rest);
    restNegative = cmp(arith::CmpIPredicate::slt, rest);
    divisorNegative = cmp(arith::CmpIPredicate::slt, v[1]);
    moved = arith::AddIOp::create(b, l, rest, v[1]);
  }
  Value differs = arith::XOrIOp::create(b, l, restNegative, divisorNegative);
  Value needs = arith::AndIOp::create(b, l, differs, nonzero);
  return arith::SelectOp::create(b, l, needs, moved, rest);
}

Value emitPow(const ElementBuilder &e, PowOp op, ValueRange v) {
  if (!isFloat(v[0]))
    return math::IPowIOp::create(e.builder, e.location, v[0], v[1]);
  // Squares and cubes come often and are exact as products.
  auto constant = op.getRhs().getDefiningOp<ConstantOp>();
  auto dense = constant ? dyn_cast<DenseElementsAttr>(constant.getValue())
                        : DenseElementsAttr();
  if (dense && dense.isSplat()) {
    double exponent = dense.getSplatValue<APFloat>().convertToDouble();
    auto mul = [&](Value a, Value b) -> Value {
      return arith::MulFOp::create(e.builder, e.location, a, b);
    };
    if (exponent == 2)
      return mul(v[0], v[0]);
    if (exponent == 3)
      return mul(mul(v[0], v[0]), v[0]);
    if (exponent == 0.5)
      return math::SqrtOp::create(e.builder, e.location, v[0]);
  }
  return math::PowFOp::create(e.builder, e.location, v[0], v[1]);
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
  if (isa<FloatType>(from) && isa<FloatType>(to)) {
    Value result = x;
    if (from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth())
      result = arith::ExtFOp::create(b, l, e.type, x);
    else if (from.getIntOrFloatBitWidth() > to.getIntOrFloatBitWidth())
      result = arith::TruncFOp::create(b, l, e.type, x);
    return result;
  }
  if (isa<FloatType>(from))
    return target.isUnsignedInteger()
               ? arith::FPToUIOp::create(b, l, e.type, x).getResult()
               : arith::FPToSIOp::create(b, l, e.type, x).getResult();
  if (isa<FloatType>(to))
    return isUnsigned(op) ? arith::UIToFPOp::create(b, l, e.type, x).getResult()
                          : arith::SIToFPOp::create(b, l, e.type, x);
  unsigned narrow = from.getIntOrFloatBitWidth();
  unsigned wide = to.getIntOrFloatBitWidth();
  if (narrow == wide)
    return x;
  if (narrow > wide)
    return arith::TruncIOp::create(b, l, e.type, x);
  return isUnsigned(op) ? arith::ExtUIOp::create(b, l, e.type, x).getResult()
                        : arith::ExtSIOp::create(b, l, e.type, x);
}

void registerUnary(CpuLowerings &l) {
  l.element<ExpOp>(unary<math::ExpOp>(), 8);
  l.element<LogOp>(unary<math::LogOp>(), 8);
  l.element<SqrtOp>(unary<math::SqrtOp>(), 4);
  l.element<ErfOp>(unary<math::ErfOp>(), 8);
  l.element<SinOp>(unary<math::SinOp>(), 8);
  l.element<CosOp>(unary<math::CosOp>(), 8);
  l.element<TanhOp>(unary<math::TanhOp>(), 8);
  l.element<FloorOp>(unary<math::FloorOp>());
  l.element<CeilOp>(unary<math::CeilOp>());
  l.element<RoundOp>(unary<math::RoundEvenOp>());
  l.element<GeluOp>(emitGelu, 10);
  l.element<ReluOp>(emitRelu);
  l.element<SignOp>(emitSign, 2);
  l.element<AbsOp>([](auto &e, Operation *op, ValueRange v) -> Value {
    if (isFloat(v[0]))
      return math::AbsFOp::create(e.builder, e.location, v[0]);
    if (isUnsigned(op))
      return v[0];
    return math::AbsIOp::create(e.builder, e.location, v[0]);
  });
  l.element<NegOp>([](auto &e, Operation *, ValueRange v) -> Value {
    if (isFloat(v[0]))
      return arith::NegFOp::create(e.builder, e.location, v[0]);
    return arith::SubIOp::create(e.builder, e.location, e.constant(0), v[0]);
  });
  l.element<RsqrtOp>(
      [](auto &e, Operation *, ValueRange v) -> Value {
        Value root = math::SqrtOp::create(e.builder, e.location, v[0]);
        return arith::DivFOp::create(e.builder, e.location, e.constant(1),
                                     root);
      },
      5);
  l.element<ReciprocalOp>([](auto &e, Operation *, ValueRange v) -> Value {
    return arith::DivFOp::create(e.builder, e.location, e.constant(1), v[0]);
  });
  l.element<SigmoidOp>(
      [](auto &e, Operation *, ValueRange v) { return emitSigmoid(e, v[0]); },
      10);
  l.element<SiluOp>(
      [](auto &e, Operation *, ValueRange v) -> Value {
        return arith::MulFOp::create(e.builder, e.location, v[0],
                                     emitSigmoid(e, v[0]));
      },
      10);
  l.element<NotOp>([](auto &e, Operation *, ValueRange v) -> Value {
    return arith::XOrIOp::create(e.builder, e.location, v[0], e.constant(-1));
  });
  l.element<IsNanOp>([](auto &e, Operation *, ValueRange v) -> Value {
    return arith::CmpFOp::create(e.builder, e.location,
                                 arith::CmpFPredicate::UNO, v[0], v[0]);
  });
}

void registerBinary(CpuLowerings &l) {
  l.element<AddOp>(binary<arith::AddFOp, arith::AddIOp>());
  l.element<SubOp>(binary<arith::SubFOp, arith::SubIOp>());
  l.element<MulOp>(binary<arith::MulFOp, arith::MulIOp>());
  l.element<DivOp>(binary<arith::DivFOp, arith::DivSIOp, arith::DivUIOp>());
  l.element<MaximumOp>(
      binary<arith::MaximumFOp, arith::MaxSIOp, arith::MaxUIOp>());
  l.element<MinimumOp>(
      binary<arith::MinimumFOp, arith::MinSIOp, arith::MinUIOp>());
  l.element<ModOp>(emitMod, 4);
  l.element<PowOp>(emitPow, 8);
  using Real = arith::CmpFPredicate;
  using Int = arith::CmpIPredicate;
  l.element<EqualOp>(compare(Real::OEQ, Int::eq, Int::eq));
  l.element<NotEqualOp>(compare(Real::UNE, Int::ne, Int::ne));
  l.element<LessOp>(compare(Real::OLT, Int::slt, Int::ult));
  l.element<LessEqualOp>(compare(Real::OLE, Int::sle, Int::ule));
  l.element<GreaterOp>(compare(Real::OGT, Int::sgt, Int::ugt));
  l.element<GreaterEqualOp>(compare(Real::OGE, Int::sge, Int::uge));
  l.element<AndOp>([](auto &e, Operation *, ValueRange v) -> Value {
    return arith::AndIOp::create(e.builder, e.location, v[0], v[1]);
  });
  l.element<OrOp>([](auto &e, Operation *, ValueRange v) -> Value {
    return arith::OrIOp::create(e.builder, e.location, v[0], v[1]);
  });
  l.element<XorOp>([](auto &e, Operation *, ValueRange v) -> Value {
    return arith::XOrIOp::create(e.builder, e.location, v[0], v[1]);
  });
  l.element<SelectOp>([](auto &e, Operation *, ValueRange v) -> Value {
    return arith::SelectOp::create(e.builder, e.location, v[0], v[1], v[2]);
  });
  l.element<CastOp>(emitCast);
}

} // namespace

void dtc::cpu::registerElementwiseCpuLowerings(CpuLowerings &lowerings) {
  registerUnary(lowerings);
  registerBinary(lowerings);
}
