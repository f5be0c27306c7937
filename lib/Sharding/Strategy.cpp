//===- Strategy.cpp - All strategies of an op -----------------------------===//
//
// What a global search chooses from. Beyond the eager policy's candidates, each
// axis may also pass partial sums through an op that is linear in them.
//
//===----------------------------------------------------------------------===//

#include "Candidates.h"

#include "llvm/ADT/STLExtras.h"

using namespace dtc;

/// The partial values that may pass the op on one axis.
static std::vector<AxisUse> partialUses(const ShardingRule &rule) {
  std::vector<AxisUse> uses;
  Placement partial = Placement::partial(rule.linearity == Linearity::SameReduce
                                             ? rule.linearReduce
                                             : ReduceKind::Sum);
  if (rule.operands.empty() || rule.selection == Selection::Replicated ||
      !isLinearIn(rule, partial))
    return uses;
  for (size_t index = 0; index < rule.operands.size(); ++index) {
    int operand = static_cast<int>(index);
    if (operand == rule.followsResult ||
        llvm::is_contained(rule.completeOperands, operand) ||
        llvm::is_contained(rule.unreadOperands, operand))
      continue;
    uses.push_back(AxisUse::partialOf(operand, partial));
    // Only in an op that is linear in each operand does it matter which one.
    if (rule.linearity != Linearity::Each)
      break;
  }
  return uses;
}

std::vector<Strategy>
dtc::enumerateStrategies(const ShardingRule &rule,
                         llvm::ArrayRef<TensorSpec> operands,
                         llvm::ArrayRef<TensorSpec> results, const Mesh &mesh) {
  std::vector<AxisUse> uses = factorUses(rule);
  llvm::append_range(uses, partialUses(rule));
  return combineUses(rule, uses, operands, mesh);
}
