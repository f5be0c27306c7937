//===- Candidates.cpp - Priced strategies and the choice among them -------===//
//
// 1. Every mesh axis gets one use: none, or a factor, in the rule's order.
// 2. The combinations over all axes, the first axis slowest, are strategies;
//    those that a tensor cannot express drop out.
// 3. A strategy costs the sum of its operands' redistributions.
// 4. Ties are broken by position, as `selectStrategy` says.
//
//===----------------------------------------------------------------------===//

#include "Candidates.h"

#include "llvm/ADT/STLExtras.h"

using namespace dtc;

std::vector<AxisUse> dtc::factorUses(const ShardingRule &rule) {
  std::vector<AxisUse> uses{AxisUse::none()};
  if (rule.selection == Selection::Replicated)
    return uses;
  // What no operand has only the user of the result could want split.
  auto isRead = [&](int factor) {
    return llvm::any_of(rule.operands, [&](const TensorMapping &operand) {
      return findFactor(operand, factor) >= 0;
    });
  };
  for (auto [index, factor] : llvm::enumerate(rule.factors))
    if (isSplittable(factor) && isRead(static_cast<int>(index)))
      uses.push_back(AxisUse::split(static_cast<int>(index)));
  return uses;
}

std::vector<Strategy> dtc::combineUses(const ShardingRule &rule,
                                       llvm::ArrayRef<AxisUse> uses,
                                       llvm::ArrayRef<TensorSpec> operands,
                                       const Mesh &mesh) {
  std::vector<Strategy> strategies;
  llvm::SmallVector<size_t, 4> position(mesh.axes.size(), 0);
  // A split over one rank is no split: such axes do not multiply candidates.
  auto numUses = [&](size_t axis) {
    return mesh.size(axis) == 1 ? size_t(1) : uses.size();
  };
  while (true) {
    AxisUses combination;
    for (size_t choice : position)
      combination.push_back(uses[choice]);
    int failedAxis = -1;
    Strategy strategy =
        buildStrategy(rule, combination, operands, mesh, failedAxis);
    if (failedAxis < 0)
      strategies.push_back(std::move(strategy));
    size_t axis = position.size();
    while (axis > 0 && ++position[axis - 1] == numUses(axis - 1))
      position[--axis] = 0;
    if (axis == 0)
      return strategies;
  }
}

void dtc::priceStrategy(Strategy &strategy, const ShardingRule &rule,
                        llvm::ArrayRef<TensorSpec> operands, const Mesh &mesh,
                        const Topology &topology) {
  auto costOf = [&](size_t index) {
    TensorSpec spec = operands[index];
    spec.placements = placementsOf(spec, mesh);
    return redistributionCost(spec, strategy.operands[index], mesh, topology);
  };
  // The reference's bias comes first; the order of the sum decides ties.
  strategy.cost = 0;
  if (rule.followsResult >= 0)
    strategy.cost += costOf(rule.followsResult);
  for (size_t i = 0; i < operands.size(); ++i)
    if (static_cast<int>(i) != rule.followsResult)
      strategy.cost += costOf(i);
}

bool dtc::leavesRanksEmpty(const Strategy &strategy,
                           llvm::ArrayRef<TensorSpec> operands,
                           const Mesh &mesh) {
  for (auto [spec, placements] : llvm::zip(operands, strategy.operands))
    for (auto [dim, extent] : llvm::enumerate(spec.shape)) {
      int64_t shards = numShards(dim, placements, mesh);
      if (shards > 1 && extent < shards)
        return true;
    }
  return false;
}

static bool changesNothing(const Strategy &strategy,
                           llvm::ArrayRef<TensorSpec> operands,
                           const Mesh &mesh) {
  for (auto [spec, placements] : llvm::zip(operands, strategy.operands))
    if (placementsOf(spec, mesh) != placements)
      return false;
  return true;
}

size_t dtc::selectStrategy(llvm::ArrayRef<Strategy> strategies,
                           llvm::ArrayRef<TensorSpec> operands,
                           const Mesh &mesh) {
  std::optional<size_t> unchanged, firstFree;
  size_t cheapest = 0;
  for (auto [index, strategy] : llvm::enumerate(strategies)) {
    if (strategy.cost < strategies[cheapest].cost)
      cheapest = index;
    if (strategy.cost != 0)
      continue;
    if (changesNothing(strategy, operands, mesh))
      unchanged = index;
    else if (!firstFree)
      firstFree = index;
  }
  if (strategies[cheapest].cost < 0)
    return cheapest;
  if (unchanged)
    return *unchanged;
  return firstFree ? *firstFree : cheapest;
}
