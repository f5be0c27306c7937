//===- Verify.cpp - Whether placements fit a rule -------------------------===//
//
// 1. Read every tensor's placements as uses of the mesh axes.
// 2. For each axis find the one use that explains it: the factor that some
//    tensor splits, else the partial value that some operand holds, else none.
// 3. Build the strategy of these uses and compare it with what is there.
//
//===----------------------------------------------------------------------===//

#include "Candidates.h"

#include "llvm/ADT/STLExtras.h"

using namespace dtc;

/// "operand 1", "result 0".
static std::string nameOf(size_t index, llvm::StringRef kind) {
  return (kind + " ").str() + std::to_string(index);
}

/// "is split over 'tp'" and the like, of a placement.
static std::string describe(const Placement &placement, const std::string &dim,
                            const std::string &axis) {
  if (placement.isShard())
    return "is split over " + axis + " in dimension " + dim;
  if (placement.isPartial())
    return "is '" + placement.str() + "' over " + axis;
  return "is replicated over " + axis;
}

namespace {
/// Collects the uses of all tensors of one op.
class UseReader {
public:
  UseReader(const ShardingRule &rule, const Mesh &mesh)
      : rule(rule), mesh(mesh), uses(mesh.axes.size()),
        sources(mesh.axes.size()) {}

  llvm::Error readOperands(llvm::ArrayRef<TensorSpec> operands);
  llvm::Error readResults(llvm::ArrayRef<TensorSpec> results);
  llvm::ArrayRef<AxisUse> get() const { return uses; }

private:
  llvm::Error addSplits(const TensorMapping &tensor, const TensorSpec &spec,
                        const std::string &name, int operand);

  const ShardingRule &rule;
  const Mesh &mesh;
  AxisUses uses;
  /// The tensor that each use was read from.
  std::vector<std::string> sources;
};
} // namespace

llvm::Error UseReader::addSplits(const TensorMapping &tensor,
                                 const TensorSpec &spec,
                                 const std::string &name, int operand) {
  Placements held = placementsOf(spec, mesh);
  if (held.size() != mesh.axes.size() ||
      tensor.dims.size() != spec.shape.size())
    return llvm::createStringError(
        name + " has rank " + std::to_string(spec.shape.size()) + " and " +
        std::to_string(held.size()) + " placements, expected rank " +
        std::to_string(tensor.dims.size()) + " and " +
        std::to_string(mesh.axes.size()));
  if (rule.selection == Selection::Replicated)
    for (auto [axis, placement] : llvm::enumerate(held))
      if (!placement.isReplicate())
        return llvm::createStringError(
            "does not have a sharding strategy registered: expected " + name +
            " replicated over " + quotedAxis(mesh, axis) + ", got '" +
            placement.str() + "'; redistribute it first");
  AxisUses own = readPlacements(rule, tensor, held, mesh, operand);
  for (auto [axis, use] : llvm::enumerate(own)) {
    std::string over = quotedAxis(mesh, axis);
    if (use.kind == AxisUse::Kind::Unmapped)
      return llvm::createStringError(
          name + " is split over " + over + " in dimension " +
          std::to_string(held[axis].dim) + ", where the rule " + rule.str() +
          " allows no such split");
    if (!use.isSplit())
      continue;
    if (uses[axis].isSplit() && uses[axis] != use)
      return llvm::createStringError(
          "operands disagree on axis " + over + ": " + sources[axis] +
          " splits factor '" + rule.factors[uses[axis].factor].name + "', " +
          name + " splits factor '" + rule.factors[use.factor].name + "'");
    uses[axis] = use;
    sources[axis] = name;
  }
  return llvm::Error::success();
}

llvm::Error UseReader::readOperands(llvm::ArrayRef<TensorSpec> operands) {
  auto isUnread = [&](size_t index) {
    return llvm::is_contained(rule.unreadOperands, static_cast<int>(index));
  };
  for (auto [index, spec] : llvm::enumerate(operands))
    if (!isUnread(index))
      if (llvm::Error error = addSplits(rule.operands[index], spec,
                                        nameOf(index, "operand"), index))
        return error;
  for (auto [index, spec] : llvm::enumerate(operands)) {
    int position = static_cast<int>(index);
    if (isUnread(index) || position == rule.followsResult ||
        llvm::is_contained(rule.completeOperands, position))
      continue;
    for (auto [axis, placement] : llvm::enumerate(placementsOf(spec, mesh)))
      if (placement.isPartial() && uses[axis].isNone()) {
        uses[axis] = AxisUse::partialOf(position, placement);
        sources[axis] = nameOf(index, "operand");
      }
  }
  return llvm::Error::success();
}

llvm::Error UseReader::readResults(llvm::ArrayRef<TensorSpec> results) {
  for (auto [index, spec] : llvm::enumerate(results))
    if (llvm::Error error =
            addSplits(rule.results[index], spec, nameOf(index, "result"), -1))
      return error;
  return llvm::Error::success();
}

/// Why the op has no meaning for a use.
static llvm::Error explain(const ShardingRule &rule, const AxisUse &use,
                           const std::string &axis) {
  if (use.isPartial())
    return llvm::createStringError(
        nameOf(use.operand, "operand") + " is '" + use.partial.str() +
        "' over " + axis +
        ", expected a complete value: the op is not linear "
        "in it; redistribute it first");
  const Factor &factor = rule.factors[use.factor];
  if (!isSplittable(factor))
    return llvm::createStringError("factor '" + factor.name +
                                   "' is split over " + axis +
                                   ", expected it whole on every rank");
  if (factor.role == FactorRole::Contract && factor.reduce == ReduceKind::Avg)
    return llvm::createStringError("factor '" + factor.name + "' of size " +
                                   std::to_string(factor.size) +
                                   " is split unevenly over " + axis +
                                   ", expected equal pieces for a mean");
  return llvm::createStringError(
      "factor '" + factor.name + "' is split over " + axis +
      " in a way that not every operand and result can express");
}

/// An error that names the first axis on which a tensor differs from what the
/// uses ask for.
static llvm::Error compare(const ShardingRule &rule,
                           llvm::ArrayRef<AxisUse> uses, const TensorSpec &spec,
                           llvm::ArrayRef<Placement> expected, const Mesh &mesh,
                           const std::string &name) {
  Placements held = placementsOf(spec, mesh);
  for (auto [axis, placement] : llvm::enumerate(held)) {
    if (placement == expected[axis])
      continue;
    std::string over = quotedAxis(mesh, axis);
    std::string text;
    if (uses[axis].isSplit())
      text = "operands disagree on factor '" +
             rule.factors[uses[axis].factor].name + "' over " + over + ": ";
    return llvm::createStringError(
        text + name + " " +
        describe(placement, std::to_string(placement.dim), over) +
        ", expected '" + expected[axis].str() + "'");
  }
  return llvm::Error::success();
}

static llvm::Error checkCounts(const ShardingRule &rule, size_t operands,
                               size_t results) {
  if (operands == rule.operands.size() && results == rule.results.size())
    return llvm::Error::success();
  return llvm::createStringError(
      "expected " + std::to_string(rule.operands.size()) + " operands and " +
      std::to_string(rule.results.size()) + " results for the rule " +
      rule.str() + ", got " + std::to_string(operands) + " and " +
      std::to_string(results));
}

/// Builds the strategy of the uses and checks the operands against it.
static llvm::Expected<Strategy>
buildChecked(const ShardingRule &rule, llvm::ArrayRef<AxisUse> uses,
             llvm::ArrayRef<TensorSpec> operands, const Mesh &mesh) {
  int failedAxis = -1;
  Strategy strategy = buildStrategy(rule, uses, operands, mesh, failedAxis);
  if (failedAxis >= 0)
    return explain(rule, uses[failedAxis], quotedAxis(mesh, failedAxis));
  for (auto [index, spec] : llvm::enumerate(operands)) {
    // A lookup masks the index itself where that is held whole.
    for (auto [expected, held] :
         llvm::zip(strategy.operands[index], placementsOf(spec, mesh)))
      if (expected.isMaskPartial() && held.isReplicate() &&
          llvm::is_contained(rule.completeOperands, static_cast<int>(index)))
        expected = held;
    if (llvm::Error error = compare(rule, uses, spec, strategy.operands[index],
                                    mesh, nameOf(index, "operand")))
      return std::move(error);
  }
  return strategy;
}

llvm::Error dtc::verifyStrategy(const ShardingRule &rule,
                                llvm::ArrayRef<TensorSpec> operands,
                                llvm::ArrayRef<TensorSpec> results,
                                const Mesh &mesh) {
  if (llvm::Error error = checkCounts(rule, operands.size(), results.size()))
    return error;
  UseReader reader(rule, mesh);
  if (llvm::Error error = reader.readOperands(operands))
    return error;
  if (llvm::Error error = reader.readResults(results))
    return error;
  llvm::Expected<Strategy> strategy =
      buildChecked(rule, reader.get(), operands, mesh);
  if (!strategy)
    return strategy.takeError();
  for (auto [index, spec] : llvm::enumerate(results))
    if (llvm::Error error =
            compare(rule, reader.get(), spec, strategy->results[index], mesh,
                    nameOf(index, "result")))
      return error;
  return llvm::Error::success();
}

llvm::Expected<std::vector<Placements>>
dtc::inferResults(const ShardingRule &rule, llvm::ArrayRef<TensorSpec> operands,
                  llvm::ArrayRef<TensorSpec> results, const Mesh &mesh) {
  if (llvm::Error error = checkCounts(rule, operands.size(), results.size()))
    return std::move(error);
  UseReader reader(rule, mesh);
  if (llvm::Error error = reader.readOperands(operands))
    return std::move(error);
  llvm::Expected<Strategy> strategy =
      buildChecked(rule, reader.get(), operands, mesh);
  if (!strategy)
    return strategy.takeError();
  return strategy->results;
}
