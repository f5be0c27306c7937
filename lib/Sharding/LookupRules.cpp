//===- LookupRules.cpp - Rules of lookups and updates by index ------------===//
//
// Operand 1 holds the indices. They must be complete; a split of the looked-up
// rows makes them masked instead, where the op can do that.
//
//===----------------------------------------------------------------------===//

#include "MappingBuilder.h"

using namespace dtc;

/// Elements of operand 0 by the indices in operand 1.
static ShardingRule lookup(Selection selection) {
  ShardingRule rule;
  rule.linearity = Linearity::Transparent;
  rule.selection = selection;
  rule.completeOperands.push_back(1);
  return rule;
}

ShardingRule dtc::embeddingRule(Shape weight, Shape indices) {
  ShardingRule rule = lookup(Selection::Search);
  rule.eagerKeepsPartial = false;
  rule.dropEmptyShards = true;
  TensorMapping features = addDimensions(rule, weight.drop_front(), "d");
  int rows = rule.addFactor("v", weight[0], FactorRole::Lookup);
  TensorMapping places = addDimensions(rule, indices, "t");
  TensorMapping table;
  table.dims.push_back({rows});
  table.dims.append(features.dims);
  TensorMapping result = places;
  result.dims.append(features.dims);
  rule.operands = {table, places};
  rule.results = {result};
  return rule;
}

ShardingRule dtc::embeddingGradientRule(Shape gradient, Shape indices,
                                        int64_t rows) {
  ShardingRule rule;
  rule.linearity = Linearity::Each;
  rule.selection = Selection::Search;
  rule.dropEmptyShards = true;
  rule.eagerKeepsPartial = false;
  rule.completeOperands.push_back(1);
  TensorMapping features =
      addDimensions(rule, gradient.drop_front(indices.size()), "d");
  TensorMapping places =
      addDimensions(rule, indices, "t", FactorRole::Contract);
  TensorMapping slices = places, table;
  slices.dims.append(features.dims);
  table.dims.push_back({rule.addFactor("v", rows)});
  table.dims.append(features.dims);
  rule.operands = {slices, places};
  rule.results = {table};
  return rule;
}

ShardingRule dtc::gatherRule(Shape data, Shape indices, int64_t axis) {
  ShardingRule rule = lookup(Selection::FollowEach);
  TensorMapping source = addDimensions(rule, data, "i");
  rule.factors[axis].role = FactorRole::Whole;
  TensorMapping places = addDimensions(rule, indices, "t");
  TensorMapping result;
  result.dims.append(source.dims.begin(), source.dims.begin() + axis);
  result.dims.append(places.dims);
  result.dims.append(source.dims.begin() + axis + 1, source.dims.end());
  rule.operands = {source, places};
  rule.results = {result};
  return rule;
}

ShardingRule dtc::gatherElementsRule(Shape data, Shape indices, int64_t axis) {
  ShardingRule rule = lookup(Selection::Search);
  rule.eagerKeepsPartial = false;
  rule.dropEmptyShards = true;
  TensorMapping source, places;
  source.dims.resize(data.size());
  places.dims.resize(indices.size());
  // With one index a row a rank that does not hold it contributes zero.
  FactorRole role = indices[axis] == 1 ? FactorRole::Lookup : FactorRole::Whole;
  source.dims[axis] = {rule.addFactor("v", data[axis], role)};
  places.dims[axis] = {rule.addFactor("t", indices[axis])};
  for (size_t dim = 0; dim < data.size(); ++dim) {
    if (dim == static_cast<size_t>(axis))
      continue;
    std::string name = std::to_string(dim);
    if (data[dim] == indices[dim]) {
      int shared = rule.addFactor("i" + name, data[dim]);
      source.dims[dim] = places.dims[dim] = {shared};
      continue;
    }
    source.dims[dim] = {
        rule.addFactor("x" + name, data[dim], FactorRole::Whole)};
    places.dims[dim] = {
        rule.addFactor("y" + name, indices[dim], FactorRole::Whole)};
  }
  rule.operands = {source, places};
  rule.results = {places};
  return rule;
}

ShardingRule dtc::gatherNdRule(Shape data, Shape indices, Shape result,
                               int64_t batchDims) {
  ShardingRule rule = lookup(Selection::FollowEach);
  TensorMapping source = addDimensions(rule, data, "i");
  int64_t depth = indices.back();
  for (int64_t dim = batchDims; dim < batchDims + depth; ++dim)
    rule.factors[dim].role = FactorRole::Whole;
  TensorMapping places = addDimensions(rule, indices, "t");
  rule.factors[data.size() + indices.size() - 1].role = FactorRole::Whole;
  for (int64_t dim = 0; dim < batchDims; ++dim)
    places.dims[dim] = source.dims[dim];
  TensorMapping mapping;
  mapping.dims.append(places.dims.begin(), places.dims.end() - 1);
  mapping.dims.append(source.dims.begin() + batchDims + depth,
                      source.dims.end());
  rule.operands = {source, places};
  rule.results = {mapping};
  return rule;
}

/// Updates of operand 0 by the rows in operand 2, at places in operand 1. The
/// reference completes partial operands although updates that overwrite move
/// elements only and those that add are a sum.
static ShardingRule update(std::optional<ReduceKind> combine) {
  ShardingRule rule;
  if (!combine)
    rule.linearity = Linearity::Transparent;
  else if (*combine == ReduceKind::Sum)
    rule.linearity = Linearity::Joint;
  rule.eagerKeepsPartial = false;
  rule.completeOperands.push_back(1);
  return rule;
}

ShardingRule dtc::scatterElementsRule(Shape data, Shape indices, int64_t axis,
                                      std::optional<ReduceKind> combine) {
  ShardingRule rule = update(combine);
  rule.selection = Selection::Search;
  rule.dropEmptyShards = true;
  rule.eagerReplicates = combine != ReduceKind::Sum;
  TensorMapping target = addDimensions(rule, data, "i");
  TensorMapping places = addDimensions(rule, indices, "t", FactorRole::Whole);
  for (size_t dim = 0; dim < data.size(); ++dim) {
    if (dim != static_cast<size_t>(axis) && data[dim] == indices[dim])
      places.dims[dim] = target.dims[dim];
    else
      rule.factors[dim].role = FactorRole::Whole;
  }
  rule.operands = {target, places, places};
  rule.results = {target};
  return rule;
}

ShardingRule dtc::scatterNdRule(Shape data, Shape indices,
                                std::optional<ReduceKind> combine) {
  ShardingRule rule = update(combine);
  rule.selection = Selection::FollowEach;
  TensorMapping target = addDimensions(rule, data, "i");
  TensorMapping places = addDimensions(rule, indices, "t", FactorRole::Whole);
  for (int64_t dim = 0; dim < indices.back(); ++dim)
    rule.factors[dim].role = FactorRole::Whole;
  TensorMapping rows;
  rows.dims.append(places.dims.begin(), places.dims.end() - 1);
  rows.dims.append(target.dims.begin() + indices.back(), target.dims.end());
  rule.operands = {target, places, rows};
  rule.results = {target};
  return rule;
}
