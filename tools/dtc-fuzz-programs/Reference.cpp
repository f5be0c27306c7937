//===- Reference.cpp - What a program must give, and how nearly -----------===//

#include "Reference.h"

#include "OpTable.h"

#include <cmath>

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

/// How many half units in the last place the copies move values by. Where an op
/// bends, as softmax does at values that tie when rounded, several times what a
/// small disturbance shows is no bound: what rounding could do lies within
/// reach of the copies instead.
static constexpr double reach = 10;
/// A result that may be off by more than this part of its largest element
/// proves nothing.
static constexpr double bluntest = 0.2;

double fuzz::roundoff(DType type) {
  switch (type) {
  case DType::F16:
    return 0x1p-11;
  case DType::BF16:
    return 0x1p-8;
  case DType::F32:
    return 0x1p-24;
  default:
    return 0x1p-53;
  }
}

/// Larger values are not worth having: their squares should be finite too.
static double largestUseful(DType type) {
  return type == DType::F16 ? 200 : 1e6;
}

bool fuzz::hasExactShares(const ::dtc::Mesh &mesh) {
  int64_t ranks = mesh.numRanks();
  return (ranks & (ranks - 1)) == 0;
}

//===----------------------------------------------------------------------===//
// Widening
//===----------------------------------------------------------------------===//

static HostTensor widened(const HostTensor &array) {
  if (!isFloat(array.type()))
    return array;
  HostTensor wide(DType::F64, array.shape());
  for (int64_t i = 0; i < array.size(); ++i)
    wide.setDouble(i, array.getDouble(i));
  return wide;
}

static Type widened(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  if (!isa<FloatType>(tensor.getElementType()))
    return type;
  return RankedTensorType::get(tensor.getShape(),
                               Float64Type::get(type.getContext()));
}

Reference::Reference(MLIRContext *context, const ::dtc::Mesh &mesh)
    : scratch(ModuleOp::create(UnknownLoc::get(context))),
      block(scratch->getBody()), mesh(mesh) {}

Operation *Reference::widen(Operation *op) {
  OpBuilder builder = OpBuilder::atBlockEnd(block);
  Operation *wide = builder.clone(*op, mapping);
  for (Value result : wide->getResults())
    result.setType(widened(result.getType()));
  return wide;
}

const ReferenceValue &Reference::get(Value value) const {
  return values.find(value)->second;
}

//===----------------------------------------------------------------------===//
// Exactness
//===----------------------------------------------------------------------===//

/// The smallest `g` for which all elements are multiples of 2^-g; large when
/// there is none of use.
static int granularity(const HostTensor &array) {
  int bits = 0;
  for (int64_t i = 0; i < array.size(); ++i) {
    double scaled = std::ldexp(array.getDouble(i), bits);
    while (bits < 64 && scaled != std::trunc(scaled)) {
      ++bits;
      scaled *= 2;
    }
  }
  return bits;
}

static HostTensor magnitudes(const HostTensor &array) {
  HostTensor result = widened(array);
  if (array.type() == DType::F64 || isFloat(array.type())) {
    result = HostTensor(DType::F64, array.shape());
    for (int64_t i = 0; i < array.size(); ++i)
      result.setDouble(i, std::fabs(array.getDouble(i)));
  }
  return result;
}

static double largestOf(const HostTensor &array) {
  double largest = 0;
  for (int64_t i = 0; i < array.size(); ++i)
    largest = std::max(largest, std::fabs(array.getDouble(i)));
  return largest;
}

/// Whether every element is one of the type's.
static bool isRepresentable(const HostTensor &array, DType type) {
  HostTensor stored(type, array.shape());
  for (int64_t i = 0; i < array.size(); ++i) {
    stored.setDouble(i, array.getDouble(i));
    if (stored.getDouble(i) != array.getDouble(i))
      return false;
  }
  return true;
}

/// Whether the product of some factors of an element may leave the type's range
/// although the element does not: halves of a product then disagree.
static bool factorsLeaveRange(const HostTensor &factors, int64_t numElements,
                              DType type) {
  double largestExponent = 0;
  for (int64_t i = 0; i < factors.size(); ++i)
    if (double factor = std::fabs(factors.getDouble(i)))
      largestExponent = std::max(largestExponent, std::fabs(std::log2(factor)));
  double each = static_cast<double>(factors.size()) /
                static_cast<double>(std::max<int64_t>(numElements, 1));
  // Running products have as many elements as factors.
  if (factors.size() == numElements)
    for (int64_t extent : factors.shape())
      each = std::max(each, static_cast<double>(extent));
  return largestExponent * each > (type == DType::F16 ? 12 : 100);
}

/// Whether propagation may give an operand out in shares: each rank's part of
/// a sum. Thirds of a value are rounded.
static bool takesShares(Operation *op) {
  auto ruled = dyn_cast<ShardingRuleInterface>(op);
  if (!ruled)
    return false;
  ShardingRule rule = ruled.getShardingRule();
  return rule.linearity == Linearity::Joint || rule.followsResult >= 0 ||
         rule.selection == Selection::SearchOperands;
}

bool Reference::isExactResult(Operation *op, Operation *wide,
                              const HostTensor &result) {
  Rounding rounding = getRounding(op);
  if (!isFloat(result.type()))
    return true;
  for (Value operand : op->getOperands())
    if (!get(operand).isExact)
      return false;
  DType type = getDType(
      cast<RankedTensorType>(op->getResult(0).getType()).getElementType());
  if (rounding == Rounding::Moves)
    return true;
  if (rounding == Rounding::Steps)
    return isRepresentable(result, type);
  if (rounding == Rounding::Rounds || rounding == Rounding::Factors ||
      rounding == Rounding::Cancels ||
      (takesShares(op) && !hasExactShares(mesh)))
    return false;
  llvm::SmallVector<HostTensor> positive, sums;
  int bits = 0;
  double bound = 0;
  for (Value operand : op->getOperands()) {
    positive.push_back(magnitudes(get(operand).value));
    int own = granularity(get(operand).value);
    bits = rounding == Rounding::Products ? bits + own : std::max(bits, own);
    bound += get(operand).largest();
  }
  if (op->getNumOperands() == 1 && rounding == Rounding::Products)
    bits *= 2;
  if (!isa<SubOp>(op)) {
    if (failed(run(wide, positive, sums)))
      return false;
    bound = 0;
    for (const HostTensor &sum : sums)
      bound = std::max(bound, largestOf(sum));
  }
  return bound * std::ldexp(1.0, bits) * mesh.numRanks() * roundoff(type) <= 1;
}

//===----------------------------------------------------------------------===//
// Evaluation
//===----------------------------------------------------------------------===//

LogicalResult Reference::run(Operation *wide, llvm::ArrayRef<HostTensor> in,
                             Arrays &out) {
  if (isa<ConstrainOp>(wide)) {
    out.push_back(in[0]);
    return success();
  }
  return evaluateOp(wide, in, {}, {}, out);
}

static void measure(ReferenceValue &result) {
  bool first = true;
  for (int64_t i = 0; i < result.value.size(); ++i) {
    double element = result.value.getDouble(i);
    result.lowest = first ? element : std::min(result.lowest, element);
    result.highest = first ? element : std::max(result.highest, element);
    first = false;
  }
}

namespace {
/// How to move the elements of one array of one copy.
struct Disturbance {
  int copy;
  /// Tells the arrays of a program apart.
  uint64_t stream;
  /// Up to this part of the element, and up to this.
  double unit, offset;
};
} // namespace

/// Copies come in pairs that move the same elements in opposite directions; the
/// first pair moves all alike: equal elements are rounded alike, so that errors
/// can add up.
static void disturb(HostTensor &array, const Disturbance &d) {
  // A copy of its own: arrays share their bytes.
  HostTensor moved(array.type(), array.shape());
  Random random((d.stream << 8) + static_cast<uint64_t>(d.copy / 2));
  double sign = d.copy % 2 == 0 ? 1 : -1;
  auto draw = [&] {
    return d.copy < 2 ? sign : sign * (2 * random.unit() - 1);
  };
  for (int64_t i = 0; i < array.size(); ++i)
    moved.setDouble(i, array.getDouble(i) * (1 + d.unit * draw()) +
                           d.offset * draw());
  array = moved;
}

void Reference::bind(Value value, const HostTensor &array,
                     const ArgumentAccuracy &accuracy) {
  ReferenceValue result;
  result.value = widened(array);
  result.isExact = accuracy.isExact || !isFloat(array.type());
  result.contributions = accuracy.scale;
  measure(result);
  if (!result.isExact) {
    double off = 2 * roundoff(array.type()) * accuracy.scale;
    uint64_t stream = cast<BlockArgument>(value).getArgNumber();
    for (int i = 0; i < ReferenceValue::numCopies; ++i) {
      result.copies.push_back(result.value);
      disturb(result.copies.back(), {i, stream, 0, off * reach});
    }
    result.allowed = 4 * off;
  }
  mapping.map(value, block->addArgument(widened(value.getType()),
                                        UnknownLoc::get(value.getContext())));
  values[value] = std::move(result);
}

/// The disturbance of f64 values, which the reference rounds as often as the
/// program: half a unit of it can not even be added.
static constexpr double f64Disturbance = 32 * 0x1p-53;

static double coarsestRoundoff(Operation *op) {
  double unit = 0;
  auto visit = [&](Type type) {
    Type element = cast<RankedTensorType>(type).getElementType();
    if (isa<FloatType>(element))
      unit = std::max(unit, roundoff(getDType(element)));
  };
  llvm::for_each(op->getOperandTypes(), visit);
  llvm::for_each(op->getResultTypes(), visit);
  return unit;
}

/// How far the copies are from the value, with what a copy cannot show.
static double allowedDifference(const ReferenceValue &result, DType type) {
  double seen = 0;
  for (const HostTensor &copy : result.copies)
    for (int64_t i = 0; i < copy.size(); ++i) {
      double off = std::fabs(copy.getDouble(i) - result.value.getDouble(i));
      if (!(off <= seen))
        seen = std::isnan(off) ? HUGE_VAL : off;
    }
  double tiny = type == DType::F16 ? 0x1p-20 : 0x1p-120;
  return seen + 4 * roundoff(type) * result.largest() + tiny;
}

/// The least root of a row's mean square and epsilon, around the row's mean
/// where `isCentred`.
static double leastRoot(const HostTensor &input, int64_t width, double epsilon,
                        bool isCentred) {
  double least = HUGE_VAL;
  for (int64_t row = 0; row < input.size(); row += width) {
    double mean = 0, squares = 0;
    for (int64_t i = row; isCentred && i < row + width; ++i)
      mean += input.getDouble(i) / width;
    for (int64_t i = row; i < row + width; ++i)
      squares += std::pow(input.getDouble(i) - mean, 2) / width;
    least = std::min(least, std::sqrt(squares + epsilon));
  }
  return least;
}

/// What the result of an op that cancels is a small difference of.
double Reference::cancelledSize(Operation *op) const {
  double size = get(op->getOperand(0)).largest();
  auto scaled = [&](auto norm, bool isCentred) {
    const ReferenceValue &scale = get(norm.getScale());
    return size * scale.largest() /
           leastRoot(get(norm.getInput()).value, scale.value.size(),
                     norm.getEpsilon().convertToDouble(), isCentred);
  };
  if (auto norm = dyn_cast<LayerNormGradientOp>(op))
    return scaled(norm, true);
  if (auto norm = dyn_cast<RmsNormGradientOp>(op))
    return scaled(norm, false);
  return size;
}

std::string Reference::addCopies(Operation *op, Operation *wide,
                                 MutableArrayRef<ReferenceValue> results) {
  double unit = reach * std::max(coarsestRoundoff(op), f64Disturbance);
  bool moves = getRounding(op) == Rounding::Moves;
  double offset =
      getRounding(op) == Rounding::Cancels ? unit * cancelledSize(op) : 0;
  for (ReferenceValue &result : results)
    offset = std::max(offset, unit * result.contributions);
  for (int i = 0; i < ReferenceValue::numCopies; ++i) {
    Arrays operands, made;
    // Arguments have the streams below.
    uint64_t stream = (numEvaluated + 1) << 16;
    for (Value operand : op->getOperands()) {
      const ReferenceValue &held = get(operand);
      operands.push_back(held.copies.empty() ? held.value : held.copies[i]);
      if (isFloat(held.value.type()) && !moves)
        disturb(operands.back(), {i, stream++, unit, 0});
    }
    if (failed(run(wide, operands, made)))
      return "fails when disturbed";
    for (auto [result, array] : llvm::zip(results, made)) {
      if (result.isExact)
        continue;
      if (!moves)
        disturb(array, {i, stream++, unit, offset});
      result.copies.push_back(array);
    }
  }
  for (auto [result, type] : llvm::zip(results, op->getResultTypes())) {
    if (result.isExact)
      continue;
    DType element = getDType(cast<RankedTensorType>(type).getElementType());
    result.allowed = allowedDifference(result, element);
    if (result.value.size() &&
        !(result.allowed <= bluntest * result.largest() + 1e-30))
      return "has no digits left";
  }
  return "";
}

static bool isLinear(Rounding rounding) {
  return rounding == Rounding::Moves || rounding == Rounding::Sums ||
         rounding == Rounding::Products;
}

/// The contributions of a result: those of the operands, larger where the op
/// makes values larger. Ops that are not linear see whole operands.
static double contributionsOf(const ReferenceValue &result,
                              ArrayRef<const ReferenceValue *> operands) {
  double largest = 0;
  for (const ReferenceValue *operand : operands)
    if (operand->contributions > 0)
      largest = std::max(
          largest, operand->contributions *
                       std::max(1.0, result.largest() /
                                         std::max(operand->largest(), 1e-30)));
  return largest;
}

std::string Reference::evaluate(Operation *op) {
  bool steps =
      getRounding(op) == Rounding::Steps ||
      llvm::any_of(op->getResultTypes(), [](Type type) {
        return !isa<FloatType>(cast<RankedTensorType>(type).getElementType());
      });
  for (Value operand : op->getOperands())
    if (steps && !get(operand).isExact)
      return "steps at inexact values";
  ScopedDiagnosticHandler silent(op->getContext(),
                                 [](Diagnostic &) { return success(); });
  Operation *wide = widen(op);
  Arrays operands, made;
  for (Value operand : op->getOperands())
    operands.push_back(get(operand).value);
  SmallVector<const ReferenceValue *> held;
  for (Value operand : op->getOperands())
    held.push_back(&get(operand));
  std::vector<ReferenceValue> results(op->getNumResults());
  auto refuse = [&](std::string reason) {
    wide->erase();
    for (Value result : op->getResults())
      mapping.erase(result);
    return reason;
  };
  if (failed(run(wide, operands, made)))
    return refuse("outside of the op's domain");
  bool isExact = true;
  for (auto [i, array] : llvm::enumerate(made)) {
    results[i].value = array;
    measure(results[i]);
    DType type = getDType(
        cast<RankedTensorType>(op->getResult(i).getType()).getElementType());
    if (isFloat(type))
      for (int64_t k = 0; k < array.size(); ++k)
        if (!(std::fabs(array.getDouble(k)) <= largestUseful(type)))
          return refuse("grows");
    if (getRounding(op) == Rounding::Factors && isFloat(type) &&
        factorsLeaveRange(operands[0], array.size(), type))
      return refuse("leaves the range on the way");
    results[i].isExact = isExactResult(op, wide, array);
    if (isFloat(type) && isLinear(getRounding(op)))
      results[i].contributions = contributionsOf(results[i], held);
    isExact &= results[i].isExact;
  }
  if (!isExact) {
    std::string reason = addCopies(op, wide, results);
    if (!reason.empty())
      return refuse(reason);
  }
  for (auto [value, result] : llvm::zip(op->getResults(), results))
    values[value] = std::move(result);
  ++numEvaluated;
  return "";
}
