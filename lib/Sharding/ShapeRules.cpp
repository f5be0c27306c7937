//===- ShapeRules.cpp - Rules of ops that move or rename elements ---------===//
//
// A reshape factors both shapes into common parts, major dimensions first:
// 1. skip dimensions of size 1: they carry no factor;
// 2. the largest common divisor of what is left of the two current dimensions
//    is a factor of both;
// 3. where that is 1, both shapes go on in whole parts, which cannot be split,
//    until they meet again.
//
//===----------------------------------------------------------------------===//

#include "FactorMapping.h"
#include "MappingBuilder.h"

#include <numeric>

using namespace dtc;

/// Moves elements: one operand decides, partial values pass.
static ShardingRule movement() {
  ShardingRule rule;
  rule.linearity = Linearity::Transparent;
  rule.selection = Selection::FollowFirst;
  return rule;
}

ShardingRule dtc::transposeRule(Shape input,
                                llvm::ArrayRef<int64_t> permutation) {
  ShardingRule rule = movement();
  TensorMapping operand = addDimensions(rule, input, "i"), result;
  for (int64_t dim : permutation)
    result.dims.push_back(operand.dims[dim]);
  rule.operands.push_back(operand);
  rule.results.push_back(result);
  return rule;
}

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

namespace {
/// One shape while it is taken apart from the front.
struct ShapeCursor {
  Shape shape;
  TensorMapping mapping;
  size_t dim = 0;
  /// What is left of the current dimension.
  int64_t left = 1;

  explicit ShapeCursor(Shape shape) : shape(shape) {
    mapping.dims.resize(shape.size());
    if (!shape.empty())
      left = shape[0];
    skip();
  }
  void skip() {
    while (left == 1 && dim < shape.size())
      left = ++dim < shape.size() ? shape[dim] : 1;
  }
  bool atEnd() const { return dim >= shape.size(); }
  void take(int factor, int64_t size) {
    mapping.dims[dim].push_back(factor);
    left /= size;
    skip();
  }
};

/// Builds the common factors of two shapes of one size.
class ReshapeFactors {
public:
  ReshapeFactors(ShardingRule &rule, Shape from, Shape to)
      : rule(rule), from(from), to(to) {
    while (!this->from.atEnd() && !this->to.atEnd()) {
      int64_t common = std::gcd(this->from.left, this->to.left);
      if (common > 1)
        takeBoth(common);
      else
        takeWhole();
    }
    rule.operands.push_back(this->from.mapping);
    rule.results.push_back(this->to.mapping);
  }

private:
  void takeBoth(int64_t size) {
    int factor =
        rule.addFactor("f" + std::to_string(rule.factors.size()), size);
    from.take(factor, size);
    to.take(factor, size);
  }
  /// Takes the rest of the cursor's dimension as a part that stays whole.
  int64_t takeRest(ShapeCursor &cursor) {
    int64_t size = cursor.left;
    cursor.take(rule.addFactor("w" + std::to_string(rule.factors.size()), size,
                               FactorRole::Whole),
                size);
    return size;
  }
  void takeWhole() {
    int64_t fromSize = takeRest(from), toSize = takeRest(to);
    while (fromSize != toSize) {
      ShapeCursor &shorter = fromSize < toSize ? from : to;
      if (shorter.atEnd())
        return;
      (fromSize < toSize ? fromSize : toSize) *= takeRest(shorter);
    }
  }

  ShardingRule &rule;
  ShapeCursor from, to;
};
} // namespace

/// A view that merges the dimensions around one of size 1 merges that too: it
/// becomes a part of its own, which stays whole.
static void keepInnerOnesWhole(ShardingRule &rule, Shape from) {
  const auto dims = rule.operands[0].dims;
  const TensorMapping &result = rule.results[0];
  for (size_t dim = 0; dim < dims.size(); ++dim) {
    if (from[dim] != 1)
      continue;
    int before = -1, after = -1;
    for (size_t i = 0; i < dim; ++i)
      before = dims[i].empty() ? before : dims[i].back();
    for (size_t i = dims.size(); i-- > dim;)
      after = dims[i].empty() ? after : dims[i].front();
    if (before >= 0 && after >= 0 &&
        findFactor(result, before) == findFactor(result, after))
      rule.operands[0].dims[dim] = {rule.addFactor(
          "w" + std::to_string(rule.factors.size()), 1, FactorRole::Whole)};
  }
}

ShardingRule dtc::reshapeRule(Shape from, Shape to, ReshapeFlags flags) {
  ShardingRule rule = movement();
  rule.strict = flags.strict;
  if (llvm::is_contained(from, 0) || llvm::is_contained(to, 0)) {
    rule.operands.push_back(addDimensions(rule, from, "x", FactorRole::Whole));
    rule.results.push_back(addDimensions(rule, to, "y", FactorRole::Whole));
    return rule;
  }
  ReshapeFactors(rule, from, to);
  if (flags.strict)
    keepInnerOnesWhole(rule, from);
  return rule;
}

//===----------------------------------------------------------------------===//
// Repetition and parts
//===----------------------------------------------------------------------===//

ShardingRule dtc::broadcastRule(Shape from, Shape to) {
  ShardingRule rule = movement();
  TensorMapping result = addDimensions(rule, to, "i");
  rule.operands.push_back(broadcastMapping(result, to, from));
  rule.results.push_back(result);
  return rule;
}

/// Maps `from` to results of the same rank; `whole` dimensions have a whole
/// factor in the operand and none in the results.
static ShardingRule partsRule(Shape from, llvm::ArrayRef<bool> whole,
                              int64_t numResults) {
  ShardingRule rule = movement();
  TensorMapping operand = addDimensions(rule, from, "i"), result = operand;
  for (auto [dim, isWhole] : llvm::enumerate(whole))
    if (isWhole) {
      rule.factors[dim].role = FactorRole::Whole;
      result.dims[dim].clear();
    }
  rule.operands.push_back(operand);
  rule.results.assign(numResults, result);
  return rule;
}

ShardingRule dtc::sliceRule(Shape from, Shape to,
                            llvm::ArrayRef<int64_t> changedDims) {
  llvm::SmallVector<bool, 6> whole;
  for (auto [dim, extent] : llvm::enumerate(from))
    whole.push_back(extent != to[dim] ||
                    llvm::is_contained(changedDims, static_cast<int64_t>(dim)));
  return partsRule(from, whole, 1);
}

ShardingRule dtc::splitRule(Shape from, llvm::ArrayRef<Shape> parts,
                            int64_t axis) {
  llvm::SmallVector<bool, 6> whole(from.size(), false);
  whole[axis] = true;
  return partsRule(from, whole, static_cast<int64_t>(parts.size()));
}

ShardingRule dtc::unbindRule(Shape from, int64_t axis) {
  llvm::SmallVector<bool, 6> whole(from.size(), false);
  whole[axis] = true;
  ShardingRule rule = partsRule(from, whole, from[axis]);
  rule.strict = true;
  for (TensorMapping &result : rule.results)
    result.dims.erase(result.dims.begin() + axis);
  return rule;
}

ShardingRule dtc::repeatRule(Shape from, llvm::ArrayRef<int64_t> times) {
  size_t missing = times.size() - from.size();
  llvm::SmallVector<bool, 6> whole;
  for (size_t dim = 0; dim < from.size(); ++dim)
    whole.push_back(times[missing + dim] != 1);
  ShardingRule rule = partsRule(from, whole, 1);
  auto &dims = rule.results[0].dims;
  dims.insert(dims.begin(), missing, DimFactors());
  return rule;
}

ShardingRule dtc::padRule(Shape from, Shape to,
                          llvm::ArrayRef<int64_t> changedDims) {
  ShardingRule rule = sliceRule(from, to, changedDims);
  rule.eagerReplicates = true;
  return rule;
}

//===----------------------------------------------------------------------===//
// Joins
//===----------------------------------------------------------------------===//

ShardingRule dtc::concatRule(llvm::ArrayRef<Shape> parts, Shape result,
                             int64_t axis) {
  ShardingRule rule = movement();
  rule.selection = Selection::SearchOperands;
  TensorMapping joined = addDimensions(rule, result, "i");
  joined.dims[axis].clear();
  for (auto [index, part] : llvm::enumerate(parts)) {
    TensorMapping operand = joined;
    operand.dims[axis] = {rule.addFactor("c" + std::to_string(index),
                                         part[axis], FactorRole::Whole)};
    rule.operands.push_back(operand);
  }
  rule.results.push_back(joined);
  return rule;
}

ShardingRule dtc::stackRule(llvm::ArrayRef<Shape> parts, Shape result,
                            int64_t axis) {
  ShardingRule rule = movement();
  rule.selection = Selection::SearchOperands;
  rule.mergeOperands = true;
  TensorMapping stacked = addDimensions(rule, result, "i");
  stacked.dims[axis].clear();
  TensorMapping part = stacked;
  part.dims.erase(part.dims.begin() + axis);
  rule.operands.assign(parts.size(), part);
  rule.results.push_back(stacked);
  return rule;
}
