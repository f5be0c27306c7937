//===- RuleBuilders.h - Rules of common shapes of ops -----------*- C++ -*-===//
//
// An op's rule from its shapes and attributes. Ops call these from their own
// folders; what an op means for placements is said there, not here.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_SHARDING_RULEBUILDERS_H
#define DTC_SHARDING_RULEBUILDERS_H

#include "dtc/Sharding/ShardingRule.h"

namespace dtc {

using Shape = llvm::ArrayRef<int64_t>;

/// NumPy broadcasting: ([i...], [i...]) -> ([i...]).
ShardingRule pointwiseRule(llvm::ArrayRef<Shape> operands, Shape result,
                           Linearity linearity);

/// A unary op that moves or keeps elements as they are (clone, cast to a wider
/// float): partial of any kind passes.
ShardingRule identityRule(Shape shape);

struct MatMulFlags {
  bool transposeLhs = false;
  bool transposeRhs = false;
};
/// ([b..., m, k], [b..., k, n]) -> ([b..., m, n]), NumPy batch broadcasting.
ShardingRule matmulRule(Shape lhs, Shape rhs, Shape result, MatMulFlags flags);

struct LinearFlags {
  bool hasBias = false;
  bool weightInOut = false;
};
/// ([i..., k], [n, k], [n]) -> ([i..., n]).
ShardingRule linearRule(Shape input, Shape weight, LinearFlags flags);

/// ([i..., n], [i..., k]) -> ([n, k]), or [k, n] with `weightInOut`.
ShardingRule linearWeightGradientRule(Shape gradient, Shape input,
                                      LinearFlags flags);

/// ([b..., k*g, s, d], [b..., k, t, d], [b..., k, t, e], mask) ->
/// ([b..., k*g, s, e]): a group of g heads for each of k; the mask broadcasts
/// to [b..., k*g, s, t]. With the sums, [b..., k*g, s, 1] is a result too, and
/// it is not linear in the values.
enum class AttentionSums { Dropped, Kept };
ShardingRule attentionRule(Shape query, Shape key, Shape value,
                           std::optional<Shape> mask, AttentionSums sums);

/// Query, key, value, result, sums, the result's gradient and the mask to the
/// gradients of the first three.
ShardingRule attentionGradientRule(Shape query, Shape key, Shape value,
                                   std::optional<Shape> mask);

/// What a reduction's pieces combine with; nullopt: they do not (std,
/// log-sum-exp), so split dimensions are gathered first.
struct ReductionFlags {
  std::optional<ReduceKind> combine;
  bool keepDims = false;
  /// False: elements change before they combine, so a partial operand does not
  /// pass (sums of absolute values).
  bool passesPartial = true;
};
ShardingRule reductionRule(Shape input, llvm::ArrayRef<int64_t> dims,
                           ReductionFlags flags);

/// One operand, one result of the same shape, the named dimensions whole.
ShardingRule wholeRule(Shape shape, llvm::ArrayRef<int64_t> wholeDims);

/// Sorting and selection along an axis: every result has the operand's shape
/// but for `axis`, which is whole. Chosen by cost, so that partial operands are
/// scattered rather than completed.
ShardingRule sortRule(Shape input, int64_t axis, int64_t numResults);

/// Operand 0 and the result share dimensions; those from `axis` on are whole.
/// The other operands have the shape of the dimensions from `axis` on.
ShardingRule normalizationRule(Shape input, int64_t axis,
                               int64_t numOtherOperands);

ShardingRule transposeRule(Shape input, llvm::ArrayRef<int64_t> permutation);

struct ReshapeFlags {
  /// Refuse what would need communication.
  bool strict = false;
};
ShardingRule reshapeRule(Shape from, Shape to, ReshapeFlags flags);

/// Size-1 and missing leading dimensions are repeated.
ShardingRule broadcastRule(Shape from, Shape to);

/// Dimensions whose size differs, and `changedDims`, are whole.
ShardingRule sliceRule(Shape from, Shape to,
                       llvm::ArrayRef<int64_t> changedDims);
/// One result for each index of `axis`, which must be whole: strict.
ShardingRule unbindRule(Shape from, int64_t axis);
/// `times` copies along each dimension; missing leading ones have size 1.
ShardingRule repeatRule(Shape from, llvm::ArrayRef<int64_t> times);
ShardingRule splitRule(Shape from, llvm::ArrayRef<Shape> parts, int64_t axis);
ShardingRule concatRule(llvm::ArrayRef<Shape> parts, Shape result,
                        int64_t axis);
ShardingRule stackRule(llvm::ArrayRef<Shape> parts, Shape result, int64_t axis);
/// Padding with zeros: the rule of a slice, but the eager policy gathers every
/// placement, as the reference does.
ShardingRule padRule(Shape from, Shape to, llvm::ArrayRef<int64_t> changedDims);

/// ([v, d], [t...]) -> ([t..., d])  lookup = {v}.
ShardingRule embeddingRule(Shape weight, Shape indices);
/// ([t..., d...], [t...]) -> ([v, d...]): slices summed into rows. A split of
/// the rows is legal, but for the user of the result to ask for.
ShardingRule embeddingGradientRule(Shape gradient, Shape indices, int64_t rows);
/// data[i..., indices[t...], j...] -> [i..., t..., j...].
ShardingRule gatherRule(Shape data, Shape indices, int64_t axis);
ShardingRule gatherElementsRule(Shape data, Shape indices, int64_t axis);
/// Batch dimensions and trailing slices may be split.
ShardingRule gatherNdRule(Shape data, Shape indices, Shape result,
                          int64_t batchDims);

/// ([i..., x], [i..., t], [i..., t]) -> ([i..., x]): data with updates written,
/// or joined by `combine`, at places along an axis. Dimensions in which data
/// and indices have one size may be split, but the eager policy does so only
/// where updates are added.
ShardingRule scatterElementsRule(Shape data, Shape indices, int64_t axis,
                                 std::optional<ReduceKind> combine);
/// ([x..., s...], [t..., n], [t..., s...]) -> ([x..., s...]): slices written,
/// or joined, at index tuples.
ShardingRule scatterNdRule(Shape data, Shape indices,
                           std::optional<ReduceKind> combine);

struct ConvolutionShape {
  int64_t groups = 1;
  bool hasBias = false;
  llvm::SmallVector<int64_t, 3> strides, dilations, padsBegin, padsEnd;
};
/// ([n, c, s...], [o, c, k...], [o]) -> ([n, o, s...]).
ShardingRule convolutionRule(Shape input, Shape weight, Shape result,
                             const ConvolutionShape &convolution);

/// ([n, c, s...], [c, o, k...], [o]) -> ([n, o, s...]), the weight's groups in
/// its first dimension.
ShardingRule transposedConvolutionRule(Shape input, Shape weight, Shape result,
                                       const ConvolutionShape &convolution);

/// ([n, c, s...], [n, o, s...]) -> ([o, c, k...]), the input read by windows.
ShardingRule convolutionWeightGradientRule(Shape input, Shape gradient,
                                           Shape kernel,
                                           const ConvolutionShape &convolution);

struct WindowShape {
  llvm::SmallVector<int64_t, 3> kernel, strides, dilations, padsBegin, padsEnd;
};
/// ([n, c, s...]) -> ([n, c, s...]), spatial dimensions by windows.
ShardingRule poolingRule(Shape input, Shape result, const WindowShape &window);

/// ([n, c, s...], [n, c, s...]) -> ([n, c, s...]): gradients and places of
/// maxima, spread over windows; linear in the gradients.
ShardingRule maxPoolGradientRule(Shape gradient, Shape result,
                                 const WindowShape &window);

/// Result position p of `axis` is computed from the input at `positions`, of
/// which each has equally many: by a window.
ShardingRule resampleRule(Shape input, Shape result, int64_t axis,
                          llvm::ArrayRef<int64_t> positions);

/// A value that takes only shape and placement from its operand (`ones_like`):
/// the operand is not read; where it is partial the result is replicated.
ShardingRule likeRule(Shape shape);

struct PlaceLikeFlags {
  /// The value is stored over the target, which stays placed as it is.
  bool inPlace = false;
};
/// A value and a target that it broadcasts to; the result is the value, placed
/// as the target is.
ShardingRule placeLikeRule(Shape value, Shape target, PlaceLikeFlags flags);

/// Elementwise random ops: any split, partial operands are refused.
ShardingRule randomRule(Shape shape);

/// A value without operands: any placement but partial.
ShardingRule sourceRule(Shape result);

/// No rule: everything replicated.
ShardingRule replicatedRule(llvm::ArrayRef<Shape> operands,
                            llvm::ArrayRef<Shape> results);

} // namespace dtc

#endif // DTC_SHARDING_RULEBUILDERS_H
