//===- Eager.cpp - The reference's choice for one op ----------------------===//
//
// The rule's selection says where the decision about each mesh axis comes from:
// - Follow, FollowFirst: the placements of one operand, read as factors;
// - FollowEach: those of all operands, the last first;
// - Search, SearchOperands: the cheapest of some candidates;
// - Replicated: nothing is split.
// Followed placements are then adjusted:
// 1. drop splits that the op's role for the factor forbids (a strict op refuses
//    instead), and partial values that the policy completes;
// 2. build the strategy; while a tensor cannot express an axis, drop that axis;
// 3. drop partial axes that another operand cannot be brought to, and those
//    that must be completed before another one.
// Last, an in-place op must leave operand 0 as it was, and every operand must
// have a way to its placement.
//
//===----------------------------------------------------------------------===//

#include "Candidates.h"

#include "dtc/Sharding/Redistribution.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace dtc;

namespace {
/// One op whose placements are being decided.
struct EagerChoice {
  const ShardingRule &rule;
  llvm::ArrayRef<TensorSpec> operands;
  const Mesh &mesh;
  const Topology &topology;

  llvm::Expected<Strategy> choose();
  llvm::Error checkReachable(const Strategy &strategy) const;

private:
  llvm::Expected<Strategy> followOperand(int index);
  llvm::Expected<Strategy> followEach();
  llvm::Expected<Strategy> followMerged();
  Strategy search();
  llvm::Expected<Strategy> searchOperands();

  AxisUses read(int index) const;
  llvm::Error dropForbidden(AxisUses &uses, llvm::ArrayRef<Placement> held,
                            int index) const;
  bool keepsPartial(const Placement &partial) const;
  llvm::Expected<Strategy> settle(AxisUses uses,
                                  llvm::ArrayRef<Placement> held);
  llvm::Error refuse(int factor, llvm::ArrayRef<Placement> held,
                     int axis) const;
  Strategy replicated() const;
  int mostSharded() const;
};
} // namespace

//===----------------------------------------------------------------------===//
// Refusals of strict ops
//===----------------------------------------------------------------------===//

/// Why a strict op cannot take the split of `factor` on `axis`.
llvm::Error EagerChoice::refuse(int factor, llvm::ArrayRef<Placement> held,
                                int axis) const {
  std::string dim = std::to_string(held[axis].dim);
  std::string tail = "; it cannot be performed without redistribution, which "
                     "this op does not do: redistribute its operand first";
  if (factor < 0)
    return llvm::createStringError("attempted to split the sharded dimension " +
                                   dim + " into multiple dimensions" + tail);
  if (!isSplittable(rule.factors[factor]))
    return llvm::createStringError("attempted to take apart the sharded "
                                   "dimension " +
                                   dim + tail);
  for (const TensorMapping &result : rule.results) {
    int target = findFactor(result, factor);
    if (target >= 0 && result.dims[target].front() == factor)
      return llvm::createStringError("attempted to flatten the unevenly "
                                     "sharded dimension " +
                                     dim + tail);
  }
  return llvm::createStringError("attempted to flatten multiple dimensions, "
                                 "with dimension " +
                                 dim + " being sharded" + tail);
}

//===----------------------------------------------------------------------===//
// From held placements to uses
//===----------------------------------------------------------------------===//

AxisUses EagerChoice::read(int index) const {
  return readPlacements(rule, rule.operands[index],
                        placementsOf(operands[index], mesh), mesh, index);
}

bool EagerChoice::keepsPartial(const Placement &partial) const {
  if (!isLinearIn(rule, partial) || !rule.eagerKeepsPartial)
    return false;
  return rule.linearity != Linearity::SameReduce ||
         partial.reduce == rule.linearReduce;
}

/// The factor of the result dimension above a broadcast dimension `dim` of an
/// operand of rank `rank`, or -1.
static int factorAbove(const ShardingRule &rule, int64_t dim, int64_t rank) {
  if (rule.selection != Selection::Follow || rule.results.empty())
    return -1;
  const auto &dims = rule.results[0].dims;
  int64_t above = static_cast<int64_t>(dims.size()) - rank + dim;
  if (above < 0 || above >= static_cast<int64_t>(dims.size()) ||
      dims[above].size() != 1)
    return -1;
  return dims[above].front();
}

/// Step 1 of the adjustment; `uses` were read from operand `index`, which is
/// held as `held`.
llvm::Error EagerChoice::dropForbidden(AxisUses &uses,
                                       llvm::ArrayRef<Placement> held,
                                       int index) const {
  // A reduction of another kind of partial value, or of unequal pieces, is not
  // linear: then nothing of the reduced dimensions may stay apart.
  bool whole = false;
  if (rule.linearity == Linearity::SameReduce ||
      rule.linearity == Linearity::None)
    whole = unevenAverage(rule, uses, mesh) >= 0 ||
            llvm::any_of(uses, [&](const AxisUse &use) {
              return use.isPartial() && !keepsPartial(use.partial);
            });
  const TensorMapping &tensor = rule.operands[index];
  for (auto [axis, use] : llvm::enumerate(uses)) {
    if (use.kind == AxisUse::Kind::Unmapped) {
      bool hasFactors = !tensor.dims[held[axis].dim].empty();
      if (rule.strict && hasFactors)
        return refuse(-1, held, axis);
      int factor = hasFactors
                       ? -1
                       : factorAbove(rule, held[axis].dim, tensor.dims.size());
      use = factor < 0 ? AxisUse::none() : AxisUse::split(factor);
    }
    if (use.isSplit()) {
      const Factor &factor = rule.factors[use.factor];
      if (rule.strict && !isSplittable(factor))
        return refuse(use.factor, held, axis);
      if (!isSplittable(factor) || factor.role == FactorRole::Lookup ||
          (whole && factor.role == FactorRole::Contract))
        use = AxisUse::none();
    } else if (use.isPartial() && (whole || !keepsPartial(use.partial))) {
      use = AxisUse::none();
    }
  }
  return llvm::Error::success();
}

/// True when redistribution can bring `from` to the partial placement `to`.
static bool canBecome(const Placement &from, const Placement &to) {
  return from == to ||
         (from.isReplicate() && !to.isPartial(ReduceKind::Product) &&
          !to.isMaskPartial());
}

/// Where an axis completes, so do those behind it that are partial of a kind
/// that must complete first.
static void dropUnordered(AxisUses &uses, llvm::ArrayRef<Placement> held) {
  for (size_t axis = 0; axis < uses.size(); ++axis) {
    if (!held[axis].isPartial() || uses[axis].isPartial())
      continue;
    for (size_t inner = axis + 1; inner < uses.size(); ++inner)
      if (uses[inner].isPartial() &&
          !completeInAnyOrder(held[axis], uses[inner].partial))
        uses[inner] = AxisUse::none();
  }
}

/// Steps 2 and 3 of the adjustment.
llvm::Expected<Strategy> EagerChoice::settle(AxisUses uses,
                                             llvm::ArrayRef<Placement> held) {
  for (auto [axis, use] : llvm::enumerate(uses))
    if (use.isPartial() && (rule.linearity == Linearity::Joint ||
                            rule.linearity == Linearity::Transparent))
      for (auto [index, spec] : llvm::enumerate(operands)) {
        int position = static_cast<int>(index);
        if (llvm::is_contained(rule.completeOperands, position) ||
            llvm::is_contained(rule.unreadOperands, position))
          continue;
        if (!canBecome(placementsOf(spec, mesh)[axis], use.partial)) {
          use = AxisUse::none();
          break;
        }
      }
  dropUnordered(uses, held);
  while (true) {
    int failedAxis = -1;
    Strategy strategy = buildStrategy(rule, uses, operands, mesh, failedAxis);
    if (failedAxis < 0)
      return strategy;
    if (rule.strict && uses[failedAxis].isSplit())
      return refuse(uses[failedAxis].factor, held, failedAxis);
    uses[failedAxis] = AxisUse::none();
  }
}

//===----------------------------------------------------------------------===//
// Selections
//===----------------------------------------------------------------------===//

/// The operand with most shards; of equal ones the highest rank, then the
/// first.
int EagerChoice::mostSharded() const {
  int best = 0;
  int64_t bestShards = -1, bestRank = -1;
  for (auto [index, spec] : llvm::enumerate(operands)) {
    int64_t shards = 1, rank = static_cast<int64_t>(spec.shape.size());
    for (auto [axis, placement] : llvm::enumerate(placementsOf(spec, mesh)))
      if (placement.isShard())
        shards *= mesh.size(axis);
    if (shards > bestShards || (shards == bestShards && rank > bestRank)) {
      best = static_cast<int>(index);
      bestShards = shards;
      bestRank = rank;
    }
  }
  return best;
}

llvm::Expected<Strategy> EagerChoice::followOperand(int index) {
  Placements held = placementsOf(operands[index], mesh);
  AxisUses uses = read(index);
  if (llvm::Error error = dropForbidden(uses, held, index))
    return std::move(error);
  return settle(std::move(uses), held);
}

llvm::Expected<Strategy> EagerChoice::followEach() {
  AxisUses merged(mesh.axes.size());
  Placements held = mesh.allReplicate();
  for (size_t index = operands.size(); index-- > 0;) {
    Placements own = placementsOf(operands[index], mesh);
    AxisUses uses = read(index);
    if (llvm::Error error = dropForbidden(uses, own, index))
      return std::move(error);
    bool complete =
        llvm::is_contained(rule.completeOperands, static_cast<int>(index));
    for (auto [axis, use] : llvm::enumerate(uses))
      if (merged[axis].isNone() && !(complete && use.isPartial())) {
        merged[axis] = use;
        held[axis] = own[axis];
      }
  }
  return settle(std::move(merged), held);
}

Strategy EagerChoice::search() {
  std::vector<AxisUse> uses = factorUses(rule);
  std::vector<Strategy> candidates;
  for (Strategy &strategy : combineUses(rule, uses, operands, mesh)) {
    bool isHeld = rule.keepsHeldInput &&
                  strategy.operands[0] == placementsOf(operands[0], mesh);
    if (rule.dropEmptyShards && !isHeld &&
        leavesRanksEmpty(strategy, operands, mesh))
      continue;
    priceStrategy(strategy, rule, operands, mesh, topology);
    candidates.push_back(std::move(strategy));
  }
  return candidates[selectStrategy(candidates, operands, mesh)];
}

/// True when some operand would have to become the masked value of a lookup:
/// only lookups make these.
static bool needsForeignMask(const Strategy &strategy,
                             llvm::ArrayRef<TensorSpec> operands,
                             const Mesh &mesh) {
  for (auto [spec, wanted] : llvm::zip(operands, strategy.operands))
    for (auto [from, to] : llvm::zip(placementsOf(spec, mesh), wanted))
      if (to.isMaskPartial() && from != to)
        return true;
  return false;
}

/// Candidates are what each operand would have the others follow.
llvm::Expected<Strategy> EagerChoice::searchOperands() {
  std::vector<Strategy> candidates;
  for (size_t index = 0; index < operands.size(); ++index) {
    Placements held = placementsOf(operands[index], mesh);
    AxisUses uses = read(index);
    if (llvm::Error error = dropForbidden(uses, held, index))
      return std::move(error);
    int failedAxis = -1;
    Strategy strategy = buildStrategy(rule, uses, operands, mesh, failedAxis);
    bool known = llvm::any_of(candidates, [&](const Strategy &other) {
      return other.operands == strategy.operands;
    });
    if (failedAxis >= 0 || known || needsForeignMask(strategy, operands, mesh))
      continue;
    priceStrategy(strategy, rule, operands, mesh, topology);
    candidates.push_back(std::move(strategy));
  }
  bool reachable = llvm::any_of(candidates, [](const Strategy &strategy) {
    return std::isfinite(strategy.cost);
  });
  if (!reachable)
    return replicated();
  return candidates[selectStrategy(candidates, operands, mesh)];
}

/// What two operands agree on: a shard beats a partial value, both beat
/// replicate, and a conflict replicates. Masks of two lookups differ even where
/// their tables are alike.
static Placement mergePlacements(const Placement &a, const Placement &b) {
  if (a == b)
    return a.isMaskPartial() ? Placement::replicate() : a;
  if (a.isReplicate())
    return b;
  if (b.isReplicate())
    return a;
  if (a.isShard() != b.isShard())
    return a.isShard() ? a : b;
  return Placement::replicate();
}

llvm::Expected<Strategy> EagerChoice::followMerged() {
  Placements held = placementsOf(operands[0], mesh);
  for (const TensorSpec &spec : operands.drop_front())
    for (auto [merged, own] : llvm::zip(held, placementsOf(spec, mesh)))
      merged = mergePlacements(merged, own);
  AxisUses uses = readPlacements(rule, rule.operands[0], held, mesh, 0);
  if (llvm::Error error = dropForbidden(uses, held, 0))
    return std::move(error);
  return settle(std::move(uses), held);
}

Strategy EagerChoice::replicated() const {
  int failedAxis = -1;
  return buildStrategy(rule, AxisUses(mesh.axes.size()), operands, mesh,
                       failedAxis);
}

//===----------------------------------------------------------------------===//
// The choice
//===----------------------------------------------------------------------===//

/// An error when some operand has no way to its placement.
llvm::Error EagerChoice::checkReachable(const Strategy &strategy) const {
  for (auto [spec, placements] : llvm::zip(operands, strategy.operands)) {
    auto plan = planRedistribution(spec.shape, placementsOf(spec, mesh),
                                   placements, mesh);
    if (!plan)
      return plan.takeError();
  }
  if (!rule.inPlace)
    return llvm::Error::success();
  Placements stored =
      placementsOf(operands[std::max(rule.followedOperand, 0)], mesh);
  if (strategy.results[0] != stored)
    return llvm::createStringError(
        "in-place operations that require placement changes are not "
        "supported; the operation would change placement from " +
        stringify(stored) + " to " + stringify(strategy.results[0]) +
        ", use the out-of-place version instead");
  return llvm::Error::success();
}

llvm::Expected<Strategy> EagerChoice::choose() {
  if (operands.empty() || rule.eagerReplicates)
    return replicated();
  switch (rule.selection) {
  case Selection::Follow:
    return followOperand(rule.followedOperand >= 0 ? rule.followedOperand
                                                   : mostSharded());
  case Selection::FollowFirst:
    return followOperand(0);
  case Selection::FollowEach:
    return followEach();
  case Selection::Search:
    return search();
  case Selection::SearchOperands:
    return rule.mergeOperands ? followMerged() : searchOperands();
  case Selection::Replicated:
    return replicated();
  }
  return replicated();
}

llvm::Expected<Strategy> dtc::chooseEager(const ShardingRule &rule,
                                          llvm::ArrayRef<TensorSpec> operands,
                                          llvm::ArrayRef<TensorSpec> results,
                                          const Mesh &mesh,
                                          const Topology &topology) {
  if (operands.size() != rule.operands.size())
    return llvm::createStringError("expected " +
                                   std::to_string(rule.operands.size()) +
                                   " operands for the rule " + rule.str() +
                                   ", got " + std::to_string(operands.size()));
  if (rule.refusesPartial)
    for (const TensorSpec &spec : operands)
      for (const Placement &placement : placementsOf(spec, mesh))
        if (placement.isPartial())
          return llvm::createStringError(
              "with a partial operand is not supported, got '" +
              placement.str() + "'; redistribute it to 'replicate' first");
  EagerChoice choice{rule, operands, mesh, topology};
  llvm::Expected<Strategy> strategy = choice.choose();
  if (!strategy)
    return strategy.takeError();
  if (llvm::Error error = choice.checkReachable(*strategy))
    return std::move(error);
  priceStrategy(*strategy, rule, operands, mesh, topology);
  return strategy;
}
