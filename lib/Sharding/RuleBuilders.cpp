//===- RuleBuilders.cpp - Elementwise, reducing and whole-dimension rules -===//
//
// Rules whose dimensions correspond one to one: each dimension is one factor,
// and the op's meaning is in the roles.
//
//===----------------------------------------------------------------------===//

#include "dtc/Sharding/RuleBuilders.h"
#include "MappingBuilder.h"

using namespace dtc;

ShardingRule dtc::pointwiseRule(llvm::ArrayRef<Shape> operands, Shape result,
                                Linearity linearity) {
  ShardingRule rule;
  rule.linearity = linearity;
  TensorMapping all = addDimensions(rule, result, "i");
  for (Shape operand : operands)
    rule.operands.push_back(broadcastMapping(all, result, operand));
  rule.results.push_back(all);
  return rule;
}

ShardingRule dtc::identityRule(Shape shape) {
  ShardingRule rule = pointwiseRule({shape}, shape, Linearity::Transparent);
  rule.selection = Selection::FollowFirst;
  return rule;
}

ShardingRule dtc::likeRule(Shape shape) {
  ShardingRule rule = pointwiseRule({shape}, shape, Linearity::None);
  rule.selection = Selection::FollowFirst;
  rule.unreadOperands.push_back(0);
  return rule;
}

ShardingRule dtc::placeLikeRule(Shape value, Shape target,
                                PlaceLikeFlags flags) {
  ShardingRule rule =
      pointwiseRule({value, target}, target,
                    flags.inPlace ? Linearity::Joint : Linearity::None);
  rule.results[0] = rule.operands[0];
  rule.followedOperand = 1;
  rule.unreadOperands.push_back(1);
  rule.inPlace = flags.inPlace;
  return rule;
}

ShardingRule dtc::randomRule(Shape shape) {
  ShardingRule rule = pointwiseRule({shape}, shape, Linearity::None);
  rule.refusesPartial = true;
  return rule;
}

ShardingRule dtc::sourceRule(Shape result) {
  ShardingRule rule;
  rule.results.push_back(addDimensions(rule, result, "i"));
  return rule;
}

ShardingRule dtc::replicatedRule(llvm::ArrayRef<Shape> operands,
                                 llvm::ArrayRef<Shape> results) {
  ShardingRule rule;
  rule.selection = Selection::Replicated;
  for (auto [index, shape] : llvm::enumerate(operands))
    rule.operands.push_back(addDimensions(
        rule, shape, "x" + std::to_string(index) + "_", FactorRole::Whole));
  for (auto [index, shape] : llvm::enumerate(results))
    rule.results.push_back(addDimensions(
        rule, shape, "y" + std::to_string(index) + "_", FactorRole::Whole));
  return rule;
}

//===----------------------------------------------------------------------===//
// Some dimensions special
//===----------------------------------------------------------------------===//

ShardingRule dtc::reductionRule(Shape input, llvm::ArrayRef<int64_t> dims,
                                ReductionFlags flags) {
  ShardingRule rule;
  rule.selection = Selection::FollowFirst;
  if (flags.combine && flags.passesPartial) {
    rule.linearity = Linearity::SameReduce;
    rule.linearReduce = *flags.combine;
  }
  TensorMapping operand, result;
  for (auto [index, extent] : llvm::enumerate(input)) {
    int64_t dim = static_cast<int64_t>(index);
    if (!llvm::is_contained(dims, dim)) {
      DimFactors factors{rule.addFactor("i" + std::to_string(index), extent)};
      operand.dims.push_back(factors);
      result.dims.push_back(factors);
      continue;
    }
    FactorRole role = flags.combine ? FactorRole::Contract : FactorRole::Whole;
    operand.dims.push_back(
        {rule.addFactor("c" + std::to_string(index), extent, role,
                        flags.combine.value_or(ReduceKind::Sum))});
    if (flags.keepDims)
      result.dims.emplace_back();
  }
  rule.operands.push_back(std::move(operand));
  rule.results.push_back(std::move(result));
  return rule;
}

ShardingRule dtc::wholeRule(Shape shape, llvm::ArrayRef<int64_t> wholeDims) {
  ShardingRule rule = pointwiseRule({shape}, shape, Linearity::None);
  rule.selection = Selection::FollowFirst;
  for (int64_t dim : wholeDims)
    if (dim >= 0 && dim < static_cast<int64_t>(shape.size()))
      rule.factors[dim].role = FactorRole::Whole;
  return rule;
}

ShardingRule dtc::sortRule(Shape input, int64_t axis, int64_t numResults) {
  ShardingRule rule = wholeRule(input, {axis});
  rule.selection = Selection::Search;
  rule.dropEmptyShards = true;
  TensorMapping result = rule.results.front();
  rule.results.assign(numResults, result);
  return rule;
}

ShardingRule dtc::normalizationRule(Shape input, int64_t axis,
                                    int64_t numOtherOperands) {
  llvm::SmallVector<int64_t, 4> wholeDims;
  for (int64_t dim = axis; dim < static_cast<int64_t>(input.size()); ++dim)
    wholeDims.push_back(dim);
  ShardingRule rule = wholeRule(input, wholeDims);
  TensorMapping inner;
  for (int64_t dim : wholeDims)
    inner.dims.push_back(rule.operands[0].dims[dim]);
  rule.operands.insert(rule.operands.end(), numOtherOperands, inner);
  return rule;
}
