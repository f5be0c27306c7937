//===- ElementwiseGradient.cpp - Gradients of elementwise ops -------------===//
//
// One line an op: x is the operand, y the result, g the gradient of y. The
// derivative stands before g: an op that is not linear needs g complete, and
// partial values follow the first operand.
//
//===----------------------------------------------------------------------===//

#include "GeluDerivative.h"

#include "dtc/IR/Gradient.h"

#include <cmath>

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// One operand
//===----------------------------------------------------------------------===//

#define DTC_UNARY_GRADIENT(OP, GRADIENT)                                       \
  LogicalResult OP::differentiate(GradientBuilder &b) {                        \
    [[maybe_unused]] Value x = getInput(), y = getResult(), g = b.gradient();  \
    b.set(0, GRADIENT);                                                        \
    return success();                                                          \
  }

static constexpr double kPi = 3.14159265358979323846;

/// The density of the normal distribution.
static Value normalDensity(GradientBuilder &b, Value x) {
  Value exponential = b.make<ExpOp>(b.mul(b.square(x), -0.5));
  return b.mul(exponential, 1 / std::sqrt(2 * kPi));
}

DTC_UNARY_GRADIENT(AbsOp, b.mul(b.make<SignOp>(x), g))
DTC_UNARY_GRADIENT(NegOp, b.neg(g))
DTC_UNARY_GRADIENT(ExpOp, b.mul(y, g))
DTC_UNARY_GRADIENT(LogOp, b.mul(b.make<ReciprocalOp>(x), g))
DTC_UNARY_GRADIENT(SqrtOp, b.mul(b.mul(b.make<ReciprocalOp>(y), 0.5), g))
DTC_UNARY_GRADIENT(RsqrtOp, b.mul(b.mul(b.mul(b.square(y), y), -0.5), g))
DTC_UNARY_GRADIENT(ReciprocalOp, b.mul(b.neg(b.square(y)), g))
DTC_UNARY_GRADIENT(ErfOp, b.mul(b.mul(b.make<ExpOp>(b.neg(b.square(x))),
                                      2 / std::sqrt(kPi)),
                                g))
DTC_UNARY_GRADIENT(SinOp, b.mul(b.make<CosOp>(x), g))
DTC_UNARY_GRADIENT(CosOp, b.mul(b.neg(b.make<SinOp>(x)), g))
DTC_UNARY_GRADIENT(AtanOp,
                   b.mul(b.make<ReciprocalOp>(b.add(b.square(x), 1)), g))
DTC_UNARY_GRADIENT(TanhOp, b.mul(b.subFrom(1, b.square(y)), g))
DTC_UNARY_GRADIENT(SigmoidOp, b.mul(b.mul(y, b.subFrom(1, y)), g))
DTC_UNARY_GRADIENT(ReluOp, b.where(b.make<GreaterOp>(y, b.scalar(0, y)), g))
// Steps: flat wherever they have a derivative.
DTC_UNARY_GRADIENT(FloorOp, Value())
DTC_UNARY_GRADIENT(CeilOp, Value())
DTC_UNARY_GRADIENT(RoundOp, Value())
DTC_UNARY_GRADIENT(SignOp, Value())

/// s + x * s * (1 - s) with s = sigmoid(x).
static Value siluDerivative(GradientBuilder &b, Value x) {
  Value s = b.make<SigmoidOp>(x);
  return b.mul(s, b.add(b.mul(x, b.subFrom(1, s)), 1));
}
DTC_UNARY_GRADIENT(SiluOp, b.mul(siluDerivative(b, x), g))

/// Phi(x) + x * phi(x).
static Value geluDerivative(GradientBuilder &b, Value x) {
  Value erf = b.make<ErfOp>(b.mul(x, std::sqrt(0.5)));
  Value distribution = b.mul(b.add(erf, 1), 0.5);
  return b.add(distribution, b.mul(x, normalDensity(b, x)));
}

/// With t = tanh(u), u = k * (x + c * x^3): (1 + t) / 2 + x / 2 * (1 - t^2) *
/// u'.
Value dtc::tanhGeluDerivative(TensorBuilder &b, Value x) {
  constexpr double c = 0.044715;
  double k = std::sqrt(2 / kPi);
  Value squared = b.square(x);
  Value t = b.make<TanhOp>(b.mul(b.mul(x, b.add(b.mul(squared, c), 1)), k));
  Value slope = b.mul(b.add(b.mul(squared, 3 * c), 1), k);
  Value half = b.mul(b.mul(x, 0.5), b.mul(b.subFrom(1, b.square(t)), slope));
  return b.add(b.mul(b.add(t, 1), 0.5), half);
}
DTC_UNARY_GRADIENT(GeluOp, b.mul(getTanh() ? tanhGeluDerivative(b, x)
                                           : geluDerivative(b, x),
                                 g))

DTC_UNARY_GRADIENT(Log1pOp, b.mul(b.make<ReciprocalOp>(b.add(x, 1)), g))
DTC_UNARY_GRADIENT(Expm1Op, b.mul(b.add(y, 1), g))
DTC_UNARY_GRADIENT(SoftplusOp, b.mul(b.make<SigmoidOp>(x), g))

LogicalResult ClampOp::differentiate(GradientBuilder &b) {
  Value x = getInput(), g = b.gradient();
  if (auto least = getLeast())
    g = b.where(b.make<GreaterOp>(x, b.scalar(least->convertToDouble(), x)), g);
  if (auto most = getMost())
    g = b.where(b.make<LessOp>(x, b.scalar(most->convertToDouble(), x)), g);
  b.set(0, g);
  return success();
}

LogicalResult EluOp::differentiate(GradientBuilder &b) {
  Value x = getInput(), zero = b.scalar(0, x);
  double rate = getRate().convertToDouble();
  Value power = b.make<ExpOp>(b.mul(b.make<MinimumOp>(x, zero), rate));
  Value slope = b.make<SelectOp>(
      b.make<GreaterOp>(x, zero), b.scalar(getAbove().convertToDouble(), x),
      b.mul(power, getBelow().convertToDouble() * rate));
  b.set(0, b.mul(slope, b.gradient()));
  return success();
}

/// Rounding aside a conversion between floats is the identity.
DTC_UNARY_GRADIENT(CastOp, b.cast(g, elementOf(x)))

//===----------------------------------------------------------------------===//
// Two operands
//===----------------------------------------------------------------------===//

#define DTC_BINARY_GRADIENT(OP, LEFT, RIGHT)                                   \
  LogicalResult OP::differentiate(GradientBuilder &b) {                        \
    [[maybe_unused]] Value x = getLhs(), y = getRhs(), r = getResult();        \
    [[maybe_unused]] Value g = b.gradient();                                   \
    if (b.wants(0))                                                            \
      b.set(0, LEFT);                                                          \
    if (b.wants(1))                                                            \
      b.set(1, RIGHT);                                                         \
    return success();                                                          \
  }

DTC_BINARY_GRADIENT(AddOp, g, g)
DTC_BINARY_GRADIENT(SubOp, g, b.neg(g))
DTC_BINARY_GRADIENT(MulOp, b.mul(g, y), b.mul(g, x))
DTC_BINARY_GRADIENT(DivOp, b.div(g, y), b.mul(b.neg(g), b.div(r, y)))

/// Where both are equal each takes half.
template <typename Compare>
static Value chosen(GradientBuilder &b, Value own, Value other) {
  Value g = b.gradient();
  Value shared =
      b.make<SelectOp>(b.make<EqualOp>(own, other), b.mul(g, 0.5), g);
  return b.unless(b.make<Compare>(own, other), shared);
}
DTC_BINARY_GRADIENT(MaximumOp, chosen<LessOp>(b, x, y), chosen<LessOp>(b, y, x))
DTC_BINARY_GRADIENT(MinimumOp, chosen<GreaterOp>(b, x, y),
                    chosen<GreaterOp>(b, y, x))

/// The whole part of x / y, towards zero or downwards.
static Value wholeQuotient(GradientBuilder &b, ModOp op) {
  Value quotient = b.div(op.getLhs(), op.getRhs());
  if (!op.getTruncate())
    return b.make<FloorOp>(quotient);
  return b.mul(b.make<FloorOp>(b.make<AbsOp>(quotient)),
               b.make<SignOp>(quotient));
}
DTC_BINARY_GRADIENT(ModOp, g, b.mul(b.neg(wholeQuotient(b, *this)), g))

/// y * x^(y - 1), 0 where y is 0.
static Value basePower(GradientBuilder &b, Value x, Value y) {
  Value power = b.make<PowOp>(x, b.add(y, -1));
  Value isFlat = b.make<EqualOp>(y, b.scalar(0, y));
  return b.unless(isFlat, b.mul(y, power));
}

/// x^y * log(x), 0 where x is 0 and y is not negative.
static Value exponentPower(GradientBuilder &b, Value x, Value y, Value r) {
  Value zero = b.scalar(0, x);
  Value isFlat =
      b.make<AndOp>(b.make<EqualOp>(x, zero), b.make<GreaterEqualOp>(y, zero));
  return b.unless(isFlat, b.mul(r, b.make<LogOp>(x)));
}

LogicalResult PowOp::differentiate(GradientBuilder &b) {
  Value x = getLhs(), y = getRhs(), g = b.gradient();
  if (b.wants(0))
    b.set(0, b.mul(basePower(b, x, y), g));
  if (b.wants(1))
    b.set(1, b.mul(exponentPower(b, x, y, getResult()), g));
  return success();
}

//===----------------------------------------------------------------------===//
// Choices
//===----------------------------------------------------------------------===//

LogicalResult SelectOp::differentiate(GradientBuilder &b) {
  if (b.wants(1))
    b.set(1, b.where(getCondition(), b.gradient()));
  if (b.wants(2))
    b.set(2, b.unless(getCondition(), b.gradient()));
  return success();
}

LogicalResult MaskedFillOp::differentiate(GradientBuilder &b) {
  b.set(0, b.make<MaskedFillOp>(b.gradient(), getMask(),
                                b.getBuilder().getF64FloatAttr(0)));
  return success();
}
