//===- Strategy.h - Placements of one op from its rule ----------*- C++ -*-===//
//
// The generic code behind every op's sharding rule: what is legal, what follows
// from given operand placements, and what the eager policy picks.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_SHARDING_STRATEGY_H
#define DTC_SHARDING_STRATEGY_H

#include "dtc/Sharding/Redistribution.h"

namespace dtc {

/// Placements of all operands and results of one op.
struct Strategy {
  std::vector<Placements> operands;
  std::vector<Placements> results;
  /// Cost of redistributing the operands to it, microseconds.
  double cost = 0;
};

/// Checks a fully placed op against its rule: success, or an error such as
/// "operands disagree on factor 'k': operand 0 is split over 'tp', operand 1
/// is not". Mathematically legal placements pass, also those that the eager
/// policy never picks.
llvm::Error verifyStrategy(const ShardingRule &rule,
                           llvm::ArrayRef<TensorSpec> operands,
                           llvm::ArrayRef<TensorSpec> results,
                           const Mesh &mesh);

/// The result placements that follow when the operands are exactly as given;
/// an error when they are not legal together. Where a rule allows two results
/// the one with fewer partial axes is meant.
llvm::Expected<std::vector<Placements>>
inferResults(const ShardingRule &rule, llvm::ArrayRef<TensorSpec> operands,
             llvm::ArrayRef<TensorSpec> results, const Mesh &mesh);

/// The reference's choice for operands that are held as given: which placement
/// each operand is redistributed to, and what comes out. `results` carry
/// shapes and element sizes only. Errors are the reference's refusals (strict
/// views).
llvm::Expected<Strategy> chooseEager(const ShardingRule &rule,
                                     llvm::ArrayRef<TensorSpec> operands,
                                     llvm::ArrayRef<TensorSpec> results,
                                     const Mesh &mesh,
                                     const Topology &topology);

/// All legal strategies with at most one factor a mesh axis, all replicated
/// first, then in factor order (axis-wise cartesian product, first axis
/// slowest).
std::vector<Strategy> enumerateStrategies(const ShardingRule &rule,
                                          llvm::ArrayRef<TensorSpec> operands,
                                          llvm::ArrayRef<TensorSpec> results,
                                          const Mesh &mesh);

} // namespace dtc

#endif // DTC_SHARDING_STRATEGY_H
