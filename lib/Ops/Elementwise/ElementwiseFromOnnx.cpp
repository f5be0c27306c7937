//===- ElementwiseFromOnnx.cpp - Elementwise ops of ONNX models -----------===//
//
// Ops that the dialect has, one line each; then casts and choices; then
// activations as compositions, each with its formula.
//
//===----------------------------------------------------------------------===//

#include "Formula.h"
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
      value = limit(node, value, node.scalar(*low, type), BoundSide::Least);
    if (auto high = node.real("max"))
      value = limit(node, value, node.scalar(*high, type), BoundSide::Most);
    return {value};
  }
  if (node.has(1))
    value = limit(node, value, node.input(1), BoundSide::Least);
  if (node.has(2))
    value = limit(node, value, node.input(2), BoundSide::Most);
  return {value};
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

static OnnxResults importGelu(OnnxNode &node) {
  StringRef approximate = node.text("approximate", "none");
  if (approximate != "none" && approximate != "tanh")
    return {node.error("attribute 'approximate': expected 'none' or 'tanh', "
                       "got '" +
                       approximate + "'")};
  return {node.create<GeluOp>(node.input(0), approximate == "tanh")};
}

static OnnxResults importLeakyRelu(OnnxNode &node) {
  Formula f(node, node.input(0));
  return {f.choose(f.x(), f.mul(f.x(), node.real("alpha", 0.01)))};
}

static OnnxResults importPRelu(OnnxNode &node) {
  Formula f(node, node.input(0));
  return {f.choose(f.x(), f.mul(f.x(), node.input(1)))};
}

static OnnxResults importElu(OnnxNode &node) {
  return {Formula(node, node.input(0)).elu(1, node.real("alpha", 1), 1)};
}

static OnnxResults importSelu(OnnxNode &node) {
  double alpha = node.real("alpha", 1.67326319217681884765625);
  double gamma = node.real("gamma", 1.05070102214813232421875);
  return {Formula(node, node.input(0)).elu(gamma, gamma * alpha, 1)};
}

/// max(0, x) + min(0, alpha (exp(x / alpha) - 1)).
static OnnxResults importCelu(OnnxNode &node) {
  double alpha = node.real("alpha", 1);
  return {Formula(node, node.input(0)).elu(1, alpha, 1 / alpha)};
}

static OnnxResults importHardSigmoid(OnnxNode &node) {
  double alpha = node.real("alpha", 0.2), beta = node.real("beta", 0.5);
  return {Formula(node, node.input(0)).hardSigmoid(alpha, beta)};
}

static OnnxResults importHardSwish(OnnxNode &node) {
  Formula f(node, node.input(0));
  return {f.mul(f.x(), f.mul(f.relu6Of3(), 1.0 / 6))};
}

static OnnxResults importSoftplus(OnnxNode &node) {
  return {node.create<SoftplusOp>(node.input(0))};
}

/// x / (1 + |x|).
static OnnxResults importSoftsign(OnnxNode &node) {
  Formula f(node, node.input(0));
  return {node.create<DivOp>(f.x(), f.add(node.create<AbsOp>(f.x()), 1))};
}

/// x tanh(softplus(x)).
static OnnxResults importMish(OnnxNode &node) {
  Formula f(node, node.input(0));
  return {f.mul(f.x(), node.create<TanhOp>(node.create<SoftplusOp>(f.x())))};
}

/// x sigmoid(alpha x).
static OnnxResults importSwish(OnnxNode &node) {
  Formula f(node, node.input(0));
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
  Formula f(node, node.input(0));
  Value above = node.create<GreaterOp>(f.x(), f.number(node.real("alpha", 1)));
  return {node.create<SelectOp>(above, f.x(), f.number(0))};
}

/// x + bias below -lambd, x - bias above lambd, 0 between.
static OnnxResults importShrink(OnnxNode &node) {
  Formula f(node, node.input(0));
  if (!isa_and_nonnull<FloatType>(f.type))
    return {node.error("expected an operand of a floating-point type")};
  double bias = node.real("bias", 0), lambda = node.real("lambd", 0.5);
  Value below = node.create<LessOp>(f.x(), f.number(-lambda));
  Value above = node.create<GreaterOp>(f.x(), f.number(lambda));
  Value inner = node.create<SelectOp>(above, f.add(f.x(), -bias), f.number(0));
  return {node.create<SelectOp>(below, f.add(f.x(), bias), inner)};
}

template <Value (Formula::*formula)() const>
static OnnxResults importFormula(OnnxNode &node) {
  return {(Formula(node, node.input(0)).*formula)()};
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
  importers.add("Tan", {1}, importFormula<&Formula::tan>);
  importers.add("Sinh", {1}, importFormula<&Formula::sinh>);
  importers.add("Cosh", {1}, importFormula<&Formula::cosh>);
  importers.add("Asin", {1}, importFormula<&Formula::asin>);
  importers.add("Acos", {1}, importFormula<&Formula::acos>);
  importers.add("Atan", {1}, importUnary<AtanOp>);
  importers.add("Asinh", {1}, importFormula<&Formula::asinh>);
  importers.add("Acosh", {1}, importFormula<&Formula::acosh>);
  importers.add("Atanh", {1}, importFormula<&Formula::atanh>);
  importers.add("BitShift", {2}, importBitShift);
}
