//===- NormalizationFromOnnx.cpp - Normalisations of ONNX models ----------===//

#include "NormalizationImport.h"

#include "dtc/Import/OnnxNode.h"

using namespace mlir;
using namespace dtc;

/// Mean and reciprocal deviation of the dimensions from `axis`, in f32 or wider
/// and rounded to f32 or what `stash_type` says.
static void addStatistics(OnnxNode &node, int64_t axis, double epsilon,
                          OnnxResults &results) {
  Value input = node.input(0);
  Type type = node.elementType("stash_type", /*f32*/ 1);
  Type wide = node.element(input).isF64() ? node.element(input)
                                          : Float32Type::get(node.getContext());
  Value x = node.cast(input, wide);
  auto dims = llvm::to_vector(llvm::seq<int64_t>(axis, node.rank(input)));
  Value mean = node.create<ReduceMeanOp>(x, dims, true);
  Value centered = node.create<SubOp>(x, mean);
  Value variance = node.create<ReduceMeanOp>(
      node.create<MulOp>(centered, centered), dims, true);
  Value inverse = node.create<RsqrtOp>(
      node.create<AddOp>(variance, node.scalar(epsilon, wide)));
  results.push_back(node.cast(mean, type));
  results.push_back(node.cast(inverse, type));
}

static OnnxResults importLayerNorm(OnnxNode &node) {
  Value input = node.input(0);
  int64_t axis = node.dimension(node.integer("axis", -1), node.rank(input));
  double epsilon = node.real("epsilon", 1e-5);
  // Statistics are in f32 or wider whatever the type.
  node.ignore("stash_type");
  ArrayRef<int64_t> inner = node.shape(input).drop_front(axis);
  Value scale = fitNormalized(node, node.input(1), inner);
  Value bias = fitNormalized(node, node.input(2), inner);
  if (node.failed())
    return {};
  OnnxResults results{node.create<LayerNormOp>(input, scale, bias, axis,
                                               llvm::APFloat(epsilon))};
  if (node.hasOutput(1) || node.hasOutput(2))
    addStatistics(node, axis, epsilon, results);
  return results;
}

static OnnxResults importRmsNorm(OnnxNode &node) {
  Value input = node.input(0);
  int64_t axis = node.dimension(node.integer("axis", -1), node.rank(input));
  double epsilon = node.real("epsilon", 1e-5);
  node.ignore("stash_type");
  Value scale =
      fitNormalized(node, node.input(1), node.shape(input).drop_front(axis));
  return {node.create<RmsNormOp>(input, scale, axis, llvm::APFloat(epsilon))};
}

/// By the batch's own statistics; the running ones move towards them.
static OnnxResults normalizeBatch(OnnxNode &node, double epsilon,
                                  double momentum) {
  Value input = node.input(0);
  SmallVector<int64_t> dims =
      llvm::to_vector(llvm::seq<int64_t>(0, node.rank(input)));
  if (dims.size() < 2)
    return {node.error("expected an input of rank 2 or more, got rank " +
                       Twine(dims.size()))};
  dims.erase(dims.begin() + 1);
  SmallVector<int64_t> kept(node.rank(input), 1);
  kept[1] = node.shape(input)[1];
  Value mean = node.create<ReduceMeanOp>(input, dims, false);
  Value centered = node.create<SubOp>(input, node.reshape(mean, kept));
  Value variance = node.create<ReduceMeanOp>(
      node.create<MulOp>(centered, centered), dims, false);
  Value normal = node.create<BatchNormOp>(
      input, node.input(1), node.input(2),
      node.cast(mean, node.element(node.input(3))),
      node.cast(variance, node.element(node.input(4))), llvm::APFloat(epsilon));
  // Nothing after an error.
  if (normal)
    nameRunningStatistics(normal.getDefiningOp(),
                          {node.input(3), node.input(4), momentum, 1});
  OnnxResults results{normal};
  for (auto [i, current] : {std::pair(3, mean), std::pair(4, variance)}) {
    Value running = node.input(i);
    Type type = node.element(running);
    results.push_back(node.create<AddOp>(
        node.create<MulOp>(running, node.scalar(momentum, type)),
        node.create<MulOp>(node.cast(current, type),
                           node.scalar(1 - momentum, type))));
  }
  return results;
}

static OnnxResults importBatchNorm(OnnxNode &node) {
  double epsilon = node.real("epsilon", 1e-5);
  double momentum = node.real("momentum", 0.9);
  if (node.integer("training_mode", 0) != 0)
    return normalizeBatch(node, epsilon, momentum);
  return {normalizeChannels(node, {node.input(0), node.input(1), node.input(2),
                                   node.input(3), node.input(4), epsilon})};
}

static GroupNorm readGroupNorm(OnnxNode &node, int64_t groups) {
  return {node.input(0), node.input(1), node.input(2), groups,
          node.real("epsilon", 1e-5)};
}

static OnnxResults importGroupNorm(OnnxNode &node) {
  node.ignore("stash_type");
  auto groups = node.integer("num_groups");
  if (!groups)
    return {node.error("expected attribute 'num_groups'")};
  return {normalizeGroups(node, readGroupNorm(node, *groups), 3)};
}

static OnnxResults importInstanceNorm(OnnxNode &node) {
  ArrayRef<int64_t> shape = node.shape(node.input(0));
  return {normalizeGroups(
      node, readGroupNorm(node, shape.size() > 1 ? shape[1] : 0), 3)};
}

/// x / norm along an axis; 0 where the norm is.
static OnnxResults importLpNorm(OnnxNode &node) {
  Value input = node.input(0);
  SmallVector<int64_t> dims(
      1, node.dimension(node.integer("axis", -1), node.rank(input)));
  int64_t p = node.integer("p", 2);
  if (p != 1 && p != 2)
    return {node.error("attribute 'p': expected 1 or 2, got " + Twine(p))};
  Value norm = p == 1 ? node.create<ReduceL1Op>(input, dims, true)
                      : node.create<ReduceL2Op>(input, dims, true);
  Value zero = node.scalar(0, node.element(input));
  return {node.create<SelectOp>(node.create<EqualOp>(norm, zero), zero,
                                node.create<DivOp>(input, norm))};
}

/// (x - mean) / (deviation + 1e-9).
static OnnxResults importMeanVarianceNorm(OnnxNode &node) {
  Value input = node.input(0);
  SmallVector<int64_t> dims = node.dimensions(
      node.integers("axes").value_or(SmallVector<int64_t>{0, 2, 3}),
      node.rank(input));
  Value centered =
      node.create<SubOp>(input, node.create<ReduceMeanOp>(input, dims, true));
  Value deviation = node.create<SqrtOp>(node.create<ReduceMeanOp>(
      node.create<MulOp>(centered, centered), dims, true));
  return {node.create<DivOp>(
      centered,
      node.create<AddOp>(deviation, node.scalar(1e-9, node.element(input))))};
}

void dtc::registerNormalizationOnnxImporters(OnnxImporters &importers) {
  importers.add("LayerNormalization", {2, 3}, importLayerNorm);
  importers.add("RMSNormalization", {2}, importRmsNorm);
  importers.add("BatchNormalization", {5}, importBatchNorm);
  importers.add("GroupNormalization", {3}, importGroupNorm);
  importers.add("LpNormalization", {1}, importLpNorm);
  importers.add("MeanVarianceNormalization", {1}, importMeanVarianceNorm);
  importers.add("InstanceNormalization", {3}, importInstanceNorm);
}
