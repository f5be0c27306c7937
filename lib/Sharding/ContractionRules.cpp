//===- ContractionRules.cpp - Matrix products and windows -----------------===//
//
// Factors stand in the order in which the eager policy tries them: batch,
// contracted, free in the left operand, free in the right one.
//
//===----------------------------------------------------------------------===//

#include "MappingBuilder.h"

using namespace dtc;

/// What all contractions have in common.
static ShardingRule contraction() {
  ShardingRule rule;
  rule.linearity = Linearity::Each;
  rule.eagerKeepsPartial = false;
  rule.selection = Selection::Search;
  rule.dropEmptyShards = true;
  return rule;
}

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

namespace {
/// The factors of the batch dimensions of one product.
struct BatchFactors {
  llvm::SmallVector<DimFactors, 4> lhs, rhs, result;
};
} // namespace

/// Size of batch dimension `dim` of the result in an operand, 0 where it has no
/// such dimension.
static int64_t batchExtent(Shape operand, Shape result, size_t dim) {
  size_t missing = result.size() - operand.size();
  return dim < missing ? 0 : operand[dim - missing];
}

/// Adds factors for the batch dimensions that exactly the operands `inLhs` and
/// `inRhs` say have.
static void addBatch(ShardingRule &rule, Shape lhs, Shape rhs, Shape result,
                     std::pair<bool, bool> present, BatchFactors &batch) {
  size_t count = result.size() - 2;
  batch.result.resize(count);
  batch.lhs.resize(lhs.size() - 2);
  batch.rhs.resize(rhs.size() - 2);
  for (size_t dim = 0; dim < count; ++dim) {
    bool inLhs = batchExtent(lhs, result, dim) == result[dim];
    bool inRhs = batchExtent(rhs, result, dim) == result[dim];
    if (std::make_pair(inLhs, inRhs) != present)
      continue;
    int factor = rule.addFactor("b" + std::to_string(dim), result[dim]);
    batch.result[dim] = {factor};
    if (inLhs)
      batch.lhs[dim + lhs.size() - result.size()] = {factor};
    if (inRhs)
      batch.rhs[dim + rhs.size() - result.size()] = {factor};
  }
}

static TensorMapping makeMatrix(llvm::ArrayRef<DimFactors> batch, int rows,
                                int columns) {
  TensorMapping tensor;
  tensor.dims.assign(batch.begin(), batch.end());
  tensor.dims.push_back({rows});
  tensor.dims.push_back({columns});
  return tensor;
}

ShardingRule dtc::matmulRule(Shape lhs, Shape rhs, Shape result,
                             MatMulFlags flags) {
  ShardingRule rule = contraction();
  int64_t inner = flags.transposeLhs ? lhs[lhs.size() - 2] : lhs.back();
  BatchFactors batch;
  addBatch(rule, lhs, rhs, result, {true, true}, batch);
  int k = rule.addFactor("k", inner, FactorRole::Contract);
  addBatch(rule, lhs, rhs, result, {true, false}, batch);
  int m = rule.addFactor("m", result[result.size() - 2]);
  addBatch(rule, lhs, rhs, result, {false, true}, batch);
  int n = rule.addFactor("n", result.back());
  rule.operands.push_back(flags.transposeLhs ? makeMatrix(batch.lhs, k, m)
                                             : makeMatrix(batch.lhs, m, k));
  rule.operands.push_back(flags.transposeRhs ? makeMatrix(batch.rhs, n, k)
                                             : makeMatrix(batch.rhs, k, n));
  rule.results.push_back(makeMatrix(batch.result, m, n));
  return rule;
}

ShardingRule dtc::linearRule(Shape input, Shape weight, LinearFlags flags) {
  ShardingRule rule = contraction();
  int k = rule.addFactor("k", input.back(), FactorRole::Contract);
  TensorMapping operand = addDimensions(rule, input.drop_back(), "i");
  int n = rule.addFactor("n", flags.weightInOut ? weight[1] : weight[0]);
  TensorMapping result = operand;
  operand.dims.push_back({k});
  result.dims.push_back({n});
  rule.operands.push_back(operand);
  rule.operands.push_back(flags.weightInOut ? makeMatrix({}, k, n)
                                            : makeMatrix({}, n, k));
  if (flags.hasBias) {
    rule.followsResult = 2;
    TensorMapping bias;
    bias.dims.push_back({n});
    rule.operands.push_back(bias);
  }
  rule.results.push_back(result);
  return rule;
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// Maps spatial dimension `dim`. Windows that neither overlap nor leave gaps
/// are a factor each, so the dimension splits between them; all others need
/// their neighbours. Returns the factor of the window's own extent, or -1.
static int addWindow(ShardingRule &rule, int64_t inputExtent,
                     int64_t resultExtent, const WindowShape &window,
                     size_t dim, TensorMapping &input, TensorMapping &result) {
  std::string name = std::to_string(dim);
  int64_t size = window.kernel[dim];
  int kernel =
      size == 1 ? -1 : rule.addFactor("k" + name, size, FactorRole::Whole);
  bool separate = elementOr(window.strides, dim, 1) == size &&
                  elementOr(window.dilations, dim, 1) == 1 &&
                  elementOr(window.padsBegin, dim, 0) == 0 &&
                  elementOr(window.padsEnd, dim, 0) == 0 && size > 0 &&
                  inputExtent % size == 0 && inputExtent / size == resultExtent;
  if (!separate) {
    input.dims.push_back(
        {rule.addFactor("s" + name, inputExtent, FactorRole::Window)});
    result.dims.push_back(
        {rule.addFactor("t" + name, resultExtent, FactorRole::Window)});
    return kernel;
  }
  int place = rule.addFactor("s" + name, resultExtent);
  input.dims.push_back({place});
  if (kernel >= 0)
    input.dims.back().push_back(kernel);
  result.dims.push_back({place});
  return kernel;
}

ShardingRule dtc::convolutionRule(Shape input, Shape weight, Shape result,
                                  const ConvolutionShape &convolution) {
  ShardingRule rule = contraction();
  int64_t groups = convolution.groups;
  auto split = [&](int factor, int64_t extent, const char *name,
                   FactorRole role) -> DimFactors {
    DimFactors factors;
    if (factor >= 0)
      factors.push_back(factor);
    if (groups == 1 || extent > 1)
      factors.push_back(rule.addFactor(name, extent, role));
    return factors;
  };
  TensorMapping x, w, bias, y;
  int batch = rule.addFactor("n", input[0]);
  int group = groups == 1 ? -1 : rule.addFactor("g", groups);
  DimFactors inChannels = split(group, weight[1], "c", FactorRole::Contract);
  DimFactors outChannels =
      split(group, weight[0] / groups, "o", FactorRole::Parallel);
  DimFactors weightChannels(inChannels.begin() + (group >= 0 ? 1 : 0),
                            inChannels.end());
  x.dims = {{batch}, inChannels};
  w.dims = {outChannels, weightChannels};
  y.dims = {{batch}, outChannels};
  WindowShape window{{},
                     convolution.strides,
                     convolution.dilations,
                     convolution.padsBegin,
                     convolution.padsEnd};
  window.kernel.assign(weight.begin() + 2, weight.end());
  for (size_t dim = 0; dim + 2 < input.size(); ++dim) {
    int kernel =
        addWindow(rule, input[dim + 2], result[dim + 2], window, dim, x, y);
    w.dims.emplace_back();
    if (kernel >= 0)
      w.dims.back().push_back(kernel);
  }
  rule.operands = {x, w};
  if (convolution.hasBias) {
    rule.followsResult = 2;
    bias.dims = {outChannels};
    rule.operands.push_back(bias);
  }
  rule.results = {y};
  return rule;
}

ShardingRule dtc::poolingRule(Shape input, Shape result,
                              const WindowShape &window) {
  ShardingRule rule;
  rule.selection = Selection::FollowFirst;
  TensorMapping x = addDimensions(rule, input.take_front(2), "n"), y = x;
  for (size_t dim = 0; dim + 2 < input.size(); ++dim)
    addWindow(rule, input[dim + 2], result[dim + 2], window, dim, x, y);
  rule.operands = {x};
  rule.results = {y};
  return rule;
}
