//===- AttentionFromTorch.cpp - Attention of ATen -------------------------===//
//
// Operands of two dimensions are one head, and batch dimensions broadcast.
//
//===----------------------------------------------------------------------===//

#include "DroppedAttention.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace dtc;

/// Repeats each head for the query heads that share it.
static Value repeatHeads(TorchNode &node, Value value, int64_t queryHeads) {
  SmallVector<int64_t> shape(node.shape(value));
  size_t dim = shape.size() - 3;
  if (shape[dim] == queryHeads)
    return value;
  SmallVector<int64_t> grouped(shape);
  grouped.insert(grouped.begin() + dim + 1, queryHeads / shape[dim]);
  shape[dim] = queryHeads;
  return node.reshape(node.broadcast(node.unsqueeze(value, dim + 1), grouped),
                      shape);
}

/// The value with the batch dimensions `batch` and `heads` heads; extents that
/// are not 1 must be those.
static Value broadcastTo(TorchNode &node, Value value, ArrayRef<int64_t> batch,
                         int64_t heads) {
  SmallVector<int64_t> shape(batch);
  shape.push_back(heads);
  llvm::append_range(shape, node.shape(value).take_back(2));
  return node.shape(value) == ArrayRef<int64_t>(shape)
             ? value
             : node.broadcast(value, shape);
}

static int64_t heads(TorchNode &node, Value value) {
  return *(node.shape(value).end() - 3);
}

namespace {
struct Operands {
  Value query, key, value;
};
} // namespace

/// Brings the operands to what the op takes.
static Operands matchShapes(TorchNode &node, Operands o, bool isGrouped) {
  size_t head = node.rank(o.query) - 3;
  auto heads = [&](Value value) { return node.shape(value)[head]; };
  SmallVector<int64_t> batch(node.shape(o.query).take_front(head));
  for (Value value : {o.key, o.value})
    for (size_t dim = 0; dim < head; ++dim)
      if (batch[dim] == 1)
        batch[dim] = node.shape(value)[dim];
  int64_t keyHeads = heads(o.key) == 1 ? heads(o.value) : heads(o.key);
  int64_t queryHeads = heads(o.query) == 1 ? keyHeads : heads(o.query);
  if (isGrouped)
    for (Value value : {o.key, o.value})
      if (heads(value) == 0 || queryHeads % heads(value) != 0) {
        node.error("expected query heads in a multiple of the " +
                   Twine(heads(value)) + " key and value heads, got " +
                   Twine(queryHeads));
        return {};
      }
  if (isGrouped && heads(o.key) != heads(o.value)) {
    o.key = repeatHeads(node, o.key, queryHeads);
    o.value = repeatHeads(node, o.value, queryHeads);
    keyHeads = queryHeads;
  }
  if (!isGrouped && keyHeads != 1)
    keyHeads = queryHeads;
  return {broadcastTo(node, o.query, batch, queryHeads),
          broadcastTo(node, o.key, batch, keyHeads),
          broadcastTo(node, o.value, batch, keyHeads)};
}

static Value attend(TorchNode &node, const Operands &o, Value mask,
                    double scale, bool isCausal) {
  // As torch has it, also where there are more keys than queries.
  auto after = IntegerAttr::get(IntegerType::get(node.getContext(), 64), 0);
  return node.create<AttentionOp>(
      o.query, o.key, o.value, mask,
      FloatAttr::get(Float64Type::get(node.getContext()), scale), FloatAttr(),
      IntegerAttr(), isCausal ? after : IntegerAttr(), UnitAttr());
}

static NodeResults importAttention(TorchNode &node) {
  Operands o{node.tensor("query"), node.tensor("key"), node.tensor("value")};
  Value mask = node.optionalTensor("attn_mask");
  bool isCausal = node.flag("is_causal", false);
  bool isGrouped = node.flag("enable_gqa", false);
  double dropped = node.real("dropout_p", 0);
  if (!(dropped >= 0 && dropped <= 1))
    node.error("argument 'dropout_p': expected a probability from 0 to 1");
  int64_t rank = node.rank(o.query);
  if (node.failed())
    return {};
  if (rank < 2 || node.rank(o.key) != rank || node.rank(o.value) != rank)
    return {node.error("expected operands of one rank of 2 or more")};
  double scale = node.real(
      "scale", 1 / std::sqrt(static_cast<double>(node.shape(o.query).back())));
  if (rank == 2)
    for (Value *value : {&o.query, &o.key, &o.value})
      *value = node.unsqueeze(*value, 0);
  o = matchShapes(node, o, isGrouped);
  if (node.failed() || !o.query || !o.key || !o.value)
    return {};
  if (mask && !node.element(mask).isInteger(1))
    mask = node.cast(mask, node.element(o.query));
  Value result =
      dropped == 0
          ? attend(node, o, mask, scale, isCausal)
          : attendWithDropout(
                node, {o.query, repeatHeads(node, o.key, heads(node, o.query)),
                       repeatHeads(node, o.value, heads(node, o.query)), mask,
                       isCausal, scale, dropped});
  if (rank == 2 && result)
    result = node.reshape(result, node.shape(result).drop_front());
  return {result};
}

void dtc::registerAttentionTorchImporters(TorchImporters &importers) {
  importers.add("aten.scaled_dot_product_attention.default", importAttention);
  importers.add("aten._scaled_dot_product_flash_attention_for_cpu.default",
                importAttention);
}
