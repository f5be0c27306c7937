//===- DnnAttention.cpp - Attention by cuDNN ------------------------------===//
//
// cuDNN has one kernel for attention, which it recognises by its graph: a
// product, a scale, what is added or hidden, a softmax spelled out in
// reductions, and a product. The logarithm of the softmax's sum belongs to the
// pattern, though only the gradient reads it. All between the products is f32,
// but for the weights, which are of the operands' type.
//===----------------------------------------------------------------------===//

#include "DnnAttentionGraph.h"
#include <cfloat>
#include <cmath>

namespace dtc::runtime::cuda {
namespace {

/// Rows begin at multiples of this many bytes.
constexpr int64_t kAlignment = 16;
constexpr size_t kRank = 4;

/// The softmax of the scores' rows, of the operands' type; `logarithms` gets
/// those of the rows' sums.
Handle softmax(AttentionGraph &graph, Handle scores, Handle logarithms) {
  Handle largest = graph->between(kDnnF32, graph.rows);
  Handle sum = graph->between(kDnnF32, graph.rows);
  Handle logarithm = graph->between(kDnnF32, graph.rows);
  Handle weights = graph->between(graph.type, graph.shape);
  graph->reduce(kDnnMax, largest, scores);
  Handle lowered = graph.pointwise(kDnnSubtract, scores, largest);
  Handle power = graph.pointwise(kDnnExp, lowered);
  graph->reduce(kDnnSum, sum, power);
  graph->pointwise(kDnnLog, logarithm, sum);
  graph->pointwise(kDnnAdd, logarithms, largest, logarithm);
  graph->pointwise(kDnnDivide, weights, power, sum);
  return weights;
}

} // namespace

//===----------------------------------------------------------------------===//
// What attention and its gradient share
//===----------------------------------------------------------------------===//

Extents four(const int64_t (&values)[4]) { return Extents(values, values + 4); }

Extents transposed(Extents values) {
  std::swap(values[kRank - 2], values[kRank - 1]);
  return values;
}

AttentionGraph::AttentionGraph(const Dnn &dnnOf, const dtc_attention &descOf)
    : shape(four(descOf.query_shape)),
      type(descOf.dtype == DTC_F16 ? kDnnF16 : kDnnBf16), dnn(dnnOf),
      desc(descOf), graph(std::make_unique<DnnGraph>(dnnOf)) {
  rows = shape;
  rows.back() = 1;
  shape.back() = desc.key_shape[2];
  scale = graph->scalar(desc.scale, kRank);
}

Handle AttentionGraph::tensor(AttentionTensor id, const Extents &extents,
                              const Extents &strides) {
  return graph->tensor(static_cast<int64_t>(id), type, extents, strides,
                       kAlignment);
}

Handle AttentionGraph::sums() {
  return graph->tensor(static_cast<int64_t>(AttentionTensor::Sums), kDnnF32,
                       rows, denseStrides(rows), kAlignment);
}

Handle AttentionGraph::pointwise(DnnPointwiseMode mode, Handle first,
                                 Handle second) {
  Handle result = graph->between(kDnnF32, shape);
  graph->pointwise(mode, result, first, second);
  return result;
}

Handle AttentionGraph::scores(Handle query, Handle keys) {
  Handle raw = graph->between(kDnnF32, shape);
  graph->multiply(raw, query, keys);
  Handle scaled = pointwise(kDnnMultiply, raw, scale);
  if (!desc.has_mask)
    return scaled;
  return pointwise(kDnnAdd, scaled,
                   tensor(AttentionTensor::Mask, four(desc.mask_shape),
                          four(desc.mask_strides)));
}

/// Before 9.10 cuDNN wants the lowest number instead of minus infinity, which
/// does the same as each row has a key that it sees.
Handle AttentionGraph::hideLaterKeys(Handle scores) {
  if (!desc.is_causal)
    return scores;
  constexpr size_t firstWithInfinity = 91000;
  Handle row = graph->between(kDnnI32, shape);
  Handle column = graph->between(kDnnI32, shape);
  Handle isSeen = graph->between(kDnnBool, shape);
  Handle seen = graph->between(kDnnF32, shape);
  graph->index(row, scores, 2);
  graph->index(column, scores, 3);
  graph->greaterEqual(isSeen, row, column);
  float hidden = dnn.version < firstWithInfinity ? -FLT_MAX : -INFINITY;
  graph->select(seen, isSeen, scores, graph->scalar(hidden, kRank));
  return seen;
}

std::string attentionText(const dtc_attention &desc) {
  std::string text =
      " " + std::to_string(desc.dtype) + " " + std::to_string(desc.is_causal) +
      " " + std::to_string(desc.has_mask) + " " + std::to_string(desc.has_sums);
  for (const auto *list :
       {&desc.query_shape, &desc.query_strides, &desc.key_shape,
        &desc.key_strides, &desc.value_shape, &desc.value_strides,
        &desc.result_strides, &desc.mask_shape})
    for (int64_t number : *list)
      text += " " + std::to_string(number);
  return text;
}

Status checkAttention(const Dnn &dnn, const dtc_attention &desc) {
  if (desc.dtype != DTC_F16 && desc.dtype != DTC_BF16)
    return Error{"attention: expected f16 or bf16, got type " +
                 std::to_string(desc.dtype)};
  if (dnn.version == 91000 || dnn.version == 91001)
    return Error{"attention of cuDNN " + versionText(dnn.version) +
                 " has known bugs, install 9.10.2 or newer"};
  return Done{};
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

std::unique_ptr<DnnGraph> describeAttention(const Dnn &dnn,
                                            const dtc_attention &desc) {
  AttentionGraph graph(dnn, desc);
  Handle query = graph.tensor(AttentionTensor::Query, four(desc.query_shape),
                              four(desc.query_strides));
  Handle keys =
      graph.tensor(AttentionTensor::Key, transposed(four(desc.key_shape)),
                   transposed(four(desc.key_strides)));
  Handle value = graph.tensor(AttentionTensor::Value, four(desc.value_shape),
                              four(desc.value_strides));
  Handle result = graph.tensor(AttentionTensor::Result, four(desc.result_shape),
                               four(desc.result_strides));
  Handle scores = graph.hideLaterKeys(graph.scores(query, keys));
  Handle logarithms =
      desc.has_sums ? graph.sums() : graph->between(kDnnF32, graph.rows);
  graph->multiply(result, softmax(graph, scores, logarithms), value);
  return graph.take();
}

Result<std::unique_ptr<DnnPlan>> planAttention(const Dnn &dnn,
                                               const dtc_attention &desc,
                                               AlgorithmCache &cache) {
  if (auto status = checkAttention(dnn, desc); !status)
    return status.error();
  return DnnPlan::create(describeAttention(dnn, desc), TensorCores::Allowed,
                         "attention" + attentionText(desc), cache);
}

} // namespace dtc::runtime::cuda
