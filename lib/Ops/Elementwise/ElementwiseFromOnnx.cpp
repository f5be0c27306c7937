//===- ElementwiseFromOnnx.cpp - Elementwise ops of ONNX models -----------===//
//
// Ops that the dialect has, one line each; then casts and choices; then
// activations as compositions, each with its formula.
//
//===----------------------------------------------------------------------===//

#include "QuantizationFromOnnx.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Ops of the dialect
//===----------------------------------------------------------------------===//

template <typename OpT> static OnnxResults importUnary(OnnxNode &node) {
  return {node.create<OpT>(node.input(0))};
}

template <typename OpT> static OnnxResults importBinary(OnnxNode &node) {
  return {node.create<OpT>(node.input(0), node.input(1))};
}

/// Folds any number of operands from the left.
template <typename OpT> static Value foldOperands(OnnxNode &node) {
  Value result = node.input(0);
  for (Value operand : node.allInputs().drop_front())
    result = node.create<OpT>(result, operand);
  return result;
}

template <typename OpT> static OnnxResults importVariadic(OnnxNode &node) {
  return {foldOperands<OpT>(node)};
}

static OnnxResults importMean(OnnxNode &node) {
  Value sum = foldOperands<AddOp>(node);
  return {node.create<DivOp>(sum,
                             node.scalar(node.numInputs(), node.element(sum)))};
}

/// The exponent may have another type than the base, which the result has.
static OnnxResults importPow(OnnxNode &node) {
  Value base = node.input(0);
  return {
      node.create<PowOp>(base, node.cast(node.input(1), node.element(base)))};
}

static OnnxResults importMod(OnnxNode &node) {
  bool truncate = node.integer("fmod", 0) != 0;
  return {node.create<ModOp>(node.input(0), node.input(1), truncate)};
}

/// x xor all ones, which a conversion from a number would not give for
/// unsigned types.
static OnnxResults importBitwiseNot(OnnxNode &node) {
  Value input = node.input(0);
  HostTensor ones(getDType(node.element(input)), {});
  ones.setInt(0, -1);
  return {node.create<XorOp>(input, node.constant(std::move(ones)))};
}

static OnnxResults importIsInf(OnnxNode &node) {
  Value input = node.input(0);
  bool positive = node.integer("detect_positive", 1) != 0;
  bool negative = node.integer("detect_negative", 1) != 0;
  Type type = node.element(input);
  Value infinity = node.scalar(std::numeric_limits<double>::infinity(), type);
  if (positive && negative)
    return {node.create<EqualOp>(node.create<AbsOp>(input), infinity)};
  if (negative)
    return {node.create<EqualOp>(node.create<NegOp>(input), infinity)};
  if (positive)
    return {node.create<EqualOp>(input, infinity)};
  return {node.create<NotEqualOp>(input, input)};
}

//===----------------------------------------------------------------------===//
// Casts and choices
//===----------------------------------------------------------------------===//

static OnnxResults importCast(OnnxNode &node) {
  // Both matter for element types that are not supported.
  node.ignore("saturate");
  node.ignore("round_mode");
  if (!node.integer("to"))
    return {node.error("expected attribute 'to'")};
  return {node.cast(node.input(0), node.elementType("to", 0))};
}

static OnnxResults importBitCast(OnnxNode &node) {
  if (!node.integer("to"))
    return {node.error("expected attribute 'to'")};
  Value input = node.input(0);
  Type type = node.elementType("to", 0);
  if (type == node.element(input))
    return {input};
  return {node.createOfType<BitCastOp>(node.tensorOf(node.shape(input), type),
                                       input)};
}

static OnnxResults importCastLike(OnnxNode &node) {
  node.ignore("saturate");
  node.ignore("round_mode");
  return {node.cast(node.input(0), node.element(node.input(1)))};
}

static OnnxResults importWhere(OnnxNode &node) {
  return {node.create<SelectOp>(node.input(0), node.input(1), node.input(2))};
}

/// min(max(x, low), high): where the bounds cross, the upper one wins. Bounds
/// were attributes before opset 11.
static OnnxResults importClip(OnnxNode &node) {
  Value value = node.input(0);
  if (node.opset() < 11) {
    Type type = node.element(value);
    if (auto low = node.real("min"))
      value = node.create<MaximumOp>(value, node.scalar(*low, type));
    if (auto high = node.real("max"))
      value = node.create<MinimumOp>(value, node.scalar(*high, type));
    return {value};
  }
  if (node.has(1))
    value = node.create<MaximumOp>(value, node.input(1));
  if (node.has(2))
    value = node.create<MinimumOp>(value, node.input(2));
  return {value};
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

namespace {

/// Formulas over values and numbers of one element type.
struct Formula {
  OnnxNode &node;
  Type type;

  explicit Formula(OnnxNode &node)
      : node(node), type(node.element(node.input(0))) {}

  Value x() const { return node.input(0); }
  Value number(double value) const { return node.scalar(value, type); }
  Value add(Value a, double b) const {
    return b == 0 ? a : node.create<AddOp>(a, number(b));
  }
  Value mul(Value a, double b) const {
    return b == 1 ? a : node.create<MulOp>(a, number(b));
  }
  Value mul(Value a, Value b) const { return node.create<MulOp>(a, b); }
  Value max(Value a, double b) const {
    return node.create<MaximumOp>(a, number(b));
  }
  Value min(Value a, double b) const {
    return node.create<MinimumOp>(a, number(b));
  }
  /// `positive` where x > 0, else `other`.
  Value choose(Value positive, Value other) const {
    return node.create<SelectOp>(node.create<GreaterOp>(x(), number(0)),
                                 positive, other);
  }
  /// exp(y) - 1 = tanh(y / 2) (exp(y) + 1) of y = min(x, 0): exact near 0, and
  /// no overflow where it is not chosen.
  Value expMinusOne(double scale = 1) const {
    Value y = mul(min(x(), 0), scale);
    Value tanh = node.create<TanhOp>(mul(y, 0.5));
    return mul(tanh, add(node.create<ExpOp>(y), 1));
  }
  /// log(1 + y) = y log(w) / (w - 1) with w the rounded 1 + y, and y where w is
  /// 1: exact near 0 (Goldberg: "What every computer scientist should know
  /// about floating-point arithmetic", 1991).
  Value logOnePlus(Value y) const {
    Value w = add(y, 1);
    Value quotient = node.create<DivOp>(node.create<LogOp>(w), add(w, -1));
    Value is1 = node.create<EqualOp>(w, number(1));
    Value infinity = number(std::numeric_limits<double>::infinity());
    Value isLarge = node.create<EqualOp>(w, infinity);
    Value result = node.create<SelectOp>(is1, y, mul(y, quotient));
    return node.create<SelectOp>(isLarge, w, result);
  }
  /// log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)).
  Value softplus() const {
    Value magnitude = node.create<AbsOp>(x());
    Value tail = logOnePlus(node.create<ExpOp>(node.create<NegOp>(magnitude)));
    return node.create<AddOp>(node.create<ReluOp>(x()), tail);
  }
  /// max(0, min(1, alpha x + beta)).
  Value hardSigmoid(double alpha, double beta) const {
    return max(min(add(mul(x(), alpha), beta), 1), 0);
  }
};

} // namespace

static OnnxResults importGelu(OnnxNode &node) {
  StringRef approximate = node.text("approximate", "none");
  if (approximate != "none" && approximate != "tanh")
    return {node.error("attribute 'approximate': expected 'none' or 'tanh', "
                       "got '" +
                       approximate + "'")};
  return {node.create<GeluOp>(node.input(0), approximate == "tanh")};
}

static OnnxResults importLeakyRelu(OnnxNode &node) {
  Formula f(node);
  return {f.choose(f.x(), f.mul(f.x(), node.real("alpha", 0.01)))};
}

static OnnxResults importPRelu(OnnxNode &node) {
  Formula f(node);
  return {f.choose(f.x(), f.mul(f.x(), node.input(1)))};
}

static OnnxResults importElu(OnnxNode &node) {
  Formula f(node);
  return {f.choose(f.x(), f.mul(f.expMinusOne(), node.real("alpha", 1)))};
}

static OnnxResults importSelu(OnnxNode &node) {
  Formula f(node);
  double alpha = node.real("alpha", 1.67326319217681884765625);
  double gamma = node.real("gamma", 1.05070102214813232421875);
  return {f.mul(f.choose(f.x(), f.mul(f.expMinusOne(), alpha)), gamma)};
}

/// max(0, x) + min(0, alpha (exp(x / alpha) - 1)).
static OnnxResults importCelu(OnnxNode &node) {
  Formula f(node);
  double alpha = node.real("alpha", 1);
  return {f.choose(f.x(), f.mul(f.expMinusOne(1 / alpha), alpha))};
}

static OnnxResults importHardSigmoid(OnnxNode &node) {
  double alpha = node.real("alpha", 0.2), beta = node.real("beta", 0.5);
  return {Formula(node).hardSigmoid(alpha, beta)};
}

static OnnxResults importHardSwish(OnnxNode &node) {
  Formula f(node);
  return {f.mul(f.x(), f.hardSigmoid(1.0 / 6, 0.5))};
}

static OnnxResults importSoftplus(OnnxNode &node) {
  return {Formula(node).softplus()};
}

/// x / (1 + |x|).
static OnnxResults importSoftsign(OnnxNode &node) {
  Formula f(node);
  return {node.create<DivOp>(f.x(), f.add(node.create<AbsOp>(f.x()), 1))};
}

/// x tanh(softplus(x)).
static OnnxResults importMish(OnnxNode &node) {
  Formula f(node);
  return {f.mul(f.x(), node.create<TanhOp>(f.softplus()))};
}

/// x sigmoid(alpha x).
static OnnxResults importSwish(OnnxNode &node) {
  Formula f(node);
  double alpha = node.real("alpha", 1);
  if (alpha == 1)
    return {node.create<SiluOp>(f.x())};
  return {f.mul(f.x(), node.create<SigmoidOp>(f.mul(f.x(), alpha)))};
}

/// swish(a) b.
static OnnxResults importSwiGlu(OnnxNode &node) {
  OnnxResults gate = importSwish(node);
  if (node.shape(node.input(0)) != node.shape(node.input(1)))
    return {node.error("expected operands of one shape")};
  return {node.create<MulOp>(gate[0], node.input(1))};
}

static OnnxResults importThresholdedRelu(OnnxNode &node) {
  Formula f(node);
  Value above = node.create<GreaterOp>(f.x(), f.number(node.real("alpha", 1)));
  return {node.create<SelectOp>(above, f.x(), f.number(0))};
}

/// x + bias below -lambd, x - bias above lambd, 0 between.
static OnnxResults importShrink(OnnxNode &node) {
  Formula f(node);
  if (!isa_and_nonnull<FloatType>(f.type))
    return {node.error("expected an operand of a floating-point type")};
  double bias = node.real("bias", 0), lambda = node.real("lambd", 0.5);
  Value below = node.create<LessOp>(f.x(), f.number(-lambda));
  Value above = node.create<GreaterOp>(f.x(), f.number(lambda));
  Value inner = node.create<SelectOp>(above, f.add(f.x(), -bias), f.number(0));
  return {node.create<SelectOp>(below, f.add(f.x(), bias), inner)};
}

static OnnxResults importTan(OnnxNode &node) {
  Value input = node.input(0);
  return {
      node.create<DivOp>(node.create<SinOp>(input), node.create<CosOp>(input))};
}

/// (exp(x) + exp(-x)) / 2.
static OnnxResults importCosh(OnnxNode &node) {
  Formula f(node);
  Value up = node.create<ExpOp>(f.x());
  Value down = node.create<ExpOp>(node.create<NegOp>(f.x()));
  return {f.mul(node.create<AddOp>(up, down), 0.5)};
}

/// cosh(x) tanh(x): exact near 0, where the exponentials cancel.
static OnnxResults importSinh(OnnxNode &node) {
  OnnxResults cosh = importCosh(node);
  return {node.create<MulOp>(cosh[0], node.create<TanhOp>(node.input(0)))};
}

/// atan(x / sqrt((1 - x)(1 + x))).
static OnnxResults importAsin(OnnxNode &node) {
  Formula f(node);
  Value square = f.mul(f.add(f.x(), 1), f.add(node.create<NegOp>(f.x()), 1));
  return {node.create<AtanOp>(
      node.create<DivOp>(f.x(), node.create<SqrtOp>(square)))};
}

/// 2 atan(sqrt((1 - x) / (1 + x))).
static OnnxResults importAcos(OnnxNode &node) {
  Formula f(node);
  Value quotient =
      node.create<DivOp>(f.add(node.create<NegOp>(f.x()), 1), f.add(f.x(), 1));
  return {f.mul(node.create<AtanOp>(node.create<SqrtOp>(quotient)), 2)};
}

/// sign(x) log(1 + y + y^2 / (1 + sqrt(1 + y^2))) of y = |x|.
static OnnxResults importAsinh(OnnxNode &node) {
  Formula f(node);
  Value y = node.create<AbsOp>(f.x());
  Value square = f.mul(y, y);
  Value root = node.create<SqrtOp>(f.add(square, 1));
  Value part = node.create<DivOp>(square, f.add(root, 1));
  Value result = f.logOnePlus(node.create<AddOp>(y, part));
  return {f.mul(node.create<SignOp>(f.x()), result)};
}

/// log(1 + t + sqrt(2 t + t^2)) of t = x - 1.
static OnnxResults importAcosh(OnnxNode &node) {
  Formula f(node);
  Value t = f.add(f.x(), -1);
  Value root = node.create<SqrtOp>(f.mul(t, f.add(t, 2)));
  return {f.logOnePlus(node.create<AddOp>(t, root))};
}

/// log(1 + 2 x / (1 - x)) / 2.
static OnnxResults importAtanh(OnnxNode &node) {
  Formula f(node);
  Value quotient =
      node.create<DivOp>(f.mul(f.x(), 2), f.add(node.create<NegOp>(f.x()), 1));
  return {f.mul(f.logOnePlus(quotient), 0.5)};
}

static OnnxResults importBitShift(OnnxNode &node) {
  StringRef direction = node.text("direction", "");
  if (direction == "LEFT")
    return importBinary<ShiftLeftOp>(node);
  if (direction == "RIGHT")
    return importBinary<ShiftRightOp>(node);
  return {node.error("attribute 'direction': expected 'LEFT' or 'RIGHT', got "
                     "'" +
                     direction + "'")};
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

static void registerSimple(OnnxImporters &importers) {
  importers.add("Abs", {1}, importUnary<AbsOp>);
  importers.add("Neg", {1}, importUnary<NegOp>);
  importers.add("Exp", {1}, importUnary<ExpOp>);
  importers.add("Log", {1}, importUnary<LogOp>);
  importers.add("Sqrt", {1}, importUnary<SqrtOp>);
  importers.add("Reciprocal", {1}, importUnary<ReciprocalOp>);
  importers.add("Erf", {1}, importUnary<ErfOp>);
  importers.add("Sin", {1}, importUnary<SinOp>);
  importers.add("Cos", {1}, importUnary<CosOp>);
  importers.add("Tanh", {1}, importUnary<TanhOp>);
  importers.add("Sigmoid", {1}, importUnary<SigmoidOp>);
  importers.add("Relu", {1}, importUnary<ReluOp>);
  importers.add("Floor", {1}, importUnary<FloorOp>);
  importers.add("Ceil", {1}, importUnary<CeilOp>);
  importers.add("Round", {1}, importUnary<RoundOp>);
  importers.add("Sign", {1}, importUnary<SignOp>);
  importers.add("Not", {1}, importUnary<NotOp>);
  importers.add("IsNaN", {1}, importUnary<IsNanOp>);
  importers.add("Add", {2}, importBinary<AddOp>);
  importers.add("Sub", {2}, importBinary<SubOp>);
  importers.add("Mul", {2}, importBinary<MulOp>);
  importers.add("Div", {2}, importBinary<DivOp>);
  importers.add("And", {2}, importBinary<AndOp>);
  importers.add("Or", {2}, importBinary<OrOp>);
  importers.add("Xor", {2}, importBinary<XorOp>);
  importers.add("BitwiseAnd", {2}, importBinary<AndOp>);
  importers.add("BitwiseOr", {2}, importBinary<OrOp>);
  importers.add("BitwiseXor", {2}, importBinary<XorOp>);
  importers.add("Equal", {2}, importBinary<EqualOp>);
  importers.add("Less", {2}, importBinary<LessOp>);
  importers.add("LessOrEqual", {2}, importBinary<LessEqualOp>);
  importers.add("Greater", {2}, importBinary<GreaterOp>);
  importers.add("GreaterOrEqual", {2}, importBinary<GreaterEqualOp>);
  importers.add("Max", {1, unboundedArity}, importVariadic<MaximumOp>);
  importers.add("Min", {1, unboundedArity}, importVariadic<MinimumOp>);
  importers.add("Sum", {1, unboundedArity}, importVariadic<AddOp>);
}

void dtc::registerElementwiseOnnxImporters(OnnxImporters &importers) {
  registerSimple(importers);
  registerQuantizationImporters(importers);
  importers.add("Mean", {1, unboundedArity}, importMean);
  importers.add("Pow", {2}, importPow);
  importers.add("Mod", {2}, importMod);
  importers.add("BitwiseNot", {1}, importBitwiseNot);
  importers.add("IsInf", {1}, importIsInf);
  importers.add("Cast", {1}, importCast);
  importers.add("BitCast", {1}, importBitCast);
  importers.add("CastLike", {2}, importCastLike);
  importers.add("Where", {3}, importWhere);
  importers.add("Clip", {1, 3}, importClip);
  importers.add("Gelu", {1}, importGelu);
  importers.add("LeakyRelu", {1}, importLeakyRelu);
  importers.add("PRelu", {2}, importPRelu);
  importers.add("Elu", {1}, importElu);
  importers.add("Selu", {1}, importSelu);
  importers.add("Celu", {1}, importCelu);
  importers.add("HardSigmoid", {1}, importHardSigmoid);
  importers.add("HardSwish", {1}, importHardSwish);
  importers.add("Softplus", {1}, importSoftplus);
  importers.add("Softsign", {1}, importSoftsign);
  importers.add("Mish", {1}, importMish);
  importers.add("Swish", {1}, importSwish);
  importers.add("SwiGLU", {2}, importSwiGlu);
  importers.add("ThresholdedRelu", {1}, importThresholdedRelu);
  importers.add("Shrink", {1}, importShrink);
  importers.add("Tan", {1}, importTan);
  importers.add("Sinh", {1}, importSinh);
  importers.add("Cosh", {1}, importCosh);
  importers.add("Asin", {1}, importAsin);
  importers.add("Acos", {1}, importAcos);
  importers.add("Atan", {1}, importUnary<AtanOp>);
  importers.add("Asinh", {1}, importAsinh);
  importers.add("Acosh", {1}, importAcosh);
  importers.add("Atanh", {1}, importAtanh);
  importers.add("BitShift", {2}, importBitShift);
}
