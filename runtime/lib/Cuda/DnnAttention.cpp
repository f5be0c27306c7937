//===- DnnAttention.cpp - Attention by cuDNN ------------------------------===//
//
// cuDNN has one kernel for attention, which it recognises by its graph: a
// product, a scale, what is added or hidden, a softmax spelled out in
// reductions, and a product. The logarithm of the softmax's sum belongs to the
// pattern, though nobody reads it. All between the products is f32, but for the
// weights, which are of the operands' type.
//===----------------------------------------------------------------------===//

#include "DnnAttention.h"
#include <cfloat>
#include <cmath>

namespace dtc::runtime::cuda {
namespace {

/// Rows begin at multiples of this many bytes.
constexpr int64_t kAlignment = 16;
constexpr size_t kRank = 4;

enum Id : int64_t { QueryId = 1, KeyId, ValueId, ResultId, MaskId };

Extents four(const int64_t (&values)[4]) { return Extents(values, values + 4); }

DnnType typeOf(const dtc_attention &desc) {
  return desc.dtype == DTC_F16 ? kDnnF16 : kDnnBf16;
}

/// Minus infinity for the key's columns behind the query's row. Before 9.10
/// cuDNN wants the lowest number instead, which does the same as each row has a
/// key that it sees.
Handle hideLaterKeys(DnnGraph &graph, const Dnn &dnn, Handle scores,
                     const Extents &shape) {
  constexpr size_t firstWithInfinity = 91000;
  Handle row = graph.between(kDnnI32, shape);
  Handle column = graph.between(kDnnI32, shape);
  Handle isSeen = graph.between(kDnnBool, shape);
  Handle seen = graph.between(kDnnF32, shape);
  graph.index(row, scores, 2);
  graph.index(column, scores, 3);
  graph.greaterEqual(isSeen, row, column);
  float hidden = dnn.version < firstWithInfinity ? -FLT_MAX : -INFINITY;
  graph.select(seen, isSeen, scores, graph.scalar(hidden, kRank));
  return seen;
}

/// The softmax of the scores' rows, of the operands' type.
Handle softmax(DnnGraph &graph, DnnType type, Handle scores,
               const Extents &shape) {
  Extents rows(shape);
  rows.back() = 1;
  Handle largest = graph.between(kDnnF32, rows);
  Handle lowered = graph.between(kDnnF32, shape);
  Handle power = graph.between(kDnnF32, shape);
  Handle sum = graph.between(kDnnF32, rows);
  Handle logarithm = graph.between(kDnnF32, rows);
  Handle statistics = graph.between(kDnnF32, rows);
  Handle weights = graph.between(type, shape);
  graph.reduce(kDnnMax, largest, scores);
  graph.pointwise(kDnnSubtract, lowered, scores, largest);
  graph.pointwise(kDnnExp, power, lowered);
  graph.reduce(kDnnSum, sum, power);
  graph.pointwise(kDnnLog, logarithm, sum);
  graph.pointwise(kDnnAdd, statistics, largest, logarithm);
  graph.pointwise(kDnnDivide, weights, power, sum);
  return weights;
}

/// What the choice of an engine depends on.
std::string keyOf(const dtc_attention &desc) {
  std::string text = "attention " + std::to_string(desc.dtype) + " " +
                     std::to_string(desc.is_causal) + " " +
                     std::to_string(desc.has_mask);
  for (const auto *list :
       {&desc.query_shape, &desc.query_strides, &desc.key_shape,
        &desc.key_strides, &desc.value_shape, &desc.value_strides,
        &desc.result_strides, &desc.mask_shape})
    for (int64_t number : *list)
      text += " " + std::to_string(number);
  return text;
}

} // namespace

std::unique_ptr<DnnGraph> describeAttention(const Dnn &dnn,
                                            const dtc_attention &desc) {
  auto graph = std::make_unique<DnnGraph>(dnn);
  DnnType type = typeOf(desc);
  auto tensor = [&](int64_t id, const Extents &shape, const Extents &strides) {
    return graph->tensor(id, type, shape, strides, kAlignment);
  };
  Extents keys = four(desc.key_shape), keyStrides = four(desc.key_strides);
  std::swap(keys[2], keys[3]);
  std::swap(keyStrides[2], keyStrides[3]);
  Handle query =
      tensor(QueryId, four(desc.query_shape), four(desc.query_strides));
  Handle key = tensor(KeyId, keys, keyStrides);
  Handle value =
      tensor(ValueId, four(desc.value_shape), four(desc.value_strides));
  Handle result =
      tensor(ResultId, four(desc.result_shape), four(desc.result_strides));
  Extents shape = four(desc.query_shape);
  shape.back() = keys.back();
  Handle raw = graph->between(kDnnF32, shape);
  graph->multiply(raw, query, key);
  Handle scores = graph->between(kDnnF32, shape);
  graph->pointwise(kDnnMultiply, scores, raw, graph->scalar(desc.scale, kRank));
  if (desc.has_mask) {
    Handle mask =
        tensor(MaskId, four(desc.mask_shape), four(desc.mask_strides));
    Handle masked = graph->between(kDnnF32, shape);
    graph->pointwise(kDnnAdd, masked, scores, mask);
    scores = masked;
  }
  if (desc.is_causal)
    scores = hideLaterKeys(*graph, dnn, scores, shape);
  graph->multiply(result, softmax(*graph, type, scores, shape), value);
  return graph;
}

Result<std::unique_ptr<DnnPlan>> planAttention(const Dnn &dnn,
                                               const dtc_attention &desc,
                                               AlgorithmCache &cache) {
  if (desc.dtype != DTC_F16 && desc.dtype != DTC_BF16)
    return Error{"attention: expected f16 or bf16, got type " +
                 std::to_string(desc.dtype)};
  if (dnn.version == 91000 || dnn.version == 91001)
    return Error{"attention of cuDNN " + dnnVersionText(dnn.version) +
                 " has known bugs, install 9.10.2 or newer"};
  return DnnPlan::create(describeAttention(dnn, desc), TensorCores::Allowed,
                         keyOf(desc), cache);
}

} // namespace dtc::runtime::cuda
