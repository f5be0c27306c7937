//===- ElementwiseFromTorch.cpp - Elementwise ops of ATen -----------------===//
//
// Ops that the dialect has, one line each; then arithmetic with its scalar
// arguments and type promotion. Activations are in ActivationsFromTorch.cpp,
// casts and choices in ChoicesFromTorch.cpp.
//
//===----------------------------------------------------------------------===//

#include "ActivationsFromTorch.h"
#include "ChoicesFromTorch.h"
#include "ElementLossFromTorch.h"
#include "Formula.h"

using namespace mlir;
using namespace dtc;

using Names = ArrayRef<StringRef>;

//===----------------------------------------------------------------------===//
// One operand
//===----------------------------------------------------------------------===//

/// The result has the operand's type.
template <typename OpT> static NodeResults importUnary(TorchNode &node) {
  return {node.create<OpT>(node.tensor("self"))};
}

/// Integers are computed in f32.
template <typename OpT> static NodeResults importFloat(TorchNode &node) {
  return {node.create<OpT>(node.asFloat(node.tensor("self")))};
}

template <Value (Formula::*formula)() const>
static NodeResults importFormula(TorchNode &node) {
  return {(Formula(node, node.asFloat(node.tensor("self"))).*formula)()};
}

/// Integers stay as they are.
template <typename OpT> static NodeResults importRounding(TorchNode &node) {
  Value input = node.tensor("self");
  if (input && !isa<FloatType>(node.element(input)))
    return {input};
  return {node.create<OpT>(input)};
}

/// Towards zero.
static NodeResults importTrunc(TorchNode &node) {
  Value input = node.tensor("self");
  if (input && !isa<FloatType>(node.element(input)))
    return {input};
  Formula f(node, input);
  Value isBelow = node.create<LessOp>(f.x(), f.number(0));
  return {node.create<SelectOp>(isBelow, node.create<CeilOp>(f.x()),
                                node.create<FloorOp>(f.x()))};
}

/// log(x) / log(base).
template <int base> static NodeResults importLogarithm(TorchNode &node) {
  Formula f(node, node.asFloat(node.tensor("self")));
  double scale = base == 2 ? 1.4426950408889634074 : 0.43429448190325182765;
  return {f.mul(node.create<LogOp>(f.x()), scale)};
}

static NodeResults importExp2(TorchNode &node) {
  Formula f(node, node.asFloat(node.tensor("self")));
  return {node.create<PowOp>(f.number(2), f.x())};
}

static NodeResults importErfc(TorchNode &node) {
  Formula f(node, node.asFloat(node.tensor("self")));
  return {node.create<SubOp>(f.number(1), node.create<ErfOp>(f.x()))};
}

static NodeResults importSquare(TorchNode &node) {
  Value input = node.tensor("self");
  return {node.create<MulOp>(input, input)};
}

static NodeResults importLogicalNot(TorchNode &node) {
  return {node.create<NotOp>(node.cast(node.tensor("self"), node.i1()))};
}

static NodeResults importBitwiseNot(TorchNode &node) {
  Value input = node.tensor("self");
  if (!input)
    return {};
  if (node.element(input).isInteger(1))
    return {node.create<NotOp>(input)};
  HostTensor ones(getDType(node.element(input)), {});
  ones.setInt(0, -1);
  return {node.create<XorOp>(input, node.constant(std::move(ones)))};
}

/// The comparison of |x| with infinity; integers are always finite.
template <typename OpT> static NodeResults importInfinite(TorchNode &node) {
  Formula f(node, node.asFloat(node.tensor("self")));
  return {node.create<OpT>(node.create<AbsOp>(f.x()),
                           f.number(std::numeric_limits<double>::infinity()))};
}

static NodeResults importIsNan(TorchNode &node) {
  return {node.create<IsNanOp>(node.asFloat(node.tensor("self")))};
}

/// x less its whole part.
static NodeResults importFraction(TorchNode &node) {
  Value input = node.tensor("self");
  NodeResults whole = importTrunc(node);
  return {node.create<SubOp>(input, whole[0])};
}

/// Numbers in place of NaN, 0 unless given, and of the infinities, the largest
/// finite ones unless given.
static NodeResults importNanToNumber(TorchNode &node) {
  Value input = node.tensor("self");
  auto type = dyn_cast_or_null<FloatType>(node.element(input));
  double nan = node.real("nan", 0);
  auto above = node.optionalReal("posinf"), below = node.optionalReal("neginf");
  if (!type)
    return {input};
  double most =
      llvm::APFloat::getLargest(type.getFloatSemantics()).convertToDouble();
  double infinity = std::numeric_limits<double>::infinity();
  Formula f(node, input);
  auto replace = [&](Value isReplaced, double by, Value other) {
    return node.create<SelectOp>(isReplaced, f.number(by), other);
  };
  Value result = replace(node.create<EqualOp>(input, f.number(infinity)),
                         above.value_or(most), input);
  result = replace(node.create<EqualOp>(input, f.number(-infinity)),
                   below.value_or(-most), result);
  return {replace(node.create<IsNanOp>(input), nan, result)};
}

//===----------------------------------------------------------------------===//
// Two operands
//===----------------------------------------------------------------------===//

namespace {
/// Two operands in their common type.
struct Pair {
  Value left, right;
  Type type;

  Pair(TorchNode &node, Names names) : type(node.promote(names)) {
    left = node.operand(names[0], type);
    right = node.operand(names[1], type);
  }
  bool areBools() const { return type && type.isInteger(1); }
};
} // namespace

static constexpr StringRef operandNames[] = {"self", "other"};

template <typename OpT> static NodeResults importBinary(TorchNode &node) {
  Pair pair(node, operandNames);
  return {node.create<OpT>(pair.left, pair.right)};
}

/// `alpha` times the second operand, which is not there when it is 1.
static Value scaled(TorchNode &node, Value value, Type type) {
  auto alpha = node.number("alpha");
  if (!alpha || alpha->real == 1)
    return value;
  return node.create<MulOp>(value, node.scalar(*alpha, type));
}

static NodeResults importAdd(TorchNode &node) {
  Pair pair(node, operandNames);
  Value right = scaled(node, pair.right, pair.type);
  if (pair.areBools())
    return {node.create<OrOp>(pair.left, right)};
  return {node.create<AddOp>(pair.left, right)};
}

static NodeResults importSub(TorchNode &node) {
  Pair pair(node, operandNames);
  if (pair.areBools())
    return {node.error("expected numbers, got bools")};
  return {node.create<SubOp>(pair.left, scaled(node, pair.right, pair.type))};
}

/// other - alpha * self.
static NodeResults importReverseSub(TorchNode &node) {
  Pair pair(node, operandNames);
  if (pair.areBools())
    return {node.error("expected numbers, got bools")};
  return {node.create<SubOp>(pair.right, scaled(node, pair.left, pair.type))};
}

static NodeResults importMul(TorchNode &node) {
  Pair pair(node, operandNames);
  if (pair.areBools())
    return {node.create<AndOp>(pair.left, pair.right)};
  return {node.create<MulOp>(pair.left, pair.right)};
}

/// The quotient rounded towards minus infinity. For floats as Python has it:
/// from the exact remainder, so that 1 // 0.1 is 9.
static Value divideFloor(TorchNode &node, Value a, Value b) {
  Type type = node.element(a);
  if (!type)
    return {};
  if (!isa<FloatType>(type)) {
    Value rest = node.create<ModOp>(a, b, /*truncate=*/false);
    return node.create<DivOp>(node.create<SubOp>(a, rest), b);
  }
  Formula f(node, a);
  Value zero = f.number(0);
  Value rest = node.create<ModOp>(a, b, /*truncate=*/true);
  Value quotient = node.create<DivOp>(node.create<SubOp>(a, rest), b);
  Value differ = node.create<XorOp>(node.create<LessOp>(b, zero),
                                    node.create<LessOp>(rest, zero));
  Value isBelow =
      node.create<AndOp>(node.create<NotEqualOp>(rest, zero), differ);
  quotient = node.create<SelectOp>(isBelow, f.add(quotient, -1), quotient);
  Value floor = node.create<FloorOp>(quotient);
  Value isHalf = node.create<GreaterOp>(node.create<SubOp>(quotient, floor),
                                        f.number(0.5));
  floor = node.create<SelectOp>(isHalf, f.add(floor, 1), floor);
  return node.create<SelectOp>(node.create<EqualOp>(b, zero),
                               node.create<DivOp>(a, b), floor);
}

static NodeResults importDiv(TorchNode &node) {
  StringRef mode = node.text("rounding_mode", "");
  Pair pair(node, operandNames);
  if (mode.empty()) {
    Type type = node.floatType(pair.type);
    return {node.create<DivOp>(node.operand("self", type),
                               node.operand("other", type))};
  }
  if (pair.areBools())
    return {node.error("expected numbers, got bools")};
  if (mode == "floor")
    return {divideFloor(node, pair.left, pair.right)};
  if (mode != "trunc")
    return {node.error("argument 'rounding_mode': expected 'floor' or 'trunc', "
                       "got '" +
                       mode + "'")};
  Value quotient = node.create<DivOp>(pair.left, pair.right);
  if (!pair.type || !isa<FloatType>(pair.type))
    return {quotient};
  Value isBelow = node.create<LessOp>(quotient, node.scalar(0, pair.type));
  return {node.create<SelectOp>(isBelow, node.create<CeilOp>(quotient),
                                node.create<FloorOp>(quotient))};
}

static NodeResults importFloorDivide(TorchNode &node) {
  Pair pair(node, operandNames);
  if (pair.areBools())
    return {node.error("expected numbers, got bools")};
  return {divideFloor(node, pair.left, pair.right)};
}

template <bool truncate> static NodeResults importMod(TorchNode &node) {
  Pair pair(node, operandNames);
  return {node.create<ModOp>(pair.left, pair.right, truncate)};
}

static NodeResults importPow(TorchNode &node) {
  static constexpr StringRef names[] = {"self", "exponent"};
  Pair pair(node, names);
  if (pair.areBools())
    return {node.error("expected numbers, got bools")};
  return {node.create<PowOp>(pair.left, pair.right)};
}

/// log(exp(a) + exp(b)) = max(a, b) + log(1 + exp(-|a - b|)).
static NodeResults importLogAddExp(TorchNode &node) {
  Pair pair(node, operandNames);
  if (pair.type && !isa<FloatType>(pair.type))
    return {node.error("expected floats, got integers")};
  Value equal = node.create<EqualOp>(pair.left, pair.right);
  Formula distance(node, node.create<SubOp>(pair.left, pair.right));
  // Equal infinities have no difference.
  Value gap = node.create<SelectOp>(equal, distance.number(0), distance.x());
  Value below = node.create<NegOp>(node.create<AbsOp>(gap));
  return {node.create<AddOp>(node.create<MaximumOp>(pair.left, pair.right),
                             node.create<Log1pOp>(node.create<ExpOp>(below)))};
}

/// self log(other), and 0 where self is, unless other is no number.
static NodeResults importXLogY(TorchNode &node) {
  Pair pair(node, operandNames);
  Type type = node.floatType(pair.type);
  Value x = node.operand("self", type), y = node.operand("other", type);
  if (node.failed())
    return {};
  return {Formula(node, x).timesLog(y)};
}

/// Any number is true unless it is 0.
template <typename OpT> static NodeResults importLogical(TorchNode &node) {
  return {node.create<OpT>(node.cast(node.tensor("self"), node.i1()),
                           node.cast(node.tensor("other"), node.i1()))};
}

template <typename OpT> static NodeResults importBitwise(TorchNode &node) {
  Pair pair(node, operandNames);
  if (pair.type && isa<FloatType>(pair.type))
    return {node.error("expected integers or bools, got floats")};
  return {node.create<OpT>(pair.left, pair.right)};
}

/// self + value * tensor1 * tensor2, or the quotient.
template <typename OpT> static NodeResults importAddProduct(TorchNode &node) {
  static constexpr StringRef names[] = {"self", "tensor1", "tensor2"};
  Type type = node.promote(names);
  if (type && !isa<FloatType>(type))
    return {node.error("expected floats, got integers")};
  Value product = node.create<OpT>(node.operand("tensor1", type),
                                   node.operand("tensor2", type));
  auto value = node.number("value");
  if (value && value->real != 1)
    product = node.create<MulOp>(product, node.scalar(*value, type));
  return {node.create<AddOp>(node.operand("self", type), product)};
}

/// self + weight * (end - self).
static NodeResults importLerp(TorchNode &node) {
  static constexpr StringRef names[] = {"self", "end", "weight"};
  Type type = node.promote(names);
  Value start = node.operand("self", type);
  Value distance = node.create<SubOp>(node.operand("end", type), start);
  return {node.create<AddOp>(
      start, node.create<MulOp>(node.operand("weight", type), distance))};
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

static void registerUnary(TorchImporters &importers) {
  importers.add("aten.abs.default", importUnary<AbsOp>);
  importers.add("aten.neg.default", importUnary<NegOp>);
  importers.add("aten.sign.default", importUnary<SignOp>);
  importers.add("aten.sgn.default", importUnary<SignOp>);
  importers.add("aten.square.default", importSquare);
  importers.add("aten.exp.default", importFloat<ExpOp>);
  importers.add("aten.exp2.default", importExp2);
  importers.add("aten.expm1.default", importFloat<Expm1Op>);
  importers.add("aten.log.default", importFloat<LogOp>);
  importers.add("aten.log2.default", importLogarithm<2>);
  importers.add("aten.log10.default", importLogarithm<10>);
  importers.add("aten.log1p.default", importFloat<Log1pOp>);
  importers.add("aten.sqrt.default", importFloat<SqrtOp>);
  importers.add("aten.rsqrt.default", importFloat<RsqrtOp>);
  importers.add("aten.reciprocal.default", importFloat<ReciprocalOp>);
  importers.add("aten.erf.default", importFloat<ErfOp>);
  importers.add("aten.erfc.default", importErfc);
  importers.add("aten.sin.default", importFloat<SinOp>);
  importers.add("aten.cos.default", importFloat<CosOp>);
  importers.add("aten.tan.default", importFormula<&Formula::tan>);
  importers.add("aten.asin.default", importFormula<&Formula::asin>);
  importers.add("aten.acos.default", importFormula<&Formula::acos>);
  importers.add("aten.atan.default", importFloat<AtanOp>);
  importers.add("aten.sinh.default", importFormula<&Formula::sinh>);
  importers.add("aten.cosh.default", importFormula<&Formula::cosh>);
  importers.add("aten.tanh.default", importFloat<TanhOp>);
  importers.add("aten.asinh.default", importFormula<&Formula::asinh>);
  importers.add("aten.acosh.default", importFormula<&Formula::acosh>);
  importers.add("aten.atanh.default", importFormula<&Formula::atanh>);
  importers.add("aten.floor.default", importRounding<FloorOp>);
  importers.add("aten.ceil.default", importRounding<CeilOp>);
  importers.add("aten.round.default", importRounding<RoundOp>);
  importers.add("aten.trunc.default", importTrunc);
  importers.add("aten.frac.default", importFraction);
  importers.add("aten.nan_to_num.default", importNanToNumber);
  importers.add("aten.isnan.default", importIsNan);
  importers.add("aten.isinf.default", importInfinite<EqualOp>);
  importers.add("aten.isfinite.default", importInfinite<LessOp>);
  importers.add("aten.logical_not.default", importLogicalNot);
  importers.add("aten.bitwise_not.default", importBitwiseNot);
}

static void registerArithmetic(TorchImporters &importers) {
  importers.add("aten.add.Tensor", importAdd);
  importers.add("aten.add.Scalar", importAdd);
  importers.add("aten.sub.Tensor", importSub);
  importers.add("aten.sub.Scalar", importSub);
  importers.add("aten.rsub.Tensor", importReverseSub);
  importers.add("aten.rsub.Scalar", importReverseSub);
  importers.add("aten.mul.Tensor", importMul);
  importers.add("aten.mul.Scalar", importMul);
  for (StringRef target :
       {"aten.div.Tensor", "aten.div.Scalar", "aten.div.Tensor_mode",
        "aten.div.Scalar_mode", "aten.true_divide.Tensor"})
    importers.add(target, importDiv);
  importers.add("aten.floor_divide.default", importFloorDivide);
  importers.add("aten.floor_divide.Scalar", importFloorDivide);
  importers.add("aten.remainder.Tensor", importMod<false>);
  importers.add("aten.remainder.Scalar", importMod<false>);
  importers.add("aten.fmod.Tensor", importMod<true>);
  importers.add("aten.fmod.Scalar", importMod<true>);
  importers.add("aten.pow.Tensor_Scalar", importPow);
  importers.add("aten.pow.Tensor_Tensor", importPow);
  importers.add("aten.pow.Scalar", importPow);
  importers.add("aten.maximum.default", importBinary<MaximumOp>);
  importers.add("aten.minimum.default", importBinary<MinimumOp>);
  importers.add("aten.max.other", importBinary<MaximumOp>);
  importers.add("aten.min.other", importBinary<MinimumOp>);
  importers.add("aten.logaddexp.default", importLogAddExp);
  importers.add("aten.xlogy.Tensor", importXLogY);
  importers.add("aten.xlogy.Scalar_Other", importXLogY);
  importers.add("aten.xlogy.Scalar_Self", importXLogY);
  importers.add("aten.addcmul.default", importAddProduct<MulOp>);
  importers.add("aten.addcdiv.default", importAddProduct<DivOp>);
  importers.add("aten.lerp.Scalar", importLerp);
  importers.add("aten.lerp.Tensor", importLerp);
}

static void addPair(TorchImporters &importers, StringRef name,
                    TorchImporters::Function import) {
  for (StringRef overload : {".Tensor", ".Scalar"})
    importers.add((name + overload).str(), import);
}

static void registerComparisons(TorchImporters &importers) {
  addPair(importers, "aten.eq", importBinary<EqualOp>);
  addPair(importers, "aten.ne", importBinary<NotEqualOp>);
  addPair(importers, "aten.lt", importBinary<LessOp>);
  addPair(importers, "aten.le", importBinary<LessEqualOp>);
  addPair(importers, "aten.gt", importBinary<GreaterOp>);
  addPair(importers, "aten.ge", importBinary<GreaterEqualOp>);
  addPair(importers, "aten.bitwise_and", importBitwise<AndOp>);
  addPair(importers, "aten.bitwise_or", importBitwise<OrOp>);
  addPair(importers, "aten.bitwise_xor", importBitwise<XorOp>);
  addPair(importers, "aten.__and__", importBitwise<AndOp>);
  addPair(importers, "aten.__or__", importBitwise<OrOp>);
  addPair(importers, "aten.__xor__", importBitwise<XorOp>);
  importers.add("aten.logical_and.default", importLogical<AndOp>);
  importers.add("aten.logical_or.default", importLogical<OrOp>);
  importers.add("aten.logical_xor.default", importLogical<XorOp>);
}

void dtc::registerElementwiseTorchImporters(TorchImporters &importers) {
  registerUnary(importers);
  registerArithmetic(importers);
  registerComparisons(importers);
  registerActivationTorchImporters(importers);
  registerChoiceTorchImporters(importers);
  registerElementLossTorchImporters(importers);
}
