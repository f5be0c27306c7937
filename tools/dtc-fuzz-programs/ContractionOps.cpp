//===- ContractionOps.cpp - Random contractions and normalisations --------===//

#include "Generator.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

static void makeMatMul(Generator &g, const OpEntry &entry) {
  Value x = g.numbers(2);
  ArrayRef<int64_t> shape = shapeOf(x);
  bool transposeLhs = g.random.chance(0.25),
       transposeRhs = g.random.chance(0.35);
  int64_t m = shape[shape.size() - 2], k = shape.back();
  if (transposeLhs)
    std::swap(m, k);
  int64_t n = g.size();
  Shape rhs = g.broadcastable(shape.drop_back(2));
  rhs.append({transposeRhs ? n : k, transposeRhs ? k : n});
  Value y = g.findOrMake(tensorOf(rhs, elementOf(x)));
  std::string flags = transposeLhs ? "transposeLhs" : "";
  if (transposeRhs)
    flags += flags.empty() ? "transposeRhs" : ", transposeRhs";
  g.add(entry.mnemonic, {x, y}, "{" + flags + "}");
}

static void makeLinear(Generator &g, const OpEntry &entry) {
  Value x = g.numbers(1);
  int64_t k = shapeOf(x).back(), n = g.size();
  bool inOut = g.random.chance(0.4);
  SmallVector<Value> operands{
      x, g.findOrMake(tensorOf({inOut ? k : n, inOut ? n : k}, elementOf(x)))};
  if (g.random.chance(0.6))
    operands.push_back(g.findOrMake(tensorOf({n}, elementOf(x))));
  g.add(entry.mnemonic, operands, inOut ? "{weightInOut}" : "{}");
}

/// `[i..., n]` and `[i..., k]`: summed over all that comes before the last.
static void makeLinearWeightGradient(Generator &g, const OpEntry &entry) {
  Value x = g.numbers(1);
  Shape shape(shapeOf(x));
  shape.back() = g.size();
  Value gradient = g.findOrMake(tensorOf(shape, elementOf(x)));
  g.add(entry.mnemonic, {gradient, x},
        g.random.chance(0.4) ? "{weightInOut}" : "{}");
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// A mask of bools or numbers, or null.
static Value attentionMask(Generator &g, ArrayRef<int64_t> scores,
                           Type element) {
  if (g.random.chance(0.5))
    return {};
  Shape shape = g.broadcastable(scores);
  return g.findOrMake(
      tensorOf(shape, g.random.chance(0.5) ? g.boolType() : element));
}

namespace {
struct AttentionCall {
  /// Query, key, value and perhaps a mask.
  SmallVector<Value> operands;
  /// Without the braces.
  std::string attributes;
};
} // namespace

/// Attention but for a cap.
static AttentionCall makeAttentionCall(Generator &g) {
  Type element = g.floatType();
  Shape batch;
  if (g.random.chance(0.7))
    batch.push_back(g.random.between(1, 3));
  int64_t keyHeads = g.random.between(1, 4);
  int64_t group = g.random.chance(0.5) ? 1 : g.random.between(2, 3);
  int64_t rows = g.size(), keys = g.random.chance(0.5) ? rows : g.size();
  int64_t depth = g.random.between(1, 6);
  auto operand = [&](int64_t heads, int64_t length, int64_t width) {
    Shape shape(batch);
    shape.append({heads, length, width});
    return g.findOrMake(tensorOf(shape, element));
  };
  AttentionCall call;
  call.operands = {operand(keyHeads * group, rows, depth),
                   operand(keyHeads, keys, depth),
                   operand(keyHeads, keys, g.random.between(1, 6))};
  Shape scores(batch);
  scores.append({keyHeads * group, rows, keys});
  if (Value mask = attentionMask(g, scores, element))
    call.operands.push_back(mask);
  call.attributes =
      g.random.chance(0.5) ? "scale = 0.5 : f64" : "scale = 0.3 : f64";
  auto limit = [&](StringRef name) {
    call.attributes +=
        (", " + name + " = " + Twine(g.random.between(-1, 3)) + " : i64").str();
  };
  if (g.random.chance(0.2))
    limit("before");
  if (g.random.chance(0.3))
    limit("after");
  return call;
}

static void makeAttention(Generator &g, const OpEntry &entry) {
  AttentionCall call = makeAttentionCall(g);
  std::string cap = g.random.chance(0.2) ? ", softcap = 2.0 : f64" : "";
  g.add(entry.mnemonic, call.operands, "{" + call.attributes + cap + "}");
}

/// Of an attention that keeps its sums.
static void makeAttentionGradient(Generator &g, const OpEntry &entry) {
  AttentionCall call = makeAttentionCall(g);
  auto forward =
      g.add("attention", call.operands, "{" + call.attributes + ", keepsSums}");
  if (forward.size() != 2)
    return;
  SmallVector<Value> operands(ArrayRef(call.operands).take_front(3));
  operands.append({forward[0], forward[1],
                   g.findOrMake(cast<RankedTensorType>(forward[0].getType()))});
  llvm::append_range(operands, ArrayRef(call.operands).drop_front(3));
  g.add(entry.mnemonic, operands, "{" + call.attributes + "}");
}

//===----------------------------------------------------------------------===//
// Normalisations
//===----------------------------------------------------------------------===//

static void addNorm(Generator &g, const OpEntry &entry, bool mayHaveBias) {
  Value x = g.floats(1);
  int64_t rank = shapeOf(x).size();
  int64_t axis = g.random.chance(0.6) ? rank - 1 : g.random.below(rank);
  auto type = tensorOf(shapeOf(x).drop_front(axis), elementOf(x));
  SmallVector<Value> operands{x, g.findOrMake(type)};
  if (mayHaveBias && g.random.chance(0.6))
    operands.push_back(g.findOrMake(type));
  g.add(entry.mnemonic, operands,
        "{axis = " + std::to_string(axis) + " : i64, epsilon = " +
            (g.random.chance(0.5) ? "1.0e-2" : "1.0e-5") + " : f64}");
}

static void makeLayerNorm(Generator &g, const OpEntry &entry) {
  addNorm(g, entry, true);
}

static void makeRmsNorm(Generator &g, const OpEntry &entry) {
  addNorm(g, entry, false);
}

static void makeNormGradient(Generator &g, const OpEntry &entry) {
  Value x = g.floats(1);
  int64_t rank = shapeOf(x).size();
  int64_t axis = g.random.chance(0.6) ? rank - 1 : g.random.below(rank);
  auto scale = tensorOf(shapeOf(x).drop_front(axis), elementOf(x));
  Value gradient = g.findOrMake(tensorOf(shapeOf(x), elementOf(x)));
  g.add(entry.mnemonic, {gradient, x, g.findOrMake(scale)},
        "{axis = " + std::to_string(axis) + " : i64, epsilon = " +
            (g.random.chance(0.5) ? "1.0e-2" : "1.0e-5") + " : f64}");
}

static void makeBatchNorm(Generator &g, const OpEntry &entry) {
  Value x = g.floats(2);
  auto type = tensorOf({shapeOf(x)[1]}, elementOf(x));
  Value variance = g.input(type, std::make_pair(1, 3));
  g.add(
      entry.mnemonic,
      {x, g.findOrMake(type), g.findOrMake(type), g.findOrMake(type), variance},
      "{epsilon = 1.0e-3 : f64}");
}

static void makeSoftmax(Generator &g, const OpEntry &entry) {
  Value x = g.floats(1);
  int64_t rank = shapeOf(x).size();
  int64_t axis = g.random.chance(0.5) ? rank - 1 : g.random.below(rank);
  g.add(entry.mnemonic, x, "{axis = " + std::to_string(axis) + " : i64}");
}

ArrayRef<OpEntry> fuzz::contractionOps() {
  static const OpEntry table[] = {
      {"matmul", 12, Rounding::Products, makeMatMul},
      {"linear", 10, Rounding::Products, makeLinear},
      {"linear_weight_gradient", 4, Rounding::Products,
       makeLinearWeightGradient},
      {"attention", 5, Rounding::Rounds, makeAttention},
      {"attention_gradient", 2, Rounding::Rounds, makeAttentionGradient},
      {"layer_norm", 4, Rounding::Rounds, makeLayerNorm},
      {"rms_norm", 3, Rounding::Rounds, makeRmsNorm},
      {"layer_norm_gradient", 2, Rounding::Cancels, makeNormGradient},
      {"rms_norm_gradient", 2, Rounding::Cancels, makeNormGradient},
      {"batch_norm", 2, Rounding::Rounds, makeBatchNorm},
      {"softmax", 4, Rounding::Rounds, makeSoftmax},
      {"log_softmax", 2, Rounding::Rounds, makeSoftmax},
  };
  return table;
}
