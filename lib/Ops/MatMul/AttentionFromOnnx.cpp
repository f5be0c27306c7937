//===- AttentionFromOnnx.cpp - Attention ops of ONNX models ---------------===//
//
// Attention, on [batch, heads, sequence, head size]:
//
// 1. Three-dimensional operands are split into heads first, and the result is
//    merged again.
// 2. Keys and values of earlier steps go before the new ones.
// 3. Each key/value head serves a group of consecutive query heads.
// 4. softmax(softcap(scale Q K^T) + mask) V, the mask made of the causal limit
//    and the given one.
//
//===----------------------------------------------------------------------===//

#include "AttentionFromOnnx.h"

#include <cmath>
#include <limits>

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

/// Zero where key j may be seen by query i, j <= i + past, else -infinity.
static Value causalMask(OnnxNode &node, int64_t queries, int64_t keys,
                        int64_t past, Type type) {
  if (queries * keys > (int64_t(1) << 24))
    return node.error("expected a causal mask of at most 2^24 elements, got " +
                      Twine(queries * keys));
  HostTensor mask(getDType(type), {queries, keys});
  double infinity = std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < queries; ++i)
    for (int64_t j = i + past + 1; j < keys; ++j)
      mask.setDouble(i * keys + j, -infinity);
  return node.constant(std::move(mask));
}

/// The given mask as a number to add; shorter ones hide the last keys.
static Value additiveMask(OnnxNode &node, Value mask, int64_t keys, Type type) {
  double infinity = std::numeric_limits<double>::infinity();
  if (node.element(mask).isInteger(1))
    mask = node.create<SelectOp>(mask, node.scalar(0, type),
                                 node.scalar(-infinity, type));
  int64_t rank = node.rank(mask);
  int64_t missing = rank > 0 ? keys - node.shape(mask)[rank - 1] : 0;
  if (missing <= 0 || node.shape(mask)[rank - 1] == 1)
    return mask;
  return node.create<PadOp>(
      mask, ArrayRef<int64_t>(rank - 1), ArrayRef<int64_t>(int64_t(0)),
      ArrayRef<int64_t>(missing), llvm::APFloat(-infinity));
}

/// A query that may see no key at all gets zeros, not the softmax's NaN.
static Value zeroHiddenRows(OnnxNode &node, Value weights, Value scores) {
  Type type = node.element(scores);
  Value largest =
      node.create<ReduceMaxOp>(scores, ArrayRef<int64_t>(int64_t(3)), true);
  Value isHidden = node.create<EqualOp>(
      largest, node.scalar(-std::numeric_limits<double>::infinity(), type));
  return node.create<SelectOp>(isHidden, node.scalar(0, type), weights);
}

/// softmax(softcap(scale Q K^T) + mask), for keys that follow `past` others.
static Value attentionWeights(OnnxNode &node, Value query, Value key,
                              int64_t past) {
  bool isCausal = node.integer("is_causal", 0) != 0;
  double softcap = node.real("softcap", 0);
  auto scale = node.real("scale");
  node.ignore("softmax_precision");
  node.ignore("qk_matmul_output_mode");
  Type type = node.element(query);
  ArrayRef<int64_t> shape = node.shape(query);
  int64_t keys = node.shape(key)[2];
  double factor = scale.value_or(1 / std::sqrt(double(shape[3])));
  Value scores = node.create<MatMulOp>(query, key, false, true);
  scores = node.create<MulOp>(scores, node.scalar(factor, type));
  if (softcap != 0) {
    Value cap = node.scalar(softcap, type);
    scores = node.create<MulOp>(
        node.create<TanhOp>(node.create<DivOp>(scores, cap)), cap);
  }
  if (isCausal)
    scores = node.create<AddOp>(scores,
                                causalMask(node, shape[2], keys, past, type));
  if (!node.has(3))
    return node.create<SoftmaxOp>(scores, int64_t(3));
  scores =
      node.create<AddOp>(scores, additiveMask(node, node.input(3), keys, type));
  return zeroHiddenRows(node, node.create<SoftmaxOp>(scores, int64_t(3)),
                        scores);
}

OnnxResults dtc::importAttention(OnnxNode &node) {
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
  int64_t heads = node.shape(query)[1];
  key = repeatHeads(node, key, heads);
  value = repeatHeads(node, value, heads);
  if (!key || !value)
    return {};
  Value result =
      node.create<MatMulOp>(attentionWeights(node, query, key, past), value);
  if (isFlat && result) {
    ArrayRef<int64_t> shape = node.shape(result);
    result = node.reshape(node.transpose(result, {0, 2, 1, 3}),
                          {shape[0], shape[2], shape[1] * shape[3]});
  }
  results[0] = result;
  return results;
}

//===----------------------------------------------------------------------===//
// Rotary embedding
//===----------------------------------------------------------------------===//

/// Cosines or sines as [batch or 1, sequence, 1, half]: from a table by
/// position, or given for each.
static Value positionTable(OnnxNode &node, Value table, int64_t half) {
  if (node.has(3))
    table = node.create<GatherOp>(table, node.input(3), int64_t(0));
  if (table && (node.rank(table) != 3 || node.shape(table)[2] != half))
    return node.error("expected cosines and sines of rank 3 with " +
                      Twine(half) + " columns");
  return table ? node.unsqueeze(table, 2) : table;
}

/// Rotates [batch, sequence, heads, size], whose pairs are (x[i], x[i + half])
/// or, interleaved, (x[2i], x[2i + 1]).
static Value rotate(OnnxNode &node, Value value, bool interleaved) {
  if (!value)
    return {};
  int64_t half = node.shape(value)[3] / 2;
  Value cosine = positionTable(node, node.input(1), half);
  Value sine = positionTable(node, node.input(2), half);
  Value first = interleaved ? node.slice(value, 3, 0, half, 2)
                            : node.slice(value, 3, 0, half);
  Value second = interleaved ? node.slice(value, 3, 1, half, 2)
                             : node.slice(value, 3, half, half);
  Value real = node.create<SubOp>(node.create<MulOp>(cosine, first),
                                  node.create<MulOp>(sine, second));
  Value imaginary = node.create<AddOp>(node.create<MulOp>(sine, first),
                                       node.create<MulOp>(cosine, second));
  if (!real || !imaginary)
    return {};
  if (!interleaved)
    return node.create<ConcatOp>(ValueRange{real, imaginary}, 3);
  SmallVector<int64_t> shape(node.shape(value));
  Value pairs = node.create<ConcatOp>(
      ValueRange{node.unsqueeze(real, 4), node.unsqueeze(imaginary, 4)}, 4);
  return node.reshape(pairs, shape);
}

OnnxResults dtc::importRotaryEmbedding(OnnxNode &node) {
  Value input = node.input(0);
  bool interleaved = node.integer("interleaved", 0) != 0;
  int64_t heads = node.integer("num_heads", 0);
  int64_t rotated = node.integer("rotary_embedding_dim", 0);
  SmallVector<int64_t> shape(node.shape(input));
  if (shape.size() == 4)
    input = node.transpose(input, {0, 2, 1, 3});
  else if (shape.size() == 3 && heads > 0 && shape[2] % heads == 0)
    input = node.reshape(input, {shape[0], shape[1], heads, shape[2] / heads});
  else
    return {node.error("expected an operand of rank 4, or of rank 3 whose last "
                       "dimension divides into 'num_heads'")};
  if (!input)
    return {};
  int64_t size = node.shape(input)[3];
  rotated = rotated == 0 ? size : rotated;
  if (rotated < 0 || rotated > size || rotated % 2 != 0)
    return {node.error("expected an even number of rotated elements up to " +
                       Twine(size) + ", got " + Twine(rotated))};
  Value result = rotate(node, node.slice(input, 3, 0, rotated), interleaved);
  if (rotated < size && result)
    result = node.create<ConcatOp>(
        ValueRange{result, node.slice(input, 3, rotated, size - rotated)}, 3);
  return {shape.size() == 4 ? node.transpose(result, {0, 2, 1, 3})
                            : node.reshape(result, shape)};
}
