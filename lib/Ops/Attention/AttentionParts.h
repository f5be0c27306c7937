//===- AttentionParts.h - Attention as products and a softmax ---*- C++ -*-===//
//
// What code generation and the gradient have in common: operands brought to
// shapes whose batch dimensions broadcast, and the weights computed from them.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_OPS_ATTENTION_ATTENTIONPARTS_H
#define DTC_OPS_ATTENTION_ATTENTIONPARTS_H

#include "dtc/IR/TensorBuilder.h"

namespace dtc {

/// The parts of one op. Where several of more than one head share a key, heads
/// are two dimensions: key heads, and the group, which keys and values repeat.
struct AttentionParts {
  /// `query` [b..., h, s, d], `key` and `value` alike.
  mlir::Value query, key, value;
  /// scale query key^T, the tanh of a capped score (or null), and the softmax
  /// of all.
  mlir::Value scores, tanh, weights;
};

/// What is added to the scores, and which queries may see no key.
struct AttentionBias {
  /// The mask and the places, of the query's element type, or null.
  mlir::Value added;
  /// True, for each row of `added`, where all of it is minus infinity; null
  /// where the compiler knows that this is nowhere.
  mlir::Value isHidden;
};
AttentionBias buildAttentionBias(TensorBuilder &b, AttentionOp op);

/// Everything up to the weights.
AttentionParts buildAttentionWeights(TensorBuilder &b, AttentionOp op);

/// A value whose heads are `query`'s, with the two dimensions of heads that
/// the parts have: the query, the result, or the gradient of either.
mlir::Value splitAttentionHeads(TensorBuilder &b, AttentionOp op,
                                mlir::Value value);

} // namespace dtc

#endif // DTC_OPS_ATTENTION_ATTENTIONPARTS_H
