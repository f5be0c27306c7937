//===- FactorMapping.cpp - Between placements and factors -----------------===//
//
// The algorithm is in the header.
//
//===----------------------------------------------------------------------===//

#include "FactorMapping.h"

#include "llvm/ADT/STLExtras.h"

using namespace dtc;

namespace {
/// Which factor of one dimension the next split falls on.
class DimensionCursor {
public:
  DimensionCursor(const ShardingRule &rule, const DimFactors &factors)
      : rule(rule), factors(factors) {
    if (!factors.empty())
      remaining = rule.factors[factors[0]].size;
  }

  /// Splits `count` ways; the factor, or -1 where no factor explains it.
  int split(int64_t count) {
    if (factors.empty())
      return -1;
    while (remaining == 1 && hasMinorFactors())
      remaining = rule.factors[factors[++index]].size;
    if (hasMinorFactors()) {
      if (remaining % count != 0)
        return -1;
      remaining /= count;
    } else {
      remaining = chunk(remaining, count, 0).size();
    }
    return factors[index];
  }

private:
  bool hasMinorFactors() const { return index + 1 < factors.size(); }

  const ShardingRule &rule;
  const DimFactors &factors;
  size_t index = 0;
  int64_t remaining = 1;
};
} // namespace

static std::vector<DimensionCursor> cursors(const ShardingRule &rule,
                                            const TensorMapping &tensor) {
  std::vector<DimensionCursor> result;
  result.reserve(tensor.dims.size());
  for (const DimFactors &factors : tensor.dims)
    result.emplace_back(rule, factors);
  return result;
}

AxisUses dtc::readPlacements(const ShardingRule &rule,
                             const TensorMapping &tensor,
                             llvm::ArrayRef<Placement> placements,
                             const Mesh &mesh, int operand) {
  AxisUses uses(mesh.axes.size());
  std::vector<DimensionCursor> dims = cursors(rule, tensor);
  for (auto [axis, placement] : llvm::enumerate(placements)) {
    if (placement.isPartial()) {
      uses[axis] = AxisUse::partialOf(operand, placement);
      continue;
    }
    if (!placement.isShard() && !placement.isWindow())
      continue;
    bool inRange =
        placement.dim >= 0 && placement.dim < static_cast<int64_t>(dims.size());
    int factor = inRange ? dims[placement.dim].split(mesh.size(axis)) : -1;
    if (factor >= 0)
      uses[axis] = AxisUse::split(factor);
    else
      uses[axis].kind = AxisUse::Kind::Unmapped;
  }
  return uses;
}

int dtc::findFactor(const TensorMapping &tensor, int factor) {
  for (auto [dim, factors] : llvm::enumerate(tensor.dims))
    if (llvm::is_contained(factors, factor))
      return static_cast<int>(dim);
  return -1;
}

Placements dtc::writePlacements(const ShardingRule &rule,
                                const TensorMapping &tensor,
                                llvm::ArrayRef<AxisUse> uses, const Mesh &mesh,
                                int &failedAxis) {
  failedAxis = -1;
  Placements placements(uses.size());
  std::vector<DimensionCursor> dims = cursors(rule, tensor);
  for (auto [axis, use] : llvm::enumerate(uses)) {
    if (!use.isSplit())
      continue;
    int dim = findFactor(tensor, use.factor);
    if (dim < 0)
      continue;
    if (dims[dim].split(mesh.size(axis)) != use.factor) {
      failedAxis = static_cast<int>(axis);
      return placements;
    }
    placements[axis] = Placement::shard(dim);
  }
  return placements;
}

bool dtc::isSplittable(const Factor &factor) {
  switch (factor.role) {
  case FactorRole::Parallel:
  case FactorRole::Contract:
  case FactorRole::Lookup:
  case FactorRole::Window:
    return true;
  case FactorRole::Whole:
    return false;
  }
  return false;
}

static bool isAdditive(ReduceKind kind) {
  return kind == ReduceKind::Sum || kind == ReduceKind::Avg;
}

bool dtc::isLinearIn(const ShardingRule &rule, const Placement &partial) {
  if (rule.refusesPartial)
    return false;
  switch (rule.linearity) {
  case Linearity::None:
    return false;
  case Linearity::Joint:
  case Linearity::Each:
    return isAdditive(partial.reduce);
  case Linearity::Transparent:
    return true;
  case Linearity::SameReduce:
    return !partial.isMaskPartial() &&
           (partial.reduce == rule.linearReduce ||
            (isAdditive(partial.reduce) && isAdditive(rule.linearReduce)));
  }
  return false;
}

Placements dtc::placementsOf(const TensorSpec &spec, const Mesh &mesh) {
  return spec.placements.empty() ? mesh.allReplicate() : spec.placements;
}

std::string dtc::quotedAxis(const Mesh &mesh, int64_t axis) {
  return "'" + mesh.axes[axis].name + "'";
}

//===----------------------------------------------------------------------===//
// Whole ops
//===----------------------------------------------------------------------===//

/// What operand `index` is on an axis whose use is no split of its own
/// dimensions.
static Placement operandBesides(const ShardingRule &rule, int index,
                                const AxisUse &use) {
  bool complete = llvm::is_contained(rule.completeOperands, index);
  if (use.isSplit()) {
    const Factor &factor = rule.factors[use.factor];
    if (factor.role == FactorRole::Lookup && complete)
      return Placement::maskPartial(factor.size);
    if (factor.role == FactorRole::Contract && index == rule.followsResult)
      return Placement::partial(factor.reduce);
    return Placement::replicate();
  }
  if (!use.isPartial() || complete)
    return Placement::replicate();
  bool all = rule.linearity == Linearity::Joint ||
             rule.linearity == Linearity::Transparent;
  return all || index == use.operand || index == rule.followsResult
             ? use.partial
             : Placement::replicate();
}

/// What a result is on an axis that splits none of its dimensions.
static Placement resultBesides(const ShardingRule &rule, const AxisUse &use) {
  if (use.isPartial())
    return use.partial;
  if (!use.isSplit())
    return Placement::replicate();
  const Factor &factor = rule.factors[use.factor];
  if (factor.role == FactorRole::Contract)
    return Placement::partial(factor.reduce);
  if (factor.role == FactorRole::Lookup)
    return Placement::maskPartial(factor.size);
  return Placement::replicate();
}

int dtc::unevenAverage(const ShardingRule &rule, llvm::ArrayRef<AxisUse> uses,
                       const Mesh &mesh) {
  for (auto [axis, use] : llvm::enumerate(uses)) {
    if (!use.isSplit())
      continue;
    const Factor &factor = rule.factors[use.factor];
    if (factor.role != FactorRole::Contract || factor.reduce != ReduceKind::Avg)
      continue;
    int64_t count = 1;
    for (auto [other, otherUse] : llvm::enumerate(uses))
      if (otherUse == use)
        count *= mesh.size(other);
    if (factor.size % count != 0)
      return static_cast<int>(axis);
  }
  return -1;
}

/// The last of several axes that split one window, or -1: each would need
/// positions that ranks of other groups hold.
static int nestedWindow(const ShardingRule &rule,
                        llvm::ArrayRef<AxisUse> uses) {
  for (size_t axis = uses.size(); axis-- > 1;) {
    const AxisUse &use = uses[axis];
    if (use.isSplit() && rule.factors[use.factor].hasWindow() &&
        llvm::is_contained(uses.take_front(axis), use))
      return static_cast<int>(axis);
  }
  return -1;
}

/// The first axis that the op has no meaning for, or -1.
static int meaninglessAxis(const ShardingRule &rule,
                           llvm::ArrayRef<AxisUse> uses, const Mesh &mesh) {
  for (auto [axis, use] : llvm::enumerate(uses)) {
    bool wrong = use.kind == AxisUse::Kind::Unmapped ||
                 (use.isSplit() && !isSplittable(rule.factors[use.factor])) ||
                 (use.isPartial() && !isLinearIn(rule, use.partial)) ||
                 (!use.isNone() && rule.selection == Selection::Replicated);
    if (wrong)
      return static_cast<int>(axis);
  }
  int nested = nestedWindow(rule, uses);
  return nested >= 0 ? nested : unevenAverage(rule, uses, mesh);
}

Strategy dtc::buildStrategy(const ShardingRule &rule,
                            llvm::ArrayRef<AxisUse> uses,
                            llvm::ArrayRef<TensorSpec> operands,
                            const Mesh &mesh, int &failedAxis) {
  Strategy strategy;
  failedAxis = meaninglessAxis(rule, uses, mesh);
  if (failedAxis >= 0)
    return strategy;
  for (auto [index, tensor] : llvm::enumerate(rule.operands)) {
    Placements placements =
        writePlacements(rule, tensor, uses, mesh, failedAxis);
    if (failedAxis >= 0)
      return strategy;
    for (auto [axis, use] : llvm::enumerate(uses))
      if (!placements[axis].isShard())
        placements[axis] = operandBesides(rule, static_cast<int>(index), use);
      else if (const Factor &factor = rule.factors[use.factor];
               factor.isWindowOf(static_cast<int>(index)))
        placements[axis] =
            Placement::windowOf(placements[axis].dim, factor.window);
    if (llvm::is_contained(rule.unreadOperands, static_cast<int>(index)))
      placements = placementsOf(operands[index], mesh);
    strategy.operands.push_back(std::move(placements));
  }
  for (const TensorMapping &tensor : rule.results) {
    Placements placements =
        writePlacements(rule, tensor, uses, mesh, failedAxis);
    if (failedAxis >= 0)
      return strategy;
    for (auto [axis, use] : llvm::enumerate(uses))
      if (!placements[axis].isShard())
        placements[axis] = resultBesides(rule, use);
    strategy.results.push_back(std::move(placements));
  }
  return strategy;
}
