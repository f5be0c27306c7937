//===- NormalizationFromTorch.cpp - Normalisations of ATen ----------------===//

#include "NormalizationImport.h"

#include "dtc/Import/TorchNode.h"

#include <limits>

using namespace mlir;
using namespace dtc;

/// The first of the last dimensions that a node normalises; nothing after an
/// error.
static std::optional<int64_t> readAxis(TorchNode &node, Value input) {
  SmallVector<int64_t> shape = node.integers("normalized_shape");
  ArrayRef<int64_t> whole = node.shape(input);
  if (node.failed())
    return std::nullopt;
  if (shape.empty() || shape.size() > whole.size() ||
      whole.take_back(shape.size()) != ArrayRef<int64_t>(shape)) {
    node.error("expected a 'normalized_shape' of the last dimensions");
    return std::nullopt;
  }
  return whole.size() - shape.size();
}

/// Ones where there is no scale.
static Value scaleOrOnes(TorchNode &node, Value scale, Value input,
                         ArrayRef<int64_t> shape) {
  return scale ? scale
               : node.broadcast(node.scalar(1, node.element(input)), shape);
}

static NodeResults importLayerNorm(TorchNode &node) {
  Value input = node.tensor("input");
  auto axis = readAxis(node, input);
  node.ignore("cudnn_enable");
  double epsilon = node.real("eps", 1e-5);
  Value scale = node.optionalTensor("weight"),
        bias = node.optionalTensor("bias");
  if (!axis || node.failed())
    return {};
  scale = scaleOrOnes(node, scale, input, node.shape(input).drop_front(*axis));
  return {node.create<LayerNormOp>(input, scale, bias, *axis,
                                   llvm::APFloat(epsilon))};
}

/// Without an epsilon it is that of the input's type.
static NodeResults importRmsNorm(TorchNode &node) {
  Value input = node.tensor("input");
  auto axis = readAxis(node, input);
  Value scale = node.optionalTensor("weight");
  if (!axis || node.failed())
    return {};
  Type type = node.element(input);
  double smallest = type.isF64()    ? std::numeric_limits<double>::epsilon()
                    : type.isF32()  ? std::numeric_limits<float>::epsilon()
                    : type.isBF16() ? 0x1p-7
                                    : 0x1p-10;
  scale = scaleOrOnes(node, scale, input, node.shape(input).drop_front(*axis));
  return {node.create<RmsNormOp>(input, scale, *axis,
                                 llvm::APFloat(node.real("eps", smallest)))};
}

//===----------------------------------------------------------------------===//
// Batches
//===----------------------------------------------------------------------===//

namespace {
/// One value a channel each.
struct Statistics {
  Value mean, variance;
};
} // namespace

/// Those of the batch itself.
static Statistics statisticsOf(TorchNode &node, Value input) {
  SmallVector<int64_t> dims =
      llvm::to_vector(llvm::seq<int64_t>(0, node.rank(input)));
  dims.erase(dims.begin() + 1);
  SmallVector<int64_t> kept(node.rank(input), 1);
  kept[1] = node.shape(input)[1];
  Value mean = node.create<ReduceMeanOp>(input, dims, false);
  Value centered = node.create<SubOp>(input, node.reshape(mean, kept));
  return {mean, node.create<ReduceMeanOp>(
                    node.create<MulOp>(centered, centered), dims, false)};
}

/// The running statistic moved towards the batch's; its variance is that of a
/// sample.
static Value moved(TorchNode &node, Value running, Value current,
                   double momentum, double correction) {
  if (!running)
    return {};
  Type type = node.element(running);
  Value old = node.create<MulOp>(running, node.scalar(1 - momentum, type));
  return node.create<AddOp>(
      old, node.create<MulOp>(node.cast(current, type),
                              node.scalar(momentum * correction, type)));
}

static NodeResults normalizeBatch(TorchNode &node, bool isTraining) {
  Value input = node.tensor("input");
  Value scale = node.optionalTensor("weight"),
        bias = node.optionalTensor("bias");
  Statistics running{node.optionalTensor("running_mean"),
                     node.optionalTensor("running_var")};
  double epsilon = node.real("eps", 1e-5);
  double momentum = node.real("momentum", 0.1);
  node.ignore("cudnn_enabled");
  if (node.failed())
    return {};
  ArrayRef<int64_t> shape = node.shape(input);
  if (shape.size() < 2)
    return {node.error("expected an input of rank 2 or more, got rank " +
                       Twine(shape.size()))};
  Type type = node.element(input);
  SmallVector<int64_t> channels{shape[1]};
  scale = scaleOrOnes(node, scale, input, channels);
  if (!bias)
    bias = node.broadcast(node.scalar(0, type), channels);
  Statistics used = running;
  bool usesBatch = isTraining || !running.mean || !running.variance;
  if (!usesBatch)
    return {normalizeChannels(
        node, {input, scale, bias, used.mean, used.variance, epsilon})};
  used = statisticsOf(node, input);
  NodeResults results{node.create<BatchNormOp>(
      input, scale, bias, used.mean, used.variance, llvm::APFloat(epsilon))};
  if (!running.mean || !running.variance)
    return results;
  double count = static_cast<double>(numElements(shape)) /
                 static_cast<double>(std::max<int64_t>(shape[1], 1));
  double sample = count / std::max(count - 1, 1.0);
  // torch's momentum is that of the new value.
  if (results.front())
    nameRunningStatistics(
        results.front().getDefiningOp(),
        {running.mean, running.variance, 1 - momentum, sample});
  results.push_back({});
  results.push_back({});
  results.push_back(moved(node, running.mean, used.mean, momentum, 1));
  results.push_back(
      moved(node, running.variance, used.variance, momentum, sample));
  return results;
}

static NodeResults importBatchNorm(TorchNode &node) {
  return normalizeBatch(node, node.flag("training", false));
}

static NodeResults importFixedBatchNorm(TorchNode &node) {
  return normalizeBatch(node, false);
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

static NodeResults importGroupNorm(TorchNode &node) {
  for (StringRef name : {"cudnn_enabled", "N", "C", "HxW"})
    node.ignore(name);
  GroupNorm norm;
  norm.input = node.tensor("input");
  norm.scale = node.optionalTensor("weight");
  norm.bias = node.optionalTensor("bias");
  norm.groups = node.integer(node.has("group") ? "group" : "num_groups");
  norm.epsilon = node.real("eps", 1e-5);
  return {node.failed() ? Value() : normalizeGroups(node, norm, 2)};
}

static NodeResults importInstanceNorm(TorchNode &node) {
  for (StringRef name : {"cudnn_enabled", "momentum"})
    node.ignore(name);
  GroupNorm norm;
  norm.input = node.tensor("input");
  norm.scale = node.optionalTensor("weight");
  norm.bias = node.optionalTensor("bias");
  norm.epsilon = node.real("eps", 1e-5);
  bool usesInput = node.flag("use_input_stats", true);
  bool hasRunning =
      node.optionalTensor("running_mean") || node.optionalTensor("running_var");
  if (!usesInput || hasRunning)
    return {node.error("instance normalisation with running statistics is not "
                       "supported")};
  if (node.rank(norm.input) > 1)
    norm.groups = node.shape(norm.input)[1];
  return {node.failed() ? Value() : normalizeGroups(node, norm, 3)};
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// g v / |v|, and the norms: of what lies at each place of dimension `dim`, or
/// of all of v where it is -1.
static NodeResults importWeightNorm(TorchNode &node) {
  Value v = node.tensor("v"), g = node.tensor("g");
  int64_t dim = node.integer("dim", 0);
  SmallVector<int64_t> dims;
  for (int64_t i = 0; i < node.rank(v); ++i)
    if (i != dim)
      dims.push_back(i);
  if (node.failed() || dim < -1 || dim >= node.rank(v) ||
      !isa<FloatType>(node.element(v)))
    return {node.error("expected floats that have the dimension 'dim'")};
  Value norm = node.create<ReduceL2Op>(v, dims, true);
  return {node.create<MulOp>(v, node.create<DivOp>(g, norm)), norm};
}

void dtc::registerNormalizationTorchImporters(TorchImporters &importers) {
  importers.add("aten.layer_norm.default", importLayerNorm);
  importers.add("aten.native_layer_norm.default", importLayerNorm);
  importers.add("aten.rms_norm.default", importRmsNorm);
  importers.add("aten._fused_rms_norm.default", importRmsNorm);
  importers.add("aten.batch_norm.default", importBatchNorm);
  importers.add("aten._native_batch_norm_legit_no_training.default",
                importFixedBatchNorm);
  importers.add("aten._native_batch_norm_legit_functional.default",
                importBatchNorm);
  importers.add("aten._native_batch_norm_legit.no_stats", importBatchNorm);
  importers.add("aten.group_norm.default", importGroupNorm);
  importers.add("aten.native_group_norm.default", importGroupNorm);
  importers.add("aten.instance_norm.default", importInstanceNorm);
  importers.add("aten._weight_norm.default", importWeightNorm);
  importers.add("aten._weight_norm_interface.default", importWeightNorm);
}
