//===- AttentionFromOnnx.cpp - Attention ops of ONNX models ---------------===//
//
// Attention, on [batch, heads, sequence, head size]:
//
// 1. Three-dimensional operands are split into heads first, and the result is
//    merged again.
// 2. Keys and values of earlier steps go before the new ones.
// 3. Each key/value head serves a group of consecutive query heads.
// 4. softmax(softcap(scale Q K^T) + bias) V, the bias made of the given mask
//    and of limits on the positions of query and key: causal, a window to
//    either side, and padding.
//
// That is one op, but for nodes whose scores are an output, too, or whose
// softmax is less exact than its operands: those become products and a softmax.
//
//===----------------------------------------------------------------------===//

#include "AttentionFromOnnx.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

using namespace mlir;
using namespace dtc;

/// [batch, sequence, heads * size] -> [batch, heads, sequence, size].
static Value splitHeads(OnnxNode &node, Value value, int64_t heads) {
  ArrayRef<int64_t> shape = node.shape(value);
  if (shape.size() == 4)
    return value;
  if (shape.size() != 3 || heads < 1 || shape[2] % heads != 0)
    return node.error("expected operands of rank 4, or of rank 3 whose last "
                      "dimension divides into 'q_num_heads' and "
                      "'kv_num_heads'");
  Value split =
      node.reshape(value, {shape[0], shape[1], heads, shape[2] / heads});
  return node.transpose(split, {0, 2, 1, 3});
}

/// Repeats each head for the query heads that share it.
static Value repeatHeads(OnnxNode &node, Value value, int64_t queryHeads) {
  ArrayRef<int64_t> shape = node.shape(value);
  if (!value || shape[1] == queryHeads)
    return value;
  if (shape[1] == 0 || queryHeads % shape[1] != 0)
    return node.error("expected query heads in a multiple of the " +
                      Twine(shape[1]) + " key and value heads, got " +
                      Twine(queryHeads));
  int64_t group = queryHeads / shape[1];
  SmallVector<int64_t> grouped{shape[0], shape[1], group, shape[2], shape[3]};
  SmallVector<int64_t> merged{shape[0], queryHeads, shape[2], shape[3]};
  return node.reshape(node.broadcast(node.unsqueeze(value, 2), grouped),
                      merged);
}

namespace {

/// What a node says about which query may see which key.
struct Visibility {
  /// Queries and keys, and the keys that come before the first query's own.
  int64_t queries = 0, keys = 0, past = 0;
  bool isCausal = false;
  /// How far a query sees to either side; -1 without limit.
  int64_t left = -1, right = -1;
  /// Keys of each sample that are no padding, [batch], or null. They are also
  /// where the last query of a sample stands.
  Value valid;
  /// The given mask, added or chosen by, or null.
  Value mask;

  bool isLimited() const {
    return isCausal || left >= 0 || right >= 0 || valid;
  }
};

/// Scores at the stages that a node can give back.
struct Scores {
  Value raw, capped, biased, weights;
};

} // namespace

/// 0, 1, ... along dimension `dim` of `rank` dimensions.
static Value countAlong(OnnxNode &node, int64_t size, int64_t dim,
                        int64_t rank) {
  SmallVector<int64_t> shape(rank, 1);
  shape[dim] = size;
  return node.reshape(node.constant(HostTensor::ofIntegers(
                          llvm::to_vector(llvm::seq<int64_t>(0, size)))),
                      shape);
}

/// True where query i may see key j by their positions: [queries, keys], or
/// [batch, 1, queries, keys].
static Value visibleByPosition(OnnxNode &node, const Visibility &v) {
  if (v.queries > (1 << 22) || v.keys > (1 << 22))
    return node.error("expected at most 2^22 queries and keys");
  Type i64 = IntegerType::get(node.getContext(), 64);
  int64_t rank = v.valid ? 4 : 2;
  Value query = countAlong(node, v.queries, rank - 2, rank);
  Value key = countAlong(node, v.keys, rank - 1, rank);
  Value visible, first = node.scalar(v.past, i64);
  auto require = [&](Value condition) {
    visible = visible ? node.create<AndOp>(visible, condition) : condition;
  };
  if (v.valid) {
    Value valid = node.reshape(node.cast(v.valid, i64),
                               {node.shape(v.valid)[0], 1, 1, 1});
    require(node.create<LessOp>(key, valid));
    first = node.create<SubOp>(valid, node.scalar(v.queries, i64));
  }
  Value ahead = node.create<SubOp>(key, node.create<AddOp>(query, first));
  if (v.isCausal)
    require(node.create<LessEqualOp>(ahead, node.scalar(0, i64)));
  if (v.left >= 0)
    require(node.create<GreaterEqualOp>(ahead, node.scalar(-v.left, i64)));
  if (v.right >= 0)
    require(node.create<LessEqualOp>(ahead, node.scalar(v.right, i64)));
  return visible;
}

/// 0 where the condition holds, else -infinity.
static Value asBias(OnnxNode &node, Value condition, Type type) {
  double infinity = std::numeric_limits<double>::infinity();
  return node.create<SelectOp>(condition, node.scalar(0, type),
                               node.scalar(-infinity, type));
}

/// The given mask as a number to add; shorter ones hide the last keys.
static Value additiveMask(OnnxNode &node, Value mask, int64_t keys, Type type) {
  double infinity = std::numeric_limits<double>::infinity();
  int64_t rank = node.rank(mask);
  if (node.element(mask).isInteger(1))
    mask = asBias(node, mask, type);
  if (rank == 0 || node.shape(mask)[rank - 1] == keys)
    return mask;
  int64_t missing = keys - node.shape(mask)[rank - 1];
  if (missing < 0 || keys == missing + 1)
    return node.error("expected a mask for 2 to " + Twine(keys) +
                      " keys, got one for " + Twine(keys - missing));
  return node.create<PadOp>(
      mask, ArrayRef<int64_t>(rank - 1), ArrayRef<int64_t>(int64_t(0)),
      ArrayRef<int64_t>(missing), llvm::APFloat(-infinity));
}

/// What is added to the scores, or null.
static Value makeBias(OnnxNode &node, const Visibility &v, Type type) {
  Value bias;
  if (v.isLimited())
    bias = asBias(node, visibleByPosition(node, v), type);
  if (!v.mask)
    return bias;
  Value mask = additiveMask(node, v.mask, v.keys, type);
  return bias ? node.create<AddOp>(mask, bias) : mask;
}

/// A query that may see no key at all gets zeros, not the softmax's NaN.
static Value zeroHiddenRows(OnnxNode &node, Value weights, Value bias) {
  Type type = node.element(weights);
  Value largest = node.create<ReduceMaxOp>(
      bias, ArrayRef<int64_t>(node.rank(bias) - 1), true);
  Value isHidden = node.create<EqualOp>(
      largest, node.scalar(-std::numeric_limits<double>::infinity(), type));
  return node.create<SelectOp>(isHidden, node.scalar(0, type), weights);
}

/// The keys that a query sees before and after its own, as attributes.
static std::pair<IntegerAttr, IntegerAttr> limitsOf(OnnxNode &node,
                                                    const Visibility &v) {
  constexpr int64_t unlimited = int64_t(1) << 32;
  auto attribute = [&](int64_t limit) {
    auto type = IntegerType::get(node.getContext(), 64);
    return limit >= unlimited ? IntegerAttr() : IntegerAttr::get(type, limit);
  };
  auto limit = [&](int64_t window) {
    return window < 0 ? unlimited : std::min(window, unlimited);
  };
  int64_t before = limit(v.left), after = limit(v.isCausal ? 0 : v.right);
  if (v.isCausal && v.right >= 0)
    after = std::min(after, limit(v.right));
  return {attribute(before == unlimited ? before : before - v.past),
          attribute(after == unlimited ? after : after + v.past)};
}

/// True when the softmax rounds no more than its operands.
static bool isExactEnough(OnnxNode &node, Type type) {
  auto code = node.integer("softmax_precision");
  Type precision = code ? node.elementType("softmax_precision", *code) : type;
  return !precision || precision == type ||
         precision.getIntOrFloatBitWidth() > type.getIntOrFloatBitWidth();
}

/// The node as one op.
static Value createAttention(OnnxNode &node, Value query, Value key,
                             Value value, const Visibility &v) {
  Type type = node.element(query), f64 = Float64Type::get(node.getContext());
  Value mask = v.mask;
  IntegerAttr before, after;
  if (v.valid)
    mask = makeBias(node, v, type);
  else
    std::tie(before, after) = limitsOf(node, v);
  if (mask && node.rank(mask) > 0 && node.shape(mask).back() != v.keys &&
      node.shape(mask).back() != 1)
    mask = additiveMask(node, mask, v.keys, type);
  double softcap = node.real("softcap", 0);
  double scale = node.real("scale").value_or(
      1 / std::sqrt(double(node.shape(query).back())));
  return node.create<AttentionOp>(
      query, key, value, mask, FloatAttr::get(f64, scale),
      softcap > 0 ? FloatAttr::get(f64, softcap) : FloatAttr(), before, after,
      UnitAttr());
}

/// softmax(softcap(scale Q K^T) + bias), and what comes before.
static Scores computeScores(OnnxNode &node, Value query, Value key,
                            const Visibility &visibility) {
  double softcap = node.real("softcap", 0);
  auto scale = node.real("scale");
  Type type = node.element(query);
  double factor = scale.value_or(1 / std::sqrt(double(node.shape(query)[3])));
  Scores scores;
  scores.raw =
      node.create<MulOp>(node.create<MatMulOp>(query, key, false, true),
                         node.scalar(factor, type));
  scores.capped = scores.raw;
  if (softcap > 0) {
    Value cap = node.scalar(softcap, type);
    scores.capped = node.create<MulOp>(
        node.create<TanhOp>(node.create<DivOp>(scores.raw, cap)), cap);
  }
  Value bias = makeBias(node, visibility, type);
  scores.biased =
      bias ? node.create<AddOp>(scores.capped, bias) : scores.capped;
  Type precision = type;
  if (auto code = node.integer("softmax_precision"))
    precision = node.elementType("softmax_precision", *code);
  Value exact = node.cast(scores.biased, precision);
  scores.weights = node.cast(node.create<SoftmaxOp>(exact, int64_t(3)), type);
  // A causal limit alone hides nothing from the queries that it is for.
  bool mayHideAll = visibility.mask || visibility.valid ||
                    visibility.left >= 0 || visibility.right >= 0;
  if (bias && mayHideAll)
    scores.weights = zeroHiddenRows(node, scores.weights, bias);
  return scores;
}

/// The operands and attributes about visibility.
static Visibility readVisibility(OnnxNode &node, Value query, Value key,
                                 int64_t past) {
  Visibility v;
  v.queries = node.shape(query)[2];
  v.keys = node.shape(key)[2];
  v.past = past;
  v.isCausal = node.integer("is_causal", 0) != 0;
  v.left = node.integer("left_window_size", -1);
  v.right = node.integer("right_window_size", -1);
  v.mask = node.input(3);
  v.valid = node.input(6);
  if (v.left < -1 || v.right < -1)
    node.error("expected windows of -1 or more");
  if (v.valid &&
      (past != 0 || node.shape(v.valid) != node.shape(query).take_front(1)))
    node.error("expected 'nonpad_kv_seqlen' of shape [batch], and no past");
  return v;
}

/// [batch, heads, sequence, size] -> [batch, sequence, heads * size].
static Value mergeHeads(OnnxNode &node, Value value) {
  if (!value)
    return {};
  SmallVector<int64_t> shape(node.shape(value));
  return node.reshape(node.transpose(value, {0, 2, 1, 3}),
                      {shape[0], shape[2], shape[1] * shape[3]});
}

/// What output 3 is, by the attribute.
static Value chooseScores(OnnxNode &node, const Scores &scores, int64_t mode) {
  switch (mode) {
  case 0:
    return scores.raw;
  case 1:
    return scores.capped;
  case 2:
    return scores.biased;
  case 3:
    return scores.weights;
  }
  return {};
}

/// The node as products and a softmax, which output 3 shows.
static OnnxResults createParts(OnnxNode &node, Value query, Value key,
                               Value value, const Visibility &visibility,
                               int64_t mode) {
  int64_t heads = node.shape(query)[1];
  key = repeatHeads(node, key, heads);
  value = repeatHeads(node, value, heads);
  if (!key || !value)
    return {Value(), Value()};
  Scores scores = computeScores(node, query, key, visibility);
  return {node.create<MatMulOp>(scores.weights, value),
          chooseScores(node, scores, mode)};
}

static OnnxResults importAttention(OnnxNode &node) {
  int64_t queryHeads = node.integer("q_num_heads", 0);
  int64_t keyHeads = node.integer("kv_num_heads", 0);
  bool isFlat = node.rank(node.input(0)) == 3;
  Value query = splitHeads(node, node.input(0), queryHeads);
  Value key = splitHeads(node, node.input(1), keyHeads);
  Value value = splitHeads(node, node.input(2), keyHeads);
  int64_t past = 0;
  if (node.has(4) != node.has(5))
    return {node.error("expected 'past_key' and 'past_value' together")};
  if (node.has(4) && node.rank(node.input(4)) == 4) {
    past = node.shape(node.input(4))[2];
    key = node.create<ConcatOp>(ValueRange{node.input(4), key}, 2);
    value = node.create<ConcatOp>(ValueRange{node.input(5), value}, 2);
  }
  if (!query || !key || !value)
    return {};
  OnnxResults results{nullptr, key, value};
  Visibility visibility = readVisibility(node, query, key, past);
  int64_t mode = node.integer("qk_matmul_output_mode", 0);
  if (mode < 0 || mode > 3)
    node.error(
        "attribute 'qk_matmul_output_mode': expected a number from 0 to 3");
  bool isOne = !node.hasOutput(3) && isExactEnough(node, node.element(query));
  if (node.failed())
    return {};
  if (isOne) {
    results[0] = createAttention(node, query, key, value, visibility);
  } else {
    OnnxResults parts = createParts(node, query, key, value, visibility, mode);
    results[0] = parts[0];
    if (node.hasOutput(3))
      results.push_back(parts[1]);
  }
  if (isFlat)
    results[0] = mergeHeads(node, results[0]);
  return results;
}

/// A subgraph of one operand and one result of the same type, where the node
/// has one.
static Value modify(OnnxNode &node, StringRef name, Value value) {
  const auto *graph = node.subgraph(name);
  if (!graph || !value)
    return value;
  OnnxResults results = node.importSubgraph(*graph, value);
  if (node.failed())
    return {};
  if (results.size() != 1 || node.shape(results[0]) != node.shape(value) ||
      node.element(results[0]) != node.element(value))
    return node.error("attribute '" + name +
                      "': expected one result of the operand's type");
  return results[0];
}

/// prob_mod(softmax(score_mod(scale Q K^T))) V.
static OnnxResults importFlexAttention(OnnxNode &node) {
  Value query = node.input(0), key = node.input(1), value = node.input(2);
  if (node.rank(query) != 4 || node.rank(key) != 4 || node.rank(value) != 4)
    return {node.error("expected operands of rank 4")};
  Type type = node.element(query);
  Type precision =
      type.isF64() ? type : Type(Float32Type::get(node.getContext()));
  if (auto code = node.integer("softmax_precision"))
    precision = node.elementType("softmax_precision", *code);
  double scale =
      node.real("scale").value_or(1 / std::sqrt(double(node.shape(query)[3])));
  int64_t heads = node.shape(query)[1];
  key = repeatHeads(node, key, heads);
  value = repeatHeads(node, value, heads);
  Value scores = node.create<MulOp>(
      node.create<MatMulOp>(node.cast(query, precision),
                            node.cast(key, precision), false, true),
      node.scalar(scale, precision));
  scores = modify(node, "score_mod", scores);
  Value weights = node.create<SoftmaxOp>(scores, int64_t(3));
  weights = node.cast(modify(node, "prob_mod", weights), type);
  return {node.create<MatMulOp>(weights, value)};
}

void dtc::registerAttentionOnnxImporters(OnnxImporters &importers) {
  importers.add("Attention", {3, 7}, importAttention);
  importers.add("ai.onnx.preview.FlexAttention", {3}, importFlexAttention);
  importers.add("LinearAttention", {3, 6}, importLinearAttention);
  importers.add("RotaryEmbedding", {3, 4}, importRotaryEmbedding);
}
