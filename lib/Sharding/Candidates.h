//===- Candidates.h - Priced strategies and the choice among them -*- C++ -*-=//

#ifndef DTC_LIB_SHARDING_CANDIDATES_H
#define DTC_LIB_SHARDING_CANDIDATES_H

#include "FactorMapping.h"

namespace dtc {

/// The uses that one mesh axis may have when an op is searched: none, then each
/// splittable factor in order.
std::vector<AxisUse> factorUses(const ShardingRule &rule);

/// All combinations of one of `uses` an axis, the first axis slowest, that the
/// op can express. `uses` begins with none, the only use of an axis of one
/// rank.
std::vector<Strategy> combineUses(const ShardingRule &rule,
                                  llvm::ArrayRef<AxisUse> uses,
                                  llvm::ArrayRef<TensorSpec> operands,
                                  const Mesh &mesh);

/// Sets the strategy's cost: what bringing the operands to it takes.
void priceStrategy(Strategy &strategy, const ShardingRule &rule,
                   llvm::ArrayRef<TensorSpec> operands, const Mesh &mesh,
                   const Topology &topology);

/// True when some sharded dimension of an operand has fewer elements than
/// shards.
bool leavesRanksEmpty(const Strategy &strategy,
                      llvm::ArrayRef<TensorSpec> operands, const Mesh &mesh);

/// The index of the reference's choice among priced strategies: the most
/// negative cost; else the last free one that changes no placement; else the
/// first free one; else the first cheapest. `strategies` is not empty.
size_t selectStrategy(llvm::ArrayRef<Strategy> strategies,
                      llvm::ArrayRef<TensorSpec> operands, const Mesh &mesh);

} // namespace dtc

#endif // DTC_LIB_SHARDING_CANDIDATES_H
