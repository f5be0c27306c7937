//===- ShardingRule.h - One op's sharding rule in factors -------*- C++ -*-===//
//
// Every op declares how the dimensions of its operands and results correspond:
// a factor is one loop of the op, each tensor dimension is a product of factors
// (usually one), and a role says what splitting the factor means. From that one
// declaration generic code derives legal placements, partial-ness, propagation,
// local shapes and verification.
//
//   matmul     ([b, m, k], [b, k, n]) -> ([b, m, n])  contract = {k: sum}
//   softmax    ([i, c]) -> ([i, c])                   whole = {c}
//   embedding  ([v, d], [t]) -> ([t, d])              lookup = {v}
//
//===----------------------------------------------------------------------===//

#ifndef DTC_SHARDING_SHARDINGRULE_H
#define DTC_SHARDING_SHARDINGRULE_H

#include "dtc/Sharding/Placement.h"

namespace dtc {

/// What splitting a factor over a mesh axis means.
enum class FactorRole {
  /// Pieces are independent.
  Parallel,
  /// Summed (or otherwise reduced) away: a split leaves a partial result.
  Contract,
  /// Every rank needs all of it.
  Whole,
  /// A dimension of the result, and of the operand dimension that it is
  /// computed from through a window (convolution, pooling): a split brings each
  /// rank what its piece of the result needs of the operand.
  Window,
  /// Rows of a lookup table: a split leaves a masked partial result, and the
  /// index operand becomes a masked index.
  Lookup,
};

struct Factor {
  std::string name;
  int64_t size = 1;
  FactorRole role = FactorRole::Parallel;
  /// Contract: how the pieces combine.
  ReduceKind reduce = ReduceKind::Sum;
  /// Window: what of the operand's dimension is read; its extent is `size`.
  dtc::Window window;
  /// Contract: the operand that is read through `window`, or -1. The others
  /// have the factor itself.
  int windowOperand = -1;

  /// True when operand `index` is read through `window`.
  bool isWindowOf(int index) const {
    return role == FactorRole::Window || windowOperand == index;
  }
  bool hasWindow() const {
    return role == FactorRole::Window || windowOperand >= 0;
  }
};

/// The factors of one dimension, major to minor. Empty: the dimension has size
/// 1 by broadcasting, or cannot be split at all.
using DimFactors = llvm::SmallVector<int, 2>;

struct TensorMapping {
  llvm::SmallVector<DimFactors, 6> dims;
};

/// What a partial operand means for the result.
enum class Linearity {
  /// Partial operands must be completed first.
  None,
  /// op(sum x, sum y) = sum op(x, y): add. All operands partial, or one
  /// partial and the others converted to partial.
  Joint,
  /// Linear in each operand with the others fixed: mul, matmul. One operand
  /// partial, the others whole.
  Each,
  /// Moves or copies elements only (views, transposes): partial of any kind
  /// passes through.
  Transparent,
  /// A reduction: partial of its own kind passes through.
  SameReduce,
};

/// How the eager policy chooses among the legal placements.
enum class Selection {
  /// Follow the operand with most shards (ties: higher rank, then first), or
  /// `followedOperand` where that is given.
  Follow,
  /// Follow operand 0 (normalisations, reductions, views).
  FollowFirst,
  /// Each operand, the last first, contributes the mesh axes that none before
  /// it split (lookups: indices, then data).
  FollowEach,
  /// Enumerate one factor per mesh axis in the order of the factors, all
  /// replicated first, and take the cheapest redistribution.
  Search,
  /// Candidates are the operands' own placements; cheapest wins (concat).
  SearchOperands,
  /// Everything replicated: the op has no rule.
  Replicated,
};

struct ShardingRule {
  std::vector<Factor> factors;
  std::vector<TensorMapping> operands;
  std::vector<TensorMapping> results;
  Linearity linearity = Linearity::None;
  /// The reduction that SameReduce refers to.
  ReduceKind linearReduce = ReduceKind::Sum;
  Selection selection = Selection::Follow;
  /// False where the reference completes partial operands although the op is
  /// linear in them (matmul, division by a constant): the eager policy then
  /// does too, while the verifier accepts what is mathematically right.
  bool eagerKeepsPartial = true;
  /// The reference splits nothing here although it could: the eager policy does
  /// too, while the verifier accepts what the factors allow.
  bool eagerReplicates = false;
  /// Search: drop candidates that give some rank nothing (matmul family).
  bool dropEmptyShards = false;
  /// But not those that take operand 0 as it is held (convolutions).
  bool keepsHeldInput = false;
  /// A strict view: refuses instead of redistributing.
  bool strict = false;
  /// SearchOperands result placement: merge with priority partial, shard,
  /// replicate (stack) instead of minimum cost (concat).
  bool mergeOperands = false;
  /// A bias-like operand that follows the result of a contraction (addmm):
  /// index of the operand, or -1.
  int followsResult = -1;
  /// Follow: this operand whatever the others are (in-place ops: 0; `out=`
  /// forms: the output), or -1.
  int followedOperand = -1;
  /// The result is stored over the followed operand, so it must be placed as
  /// that is.
  bool inPlace = false;
  /// Partial operands are refused, not completed (random ops).
  bool refusesPartial = false;
  /// Operands that must be complete although the op is linear in others:
  /// indices, divisors. The index operand of a Lookup is one.
  llvm::SmallVector<int, 1> completeOperands;
  /// Operands of which only the shape matters (`ones_like`, `out=`): any
  /// placement will do, and they stay as they are.
  llvm::SmallVector<int, 1> unreadOperands;

  int addFactor(std::string name, int64_t size,
                FactorRole role = FactorRole::Parallel,
                ReduceKind reduce = ReduceKind::Sum);
  /// The declaration as in the file comment.
  std::string str() const;
};

/// A placed tensor as strategies see it.
struct TensorSpec {
  llvm::SmallVector<int64_t, 6> shape; ///< global
  int64_t elementBytes = 4;
  Placements placements;
};

} // namespace dtc

#endif // DTC_SHARDING_SHARDINGRULE_H
