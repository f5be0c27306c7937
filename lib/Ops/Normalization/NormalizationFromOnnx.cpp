//===- NormalizationFromOnnx.cpp - Normalisations of ONNX models ----------===//

#include "dtc/Import/OnnxNode.h"

using namespace mlir;
using namespace dtc;

/// Scale or bias in the shape of the normalised dimensions.
static Value fit(OnnxNode &node, Value value, ArrayRef<int64_t> shape) {
  if (!value || node.shape(value) == shape)
    return value;
  return node.broadcast(value, shape);
}

static OnnxResults importLayerNorm(OnnxNode &node) {
  Value input = node.input(0);
  int64_t axis = node.dimension(node.integer("axis", -1), node.rank(input));
  double epsilon = node.real("epsilon", 1e-5);
  // Statistics are in f32 or wider whatever the type.
  node.ignore("stash_type");
  ArrayRef<int64_t> inner = node.shape(input).drop_front(axis);
  Value scale = fit(node, node.input(1), inner);
  Value bias = fit(node, node.input(2), inner);
  if (node.failed())
    return {};
  return {node.create<LayerNormOp>(input, scale, bias, axis,
                                   llvm::APFloat(epsilon))};
}

static OnnxResults importRmsNorm(OnnxNode &node) {
  Value input = node.input(0);
  int64_t axis = node.dimension(node.integer("axis", -1), node.rank(input));
  double epsilon = node.real("epsilon", 1e-5);
  node.ignore("stash_type");
  Value scale = fit(node, node.input(1), node.shape(input).drop_front(axis));
  return {node.create<RmsNormOp>(input, scale, axis, llvm::APFloat(epsilon))};
}

static OnnxResults importBatchNorm(OnnxNode &node) {
  double epsilon = node.real("epsilon", 1e-5);
  // How running statistics would be updated.
  node.ignore("momentum");
  if (node.integer("training_mode", 0) != 0)
    return {node.error("attribute 'training_mode': expected 0, got 1: export "
                       "the model in evaluation mode")};
  return {node.create<BatchNormOp>(node.input(0), node.input(1), node.input(2),
                                   node.input(3), node.input(4),
                                   llvm::APFloat(epsilon))};
}

/// Normalises groups of channels; `groups` = channels normalises each alone.
/// The scale has an element a channel (or, before opset 21, a group).
static Value normalizeGroups(OnnxNode &node, int64_t groups) {
  Value input = node.input(0), scale = node.input(1), bias = node.input(2);
  double epsilon = node.real("epsilon", 1e-5);
  SmallVector<int64_t> shape(node.shape(input));
  if (shape.size() < 3 || groups < 1 || shape[1] % groups != 0)
    return node.error("expected an input of rank 3 or more whose channels "
                      "divide into " +
                      Twine(groups) + " groups");
  Type type = node.element(input);
  int64_t rest =
      shape[0] * groups == 0 ? 0 : numElements(shape) / (shape[0] * groups);
  Value grouped = node.reshape(input, {shape[0], groups, rest});
  SmallVector<int64_t> dims(1, 2);
  Value mean = node.create<ReduceMeanOp>(grouped, dims, true);
  Value centered = node.create<SubOp>(grouped, mean);
  Value variance = node.create<ReduceMeanOp>(
      node.create<MulOp>(centered, centered), dims, true);
  Value deviation = node.create<SqrtOp>(
      node.create<AddOp>(variance, node.scalar(epsilon, type)));
  Value normal = node.create<DivOp>(centered, deviation);
  bool perGroup =
      node.shape(scale) == ArrayRef<int64_t>(groups) && shape[1] != groups;
  SmallVector<int64_t> channels(shape.size() - 1, 1);
  channels[0] = shape[1];
  if (perGroup) {
    normal = node.create<MulOp>(normal, node.reshape(scale, {groups, 1}));
    normal = node.create<AddOp>(normal, node.reshape(bias, {groups, 1}));
    return node.reshape(normal, shape);
  }
  normal = node.reshape(normal, shape);
  normal = node.create<MulOp>(normal, node.reshape(scale, channels));
  return node.create<AddOp>(normal, node.reshape(bias, channels));
}

static OnnxResults importGroupNorm(OnnxNode &node) {
  node.ignore("stash_type");
  auto groups = node.integer("num_groups");
  if (!groups)
    return {node.error("expected attribute 'num_groups'")};
  return {normalizeGroups(node, *groups)};
}

static OnnxResults importInstanceNorm(OnnxNode &node) {
  ArrayRef<int64_t> shape = node.shape(node.input(0));
  return {normalizeGroups(node, shape.size() > 1 ? shape[1] : 0)};
}

void dtc::registerNormalizationOnnxImporters(OnnxImporters &importers) {
  importers.add("LayerNormalization", {2, 3}, importLayerNorm);
  importers.add("RMSNormalization", {2}, importRmsNorm);
  importers.add("BatchNormalization", {5}, importBatchNorm);
  importers.add("GroupNormalization", {3}, importGroupNorm);
  importers.add("InstanceNormalization", {3}, importInstanceNorm);
}
