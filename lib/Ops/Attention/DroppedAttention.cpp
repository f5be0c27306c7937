//===- DroppedAttention.cpp - Attention with dropout ----------------------===//

#include "DroppedAttention.h"

#include "../Random/DropoutImport.h"

#include <limits>

using namespace mlir;
using namespace dtc;

/// True where query i may see key j: j <= i. As torch has it, also where there
/// are more keys than queries.
static Value causalMask(TorchNode &node, int64_t queries, int64_t keys) {
  if (queries > (1 << 22) || keys > (1 << 22))
    return node.error("expected at most 2^22 queries and keys");
  auto count = [](int64_t n) {
    return HostTensor::ofIntegers(llvm::to_vector(llvm::seq<int64_t>(0, n)));
  };
  return node.create<LessEqualOp>(
      node.constant(count(keys).reshaped({1, keys})),
      node.constant(count(queries).reshaped({queries, 1})));
}

/// 0 where the condition holds, else -infinity.
static Value asBias(TorchNode &node, Value condition, Type type) {
  double infinity = std::numeric_limits<double>::infinity();
  return node.create<SelectOp>(condition, node.scalar(0, type),
                               node.scalar(-infinity, type));
}

/// True for queries that may see no key at all, [..., queries, 1]; null when
/// the compiler knows that there are none.
static Value findHidden(TorchNode &node, Value bias) {
  int64_t rank = node.rank(bias);
  if (rank == 0)
    return {};
  double infinity = std::numeric_limits<double>::infinity();
  Value largest = node.create<ReduceMaxOp>(bias, ArrayRef<int64_t>(rank - 1),
                                           /*keepDims=*/true);
  Value isHidden =
      node.create<EqualOp>(largest, node.scalar(-infinity, node.element(bias)));
  const HostTensor *known = node.known(isHidden);
  bool hasNone = known != nullptr;
  for (int64_t i = 0; known && i < known->size(); ++i)
    hasNone &= known->getInt(i) == 0;
  return hasNone ? Value() : isHidden;
}

Value dtc::attendWithDropout(TorchNode &node, const DroppedAttention &o) {
  Type type = node.element(o.query);
  int64_t rank = node.rank(o.query);
  int64_t queries = node.shape(o.query)[rank - 2];
  int64_t keys = node.shape(o.key)[rank - 2];
  Value scores =
      node.create<MulOp>(node.create<MatMulOp>(o.query, o.key, false, true),
                         node.scalar(o.scale, type));
  Value bias;
  if (o.isCausal)
    bias = asBias(node, causalMask(node, queries, keys), type);
  if (Value mask = o.mask) {
    if (node.element(mask).isInteger(1))
      mask = asBias(node, mask, type);
    bias = bias ? node.create<AddOp>(bias, mask) : mask;
  }
  if (bias)
    scores = node.create<AddOp>(scores, node.cast(bias, type));
  Value weights = node.create<SoftmaxOp>(scores, rank - 1);
  if (weights)
    weights = dropElements(node, weights, o.ratio)[0];
  Value result = node.create<MatMulOp>(weights, o.value);
  // A query that sees nothing gets zeros, not the softmax's NaN.
  if (Value isHidden = bias ? findHidden(node, bias) : Value())
    result = node.create<SelectOp>(isHidden, node.scalar(0, type), result);
  return result;
}
