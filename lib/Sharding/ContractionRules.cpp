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

/// Size of batch dimension `dim` of the result in an operand, -1 where it has
/// no such dimension.
static int64_t batchExtent(Shape operand, Shape result, size_t dim) {
  size_t missing = result.size() - operand.size();
  return dim < missing ? -1 : operand[dim - missing];
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

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

namespace {
/// The factors of attention and of its gradient, which sums over those of
/// `summed` role. Heads and batches come first, as the reference tries them.
struct AttentionFactors {
  AttentionFactors(ShardingRule &rule, Shape query, Shape key, Shape value,
                   FactorRole summed);

  TensorMapping query() const { return makeMatrix(queryDims, s, d); }
  TensorMapping key() const { return makeMatrix(keyDims, t, d); }
  TensorMapping value() const { return makeMatrix(keyDims, t, e); }
  TensorMapping result() const { return makeMatrix(queryDims, s, e); }
  TensorMapping sums() const {
    TensorMapping rows = result();
    rows.dims.back().clear();
    return rows;
  }
  TensorMapping mask(Shape query, Shape key, Shape mask) const {
    llvm::SmallVector<int64_t, 6> scores(query);
    scores.back() = key[key.size() - 2];
    return broadcastMapping(makeMatrix(queryDims, s, t), scores, mask);
  }

  llvm::SmallVector<DimFactors, 4> keyDims, queryDims;
  int s, e, t, d;
};
} // namespace

AttentionFactors::AttentionFactors(ShardingRule &rule, Shape query, Shape key,
                                   Shape value, FactorRole summed) {
  size_t head = query.size() - 3;
  int64_t group = key[head] == 0 ? 1 : query[head] / key[head];
  int k = rule.addFactor("k", key[head]);
  DimFactors grouped{k};
  if (group != 1)
    grouped.push_back(rule.addFactor("g", group, summed));
  for (size_t dim = 0; dim < head; ++dim)
    keyDims.push_back({rule.addFactor("b" + std::to_string(dim), query[dim])});
  queryDims = keyDims;
  keyDims.push_back({k});
  queryDims.push_back(grouped);
  s = rule.addFactor("s", query[head + 1], summed);
  e = rule.addFactor("e", value.back(), summed);
  t = rule.addFactor("t", key[head + 1], FactorRole::Whole);
  d = rule.addFactor("d", query.back(), FactorRole::Whole);
}

ShardingRule dtc::attentionRule(Shape query, Shape key, Shape value,
                                std::optional<Shape> mask, AttentionSums sums) {
  ShardingRule rule = contraction();
  rule.completeOperands = {0, 1};
  AttentionFactors factors(rule, query, key, value, FactorRole::Parallel);
  rule.operands = {factors.query(), factors.key(), factors.value()};
  if (mask) {
    rule.completeOperands.push_back(3);
    rule.operands.push_back(factors.mask(query, key, *mask));
  }
  rule.results = {factors.result()};
  if (sums == AttentionSums::Kept) {
    rule.completeOperands.push_back(2);
    rule.results.push_back(factors.sums());
  }
  return rule;
}

ShardingRule dtc::attentionGradientRule(Shape query, Shape key, Shape value,
                                        std::optional<Shape> mask) {
  ShardingRule rule = contraction();
  rule.completeOperands = {0, 1, 2, 3, 4};
  AttentionFactors factors(rule, query, key, value, FactorRole::Contract);
  rule.operands = {factors.query(),  factors.key(),  factors.value(),
                   factors.result(), factors.sums(), factors.result()};
  if (mask) {
    rule.completeOperands.push_back(6);
    rule.operands.push_back(factors.mask(query, key, *mask));
  }
  rule.results = {factors.query(), factors.key(), factors.value()};
  return rule;
}

//===----------------------------------------------------------------------===//
// Linear layers
//===----------------------------------------------------------------------===//

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

ShardingRule dtc::linearWeightGradientRule(Shape gradient, Shape input,
                                           LinearFlags flags) {
  ShardingRule rule = contraction();
  TensorMapping outputs =
      addDimensions(rule, input.drop_back(), "i", FactorRole::Contract);
  TensorMapping inputs = outputs;
  int n = rule.addFactor("n", gradient.back());
  int k = rule.addFactor("k", input.back());
  outputs.dims.push_back({n});
  inputs.dims.push_back({k});
  rule.operands = {outputs, inputs};
  rule.results.push_back(flags.weightInOut ? makeMatrix({}, k, n)
                                           : makeMatrix({}, n, k));
  return rule;
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// How far the positions of a window are apart, first to last.
static int64_t reach(const WindowShape &window, size_t dim) {
  return elementOr(window.dilations, dim, 1) * (window.kernel[dim] - 1);
}

/// Adds the factor of spatial dimension `dim` of a sliding window. A window of
/// one element that goes along element by element is no window.
static int addWindow(ShardingRule &rule, int64_t inputExtent,
                     int64_t resultExtent, const WindowShape &window,
                     size_t dim) {
  int64_t stride = elementOr(window.strides, dim, 1);
  int64_t padding = elementOr(window.padsBegin, dim, 0);
  std::string name = "s" + std::to_string(dim);
  if (stride == 1 && padding == 0 && window.kernel[dim] == 1 &&
      inputExtent == resultExtent)
    return rule.addFactor(name, resultExtent);
  int factor = rule.addFactor(name, resultExtent, FactorRole::Window);
  rule.factors[factor].window = {resultExtent, stride, 1, -padding,
                                 reach(window, dim) - padding};
  return factor;
}

/// The same where every input position is spread over the result: the result
/// position `p` is reached from (p + padding - k * dilation) / stride.
static int addSpreading(ShardingRule &rule, int64_t resultExtent,
                        const WindowShape &window, size_t dim) {
  int64_t padding = elementOr(window.padsBegin, dim, 0);
  int factor = rule.addFactor("s" + std::to_string(dim), resultExtent,
                              FactorRole::Window);
  rule.factors[factor].window = {resultExtent, 1,
                                 elementOr(window.strides, dim, 1),
                                 padding - reach(window, dim), padding};
  return factor;
}

namespace {
/// The channel dimensions of a convolution's tensors.
struct ChannelFactors {
  DimFactors input, output, weightInput, weightOutput;
};
} // namespace

/// Channels of each group: `inputs` and `outputs`. With groups both sides of
/// `groupedWeight` have the groups' factor in front.
enum class GroupedWeight { Output, Input };
static ChannelFactors addChannels(ShardingRule &rule, int64_t groups,
                                  int64_t inputs, int64_t outputs,
                                  GroupedWeight groupedWeight) {
  ChannelFactors channels;
  int group = groups == 1 ? -1 : rule.addFactor("g", groups);
  auto add = [&](int64_t extent, const char *name, FactorRole role) {
    DimFactors own;
    if (groups == 1 || extent > 1)
      own.push_back(rule.addFactor(name, extent, role));
    return own;
  };
  auto grouped = [&](const DimFactors &own) {
    DimFactors factors = own;
    if (group >= 0)
      factors.insert(factors.begin(), group);
    return factors;
  };
  DimFactors c = add(inputs, "c", FactorRole::Contract);
  DimFactors o = add(outputs, "o", FactorRole::Parallel);
  channels.input = grouped(c);
  channels.output = grouped(o);
  bool byOutput = groupedWeight == GroupedWeight::Output;
  channels.weightInput = byOutput ? c : channels.input;
  channels.weightOutput = byOutput ? channels.output : o;
  return channels;
}

/// A factor for each dimension of the kernel that is no point.
static void addKernel(ShardingRule &rule, Shape kernel, TensorMapping &weight) {
  for (auto [dim, extent] : llvm::enumerate(kernel)) {
    weight.dims.emplace_back();
    if (extent != 1)
      weight.dims.back().push_back(
          rule.addFactor("k" + std::to_string(dim), extent, FactorRole::Whole));
  }
}

static WindowShape windowOf(const ConvolutionShape &convolution, Shape kernel) {
  return {{kernel.begin(), kernel.end()},
          convolution.strides,
          convolution.dilations,
          convolution.padsBegin,
          convolution.padsEnd};
}

static void addBias(ShardingRule &rule, const DimFactors &channels) {
  rule.followsResult = 2;
  TensorMapping bias;
  bias.dims = {channels};
  rule.operands.push_back(bias);
}

ShardingRule dtc::convolutionRule(Shape input, Shape weight, Shape result,
                                  const ConvolutionShape &convolution) {
  ShardingRule rule = contraction();
  // The reference's convolutions stay as they are split, however few there are.
  rule.keepsHeldInput = true;
  int batch = rule.addFactor("n", input[0]);
  int64_t groups = convolution.groups;
  ChannelFactors channels = addChannels(
      rule, groups, weight[1], weight[0] / groups, GroupedWeight::Output);
  TensorMapping x, w, y;
  x.dims = {{batch}, channels.input};
  w.dims = {channels.weightOutput, channels.weightInput};
  y.dims = {{batch}, channels.output};
  WindowShape window = windowOf(convolution, weight.drop_front(2));
  addKernel(rule, weight.drop_front(2), w);
  for (size_t dim = 0; dim + 2 < input.size(); ++dim) {
    int factor = addWindow(rule, input[dim + 2], result[dim + 2], window, dim);
    x.dims.push_back({factor});
    y.dims.push_back({factor});
  }
  rule.operands = {x, w};
  if (convolution.hasBias)
    addBias(rule, channels.output);
  rule.results = {y};
  return rule;
}

ShardingRule
dtc::convolutionWeightGradientRule(Shape input, Shape gradient, Shape kernel,
                                   const ConvolutionShape &convolution) {
  ShardingRule rule = contraction();
  int batch = rule.addFactor("n", input[0], FactorRole::Contract);
  int64_t groups = convolution.groups;
  ChannelFactors channels =
      addChannels(rule, groups, input[1] / groups, gradient[1] / groups,
                  GroupedWeight::Output);
  for (int factor : channels.weightInput)
    rule.factors[factor].role = FactorRole::Parallel;
  TensorMapping x, y, w;
  x.dims = {{batch}, channels.input};
  y.dims = {{batch}, channels.output};
  w.dims = {channels.weightOutput, channels.weightInput};
  WindowShape window = windowOf(convolution, kernel);
  addKernel(rule, kernel, w);
  for (size_t dim = 0; dim + 2 < input.size(); ++dim) {
    int factor =
        addWindow(rule, input[dim + 2], gradient[dim + 2], window, dim);
    if (rule.factors[factor].role == FactorRole::Window)
      rule.factors[factor].windowOperand = 0;
    rule.factors[factor].role = FactorRole::Contract;
    x.dims.push_back({factor});
    y.dims.push_back({factor});
  }
  rule.operands = {x, y};
  rule.results = {w};
  return rule;
}

ShardingRule
dtc::transposedConvolutionRule(Shape input, Shape weight, Shape result,
                               const ConvolutionShape &convolution) {
  ShardingRule rule = contraction();
  // The reference's convolutions stay as they are split, however few there are.
  rule.dropEmptyShards = false;
  int batch = rule.addFactor("n", input[0]);
  int64_t groups = convolution.groups;
  ChannelFactors channels = addChannels(rule, groups, weight[0] / groups,
                                        weight[1], GroupedWeight::Input);
  TensorMapping x, w, y;
  x.dims = {{batch}, channels.input};
  w.dims = {channels.weightInput, channels.weightOutput};
  y.dims = {{batch}, channels.output};
  WindowShape window = windowOf(convolution, weight.drop_front(2));
  addKernel(rule, weight.drop_front(2), w);
  for (size_t dim = 0; dim + 2 < input.size(); ++dim) {
    int factor = addSpreading(rule, result[dim + 2], window, dim);
    x.dims.push_back({factor});
    y.dims.push_back({factor});
  }
  rule.operands = {x, w};
  if (convolution.hasBias)
    addBias(rule, channels.output);
  rule.results = {y};
  return rule;
}

ShardingRule dtc::poolingRule(Shape input, Shape result,
                              const WindowShape &window) {
  ShardingRule rule;
  rule.selection = Selection::FollowFirst;
  TensorMapping x = addDimensions(rule, input.take_front(2), "n"), y = x;
  for (size_t dim = 0; dim + 2 < input.size(); ++dim) {
    int factor = addWindow(rule, input[dim + 2], result[dim + 2], window, dim);
    x.dims.push_back({factor});
    y.dims.push_back({factor});
  }
  rule.operands = {x};
  rule.results = {y};
  return rule;
}

ShardingRule dtc::maxPoolGradientRule(Shape gradient, Shape result,
                                      const WindowShape &window) {
  ShardingRule rule;
  rule.selection = Selection::FollowFirst;
  rule.linearity = Linearity::Each;
  rule.completeOperands.push_back(1);
  TensorMapping tensor = addDimensions(rule, gradient.take_front(2), "n");
  for (size_t dim = 0; dim + 2 < gradient.size(); ++dim)
    tensor.dims.push_back({addSpreading(rule, result[dim + 2], window, dim)});
  rule.operands = {tensor, tensor};
  rule.results = {tensor};
  return rule;
}

ShardingRule dtc::resampleRule(Shape input, Shape result, int64_t axis,
                               llvm::ArrayRef<int64_t> positions) {
  ShardingRule rule;
  rule.selection = Selection::FollowFirst;
  rule.linearity = Linearity::Each;
  TensorMapping x = addDimensions(rule, input, "i");
  Factor &factor = rule.factors[axis];
  factor.size = result[axis];
  factor.role = FactorRole::Window;
  Window window{result[axis], input[axis], std::max<int64_t>(1, result[axis])};
  auto count = static_cast<int64_t>(positions.size());
  int64_t taps = count / window.divisor;
  for (int64_t place = 0; place < count; ++place) {
    int64_t ahead =
        positions[place] * window.divisor - place / taps * window.step;
    window.low = place == 0 ? ahead : std::min(window.low, ahead);
    window.high = place == 0 ? ahead : std::max(window.high, ahead);
  }
  // Positions as they are make no window.
  if (window.low == 0 && window.high == 0 && window.step == window.divisor)
    factor.role = FactorRole::Parallel;
  else if (count == 0)
    factor.role = FactorRole::Whole;
  factor.window = window;
  rule.operands = {x};
  rule.results = {x};
  return rule;
}
