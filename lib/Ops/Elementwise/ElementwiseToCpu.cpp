//===- ElementwiseToCpu.cpp - Code of elementwise ops ---------------------===//

#include "ActivationsToCpu.h"
#include "CastToCpu.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#include <cmath>
#include <limits>
#include <optional>

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

/// An integer divisor that divides: 0 ends the rank. Only one lane at a time,
/// as lanes that do not count may hold 0.
Value checkedDivisor(const ElementBuilder &e, Value divisor) {
  OpBuilder &b = e.builder;
  Value isZero =
      arith::CmpIOp::create(b, e.location, arith::CmpIPredicate::eq, divisor,
                            e.integer(divisor.getType(), 0));
  auto check = scf::IfOp::create(b, e.location, isZero, false);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(check.thenBlock());
    func::CallOp::create(b, e.location, "dtc_division_by_zero", TypeRange{},
                         ValueRange{});
  }
  return arith::SelectOp::create(b, e.location, isZero,
                                 e.integer(divisor.getType(), 1), divisor);
}

/// Towards zero; the least integer over -1 wraps.
Value emitDiv(const ElementBuilder &e, DivOp op, ValueRange v) {
  OpBuilder &b = e.builder;
  Location l = e.location;
  if (isFloat(v[0]))
    return arith::DivFOp::create(b, l, v[0], v[1]);
  Value divisor = checkedDivisor(e, v[1]);
  if (isUnsigned(op))
    return arith::DivUIOp::create(b, l, v[0], divisor);
  Value one = e.integer(1);
  Value isMinusOne = arith::CmpIOp::create(b, l, arith::CmpIPredicate::eq,
                                           divisor, e.integer(-1));
  Value safe = arith::SelectOp::create(b, l, isMinusOne, one, divisor);
  Value quotient = arith::DivSIOp::create(b, l, v[0], safe);
  Value negated = arith::SubIOp::create(b, l, e.integer(0), v[0]);
  return arith::SelectOp::create(b, l, isMinusOne, negated, quotient);
}

/// C's remainder of integers.
Value emitIntegerRemainder(const ElementBuilder &e, ModOp op, ValueRange v) {
  OpBuilder &b = e.builder;
  Location l = e.location;
  Value divisor = checkedDivisor(e, v[1]);
  if (isUnsigned(op))
    return arith::RemUIOp::create(b, l, v[0], divisor);
  // Nothing is left over -1, as over 1, which the least integer has a quotient
  // by.
  Value isMinusOne = arith::CmpIOp::create(b, l, arith::CmpIPredicate::eq,
                                           divisor, e.integer(-1));
  Value safe = arith::SelectOp::create(b, l, isMinusOne, e.integer(1), divisor);
  return arith::RemSIOp::create(b, l, v[0], safe);
}

/// Python's remainder, or C's with `truncate`.
Value emitMod(const ElementBuilder &e, ModOp op, ValueRange v) {
  OpBuilder &b = e.builder;
  Location l = e.location;
  bool real = isFloat(v[0]);
  Value rest = real ? arith::RemFOp::create(b, l, v[0], v[1]).getResult()
                    : emitIntegerRemainder(e, op, v);
  if (op.getTruncate() || (!real && isUnsigned(op)))
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

/// Powers modulo the width, by squaring; a negative exponent gives the whole
/// part of 1 / x^-y.
Value emitIntegerPow(const ElementBuilder &e, PowOp op, ValueRange v) {
  OpBuilder &b = e.builder;
  Location l = e.location;
  unsigned width = cast<IntegerType>(e.type).getWidth();
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, l, value);
  };
  Value zero = e.integer(0), one = e.integer(1), minusOne = e.integer(-1);
  auto select = [&](Value condition, Value x, Value y) -> Value {
    return arith::SelectOp::create(b, l, condition, x, y);
  };
  auto equal = [&](Value x, Value y) -> Value {
    return arith::CmpIOp::create(b, l, arith::CmpIPredicate::eq, x, y);
  };
  auto loop = scf::ForOp::create(b, l, index(0), index(width), index(1),
                                 ValueRange{one, v[0], v[1]});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    auto state = loop.getRegionIterArgs();
    Value bit = arith::AndIOp::create(b, l, state[2], one);
    Value product = arith::MulIOp::create(b, l, state[0], state[1]);
    Value square = arith::MulIOp::create(b, l, state[1], state[1]);
    // A bool has no second bit to shift to.
    Value rest = width == 1
                     ? zero
                     : arith::ShRUIOp::create(b, l, state[2], one).getResult();
    scf::YieldOp::create(
        b, l,
        ValueRange{select(equal(bit, one), product, state[0]), square, rest});
  }
  Value power = loop.getResult(0);
  if (isUnsigned(op))
    return power;
  Value isOdd = equal(arith::AndIOp::create(b, l, v[1], one), one);
  Value ofMinusOne = select(isOdd, minusOne, one);
  Value inverse = select(equal(v[0], one), one,
                         select(equal(v[0], minusOne), ofMinusOne, zero));
  Value isNegative =
      arith::CmpIOp::create(b, l, arith::CmpIPredicate::slt, v[1], zero);
  return select(isNegative, inverse, power);
}

/// x^0.5: a root, but of -inf and of -0 not the root's values.
Value emitSquareRootPow(const ElementBuilder &e, Value x) {
  OpBuilder &b = e.builder;
  Value positive = arith::AddFOp::create(b, e.location, x, e.constant(0));
  Value root = math::SqrtOp::create(b, e.location, positive);
  double infinity = std::numeric_limits<double>::infinity();
  Value isLeast = arith::CmpFOp::create(
      b, e.location, arith::CmpFPredicate::OEQ, x, e.constant(-infinity));
  return arith::SelectOp::create(b, e.location, isLeast, e.constant(infinity),
                                 root);
}

/// The value of an exponent that is the same for all elements.
std::optional<double> commonExponent(PowOp op) {
  auto constant = op.getRhs().getDefiningOp<ConstantOp>();
  auto dense = constant ? dyn_cast<DenseElementsAttr>(constant.getValue())
                        : DenseElementsAttr();
  if (!dense || !dense.isSplat() || dense.getNumElements() == 0)
    return std::nullopt;
  APFloat value = dense.getSplatValue<APFloat>();
  bool losesInfo = false;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToDouble();
}

Value emitPow(const ElementBuilder &e, PowOp op, ValueRange v) {
  if (!isFloat(v[0]))
    return emitIntegerPow(e, op, v);
  // Squares and cubes come often and are exact as products.
  std::optional<double> exponent = commonExponent(op);
  auto mul = [&](Value x, Value y) -> Value {
    return arith::MulFOp::create(e.builder, e.location, x, y);
  };
  if (exponent == 1.0)
    return v[0];
  if (exponent == 2.0)
    return mul(v[0], v[0]);
  if (exponent == 3.0)
    return mul(mul(v[0], v[0]), v[0]);
  if (exponent == 0.5)
    return emitSquareRootPow(e, v[0]);
  return math::PowFOp::create(e.builder, e.location, v[0], v[1]);
}

/// A move by the width or more, which has no meaning in LLVM, leaves zeros, or
/// ones where the sign moves in.
template <typename Shift>
Value emitShift(const ElementBuilder &e, Operation *, ValueRange v) {
  OpBuilder &b = e.builder;
  Location l = e.location;
  unsigned width = cast<IntegerType>(getElementTypeOrSelf(e.type)).getWidth();
  Value zero = e.integer(0), rest = zero;
  // A bool counts to 1, and moves nowhere but by 0.
  Value inside =
      width == 1
          ? arith::CmpIOp::create(b, l, arith::CmpIPredicate::eq, v[1], zero)
          : arith::CmpIOp::create(b, l, arith::CmpIPredicate::ult, v[1],
                                  e.integer(width));
  Value by = arith::SelectOp::create(b, l, inside, v[1], zero);
  Value moved = Shift::create(b, l, v[0], by);
  if (std::is_same_v<Shift, arith::ShRSIOp>)
    rest = arith::ShRSIOp::create(b, l, v[0], e.integer(width - 1));
  return arith::SelectOp::create(b, l, inside, moved, rest);
}

Value emitShiftRight(const ElementBuilder &e, Operation *op, ValueRange v) {
  return isUnsigned(op) ? emitShift<arith::ShRUIOp>(e, op, v)
                        : emitShift<arith::ShRSIOp>(e, op, v);
}

/// Rounding: integers stay what they are.
template <typename Float> auto rounding() {
  return [](const ElementBuilder &e, Operation *, ValueRange v) -> Value {
    return isFloat(v[0]) ? Float::create(e.builder, e.location, v[0])
                         : Value(v[0]);
  };
}

Value emitAbs(const ElementBuilder &e, Operation *op, ValueRange v) {
  if (isFloat(v[0]))
    return math::AbsFOp::create(e.builder, e.location, v[0]);
  if (isUnsigned(op))
    return v[0];
  return math::AbsIOp::create(e.builder, e.location, v[0]);
}

Value emitNeg(const ElementBuilder &e, Operation *, ValueRange v) {
  if (isFloat(v[0]))
    return arith::NegFOp::create(e.builder, e.location, v[0]);
  return arith::SubIOp::create(e.builder, e.location, e.constant(0), v[0]);
}

/// 1 for zero and 0 for the rest, in the operand's own type.
Value emitNot(const ElementBuilder &e, Operation *, ValueRange v) {
  OpBuilder &b = e.builder;
  Value zero = e.constant(v[0].getType(), 0);
  Value isZero;
  if (isFloat(v[0]))
    isZero = arith::CmpFOp::create(b, e.location, arith::CmpFPredicate::OEQ,
                                   v[0], zero);
  else
    isZero = arith::CmpIOp::create(b, e.location, arith::CmpIPredicate::eq,
                                   v[0], zero);
  if (getElementTypeOrSelf(e.type).isInteger(1))
    return isZero;
  return arith::SelectOp::create(b, e.location, isZero, e.constant(1),
                                 e.constant(0));
}

Value emitIsNan(const ElementBuilder &e, Operation *, ValueRange v) {
  if (!isFloat(v[0]))
    return e.constant(0);
  return arith::CmpFOp::create(e.builder, e.location, arith::CmpFPredicate::UNO,
                               v[0], v[0]);
}

Value emitReciprocal(const ElementBuilder &e, Value x) {
  return arith::DivFOp::create(e.builder, e.location, e.constant(1), x);
}

void registerFloatUnary(CpuLowerings &l) {
  constexpr Numbers floats = Numbers::Floats;
  l.element<ExpOp>(unary<math::ExpOp>(), 8, floats);
  l.element<LogOp>(unary<math::LogOp>(), 8, floats);
  l.element<SqrtOp>(unary<math::SqrtOp>(), 4, floats);
  l.element<ErfOp>(unary<math::ErfOp>(), 8, floats);
  l.element<SinOp>(unary<math::SinOp>(), 8, floats);
  l.element<CosOp>(unary<math::CosOp>(), 8, floats);
  l.element<AtanOp>(unary<math::AtanOp>(), 8, floats);
  l.element<TanhOp>(unary<math::TanhOp>(), 8, floats);
  l.element<GeluOp>(emitGelu, 10, floats);
  l.element<ReciprocalOp>([](auto &e, Operation *,
                             ValueRange v) { return emitReciprocal(e, v[0]); },
                          2, floats);
  l.element<RsqrtOp>(
      [](auto &e, Operation *, ValueRange v) {
        return emitReciprocal(
            e, math::SqrtOp::create(e.builder, e.location, v[0]));
      },
      5, floats);
  l.element<SigmoidOp>(
      [](auto &e, Operation *, ValueRange v) { return emitSigmoid(e, v[0]); },
      10, floats);
  l.element<SiluOp>(
      [](auto &e, Operation *, ValueRange v) -> Value {
        return arith::MulFOp::create(e.builder, e.location, v[0],
                                     emitSigmoid(e, v[0]));
      },
      10, floats);
}

void registerUnary(CpuLowerings &l) {
  registerFloatUnary(l);
  l.element<FloorOp>(rounding<math::FloorOp>());
  l.element<CeilOp>(rounding<math::CeilOp>());
  l.element<RoundOp>(rounding<math::RoundEvenOp>());
  l.element<ReluOp>(emitRelu);
  l.element<SignOp>(emitSign, 2);
  l.element<AbsOp>(emitAbs);
  l.element<NegOp>(emitNeg);
  l.element<NotOp>(emitNot);
  l.element<IsNanOp>(emitIsNan);
}

void registerBinary(CpuLowerings &l) {
  l.element<AddOp>([](auto &e, Operation *op, ValueRange v) -> Value {
    // What is not 0 is true: the sum of bools is "or".
    if (getElementTypeOrSelf(e.type).isInteger(1))
      return arith::OrIOp::create(e.builder, e.location, v[0], v[1]);
    return binary<arith::AddFOp, arith::AddIOp>()(e, op, v);
  });
  l.element<SubOp>(binary<arith::SubFOp, arith::SubIOp>());
  l.element<MulOp>(binary<arith::MulFOp, arith::MulIOp>());
  l.element<DivOp>(emitDiv, 2, Numbers::All, Lanes::One);
  l.element<MaximumOp>(
      binary<arith::MaximumFOp, arith::MaxSIOp, arith::MaxUIOp>());
  l.element<MinimumOp>(
      binary<arith::MinimumFOp, arith::MinSIOp, arith::MinUIOp>());
  l.element<ModOp>(emitMod, 4, Numbers::All, Lanes::One);
  l.element<PowOp>(emitPow, 8, Numbers::All, Lanes::One);
  using Real = arith::CmpFPredicate;
  using Int = arith::CmpIPredicate;
  l.element<EqualOp>(compare(Real::OEQ, Int::eq, Int::eq));
  l.element<NotEqualOp>(compare(Real::UNE, Int::ne, Int::ne));
  l.element<LessOp>(compare(Real::OLT, Int::slt, Int::ult));
  l.element<LessEqualOp>(compare(Real::OLE, Int::sle, Int::ule));
  l.element<GreaterOp>(compare(Real::OGT, Int::sgt, Int::ugt));
  l.element<GreaterEqualOp>(compare(Real::OGE, Int::sge, Int::uge));
  l.element<AndOp>(
      [](auto &e, Operation *, ValueRange v) -> Value {
        return arith::AndIOp::create(e.builder, e.location, v[0], v[1]);
      },
      1, Numbers::Integers);
  l.element<OrOp>(
      [](auto &e, Operation *, ValueRange v) -> Value {
        return arith::OrIOp::create(e.builder, e.location, v[0], v[1]);
      },
      1, Numbers::Integers);
  l.element<XorOp>(
      [](auto &e, Operation *, ValueRange v) -> Value {
        return arith::XOrIOp::create(e.builder, e.location, v[0], v[1]);
      },
      1, Numbers::Integers);
  l.element<ShiftLeftOp>(emitShift<arith::ShLIOp>, 3, Numbers::Integers);
  l.element<ShiftRightOp>(emitShiftRight, 4, Numbers::Integers);
  l.element<SelectOp>([](auto &e, Operation *, ValueRange v) -> Value {
    return arith::SelectOp::create(e.builder, e.location, v[0], v[1], v[2]);
  });
  l.element<MaskedFillOp>([](auto &e, MaskedFillOp op, ValueRange v) -> Value {
    Value filling = e.constant(op.getValue().convertToDouble());
    return arith::SelectOp::create(e.builder, e.location, v[1], filling, v[0]);
  });
}

} // namespace

void dtc::cpu::registerElementwiseCpuLowerings(CpuLowerings &lowerings) {
  registerUnary(lowerings);
  registerBinary(lowerings);
  registerActivationCpuLowerings(lowerings);
  registerCastCpuLowerings(lowerings);
}
