//===- AttentionParts.h - Attention as products and a softmax ---*- C++ -*-===//
//
// What attention, its gradient and their code have in common: operands brought
// to shapes whose batch dimensions broadcast, and the weights computed from
// them.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_OPS_ATTENTION_ATTENTIONPARTS_H
#define DTC_OPS_ATTENTION_ATTENTIONPARTS_H

#include "dtc/IR/TensorBuilder.h"

namespace dtc {

/// What attention and its gradient are told alike.
struct AttentionInputs {
  mlir::Value query, key, value, mask; ///< the mask may be null
  double scale;
  std::optional<double> softcap;
  mlir::IntegerAttr before, after; ///< null where there is no limit

  /// Query heads that share a key head; 1 where there are no heads.
  int64_t getGroup() const;
  /// The keys that row `row` may see by its place: [first, second).
  std::pair<int64_t, int64_t> getVisibleKeys(int64_t row) const;
};
AttentionInputs inputsOf(AttentionOp op);
AttentionInputs inputsOf(AttentionGradientOp op);

/// The parts of one op. Where several of more than one head share a key, heads
/// are two dimensions: key heads, and the group, which keys and values repeat.
struct AttentionParts {
  /// `query` [b..., h, s, d], `key` and `value` alike.
  mlir::Value query, key, value;
  /// scale query key^T, the tanh of a capped score (or null), and the softmax
  /// of all.
  mlir::Value scores, tanh, weights;
  /// The scores without what is added to them, and what AttentionBias says of
  /// rows that see nothing, for the parts' heads.
  mlir::Value bare, isHidden;
};

/// What is added to the scores, and which queries may see no key.
struct AttentionBias {
  /// The mask and the places, of the query's element type, or null.
  mlir::Value added;
  /// True, for each row of `added`, where all of it is minus infinity; null
  /// where the compiler knows that this is nowhere.
  mlir::Value isHidden;
};
AttentionBias buildAttentionBias(TensorBuilder &b,
                                 const AttentionInputs &inputs);

/// Everything up to the weights.
AttentionParts buildAttentionWeights(TensorBuilder &b,
                                     const AttentionInputs &inputs);

/// A value whose heads are `query`'s, with the two dimensions of heads that
/// the parts have: the query, the result, or the gradient of either.
mlir::Value splitAttentionHeads(TensorBuilder &b, const AttentionInputs &inputs,
                                mlir::Value value);

/// True where libraries that have attention have this one: one element type of
/// theirs, rows of a multiple of 8 and at most 128 elements, no cap.
bool fitsLibrary(const AttentionInputs &inputs);
/// The same of its gradient.
bool gradientFitsLibrary(const AttentionInputs &inputs);

} // namespace dtc

#endif // DTC_OPS_ATTENTION_ATTENTIONPARTS_H
