//===- RandomFromTorch.cpp - Dropout of ATen ------------------------------===//
//
// A model that was exported after model.eval() has no dropout, or one that does
// nothing. In a model that was exported for training elements are kept by the
// numbers of `dtc.random_bits`, with the node's name as the seed: other ones
// than torch would draw, of the same distribution.
//
//===----------------------------------------------------------------------===//

#include "DropoutImport.h"

#include <cmath>

using namespace mlir;
using namespace dtc;

/// The share of dropped elements; 0 where the node leaves its operand as it is.
static double readRatio(TorchNode &node) {
  double ratio = node.real("p", 0);
  bool isTraining = node.flag("train", true);
  if (!(ratio >= 0 && ratio <= 1))
    node.error("argument 'p': expected a probability from 0 to 1");
  return isTraining ? ratio : 0;
}

static NodeResults importDropout(TorchNode &node) {
  Value input = node.tensor("input");
  double ratio = readRatio(node);
  if (node.failed() || ratio == 0)
    return {input};
  return {dropElements(node, input, ratio)[0]};
}

/// Ones with an element a channel of each batch, or the shape of the input.
static Value onesLike(TorchNode &node, Value input, unsigned channelDims) {
  SmallVector<int64_t> shape(node.shape(input));
  for (size_t i = channelDims; i < shape.size(); ++i)
    shape[i] = 1;
  return node.broadcast(node.scalar(1, node.element(input)), shape);
}

/// Whole channels are kept or dropped.
static NodeResults importFeatureDropout(TorchNode &node) {
  Value input = node.tensor("input");
  double ratio = readRatio(node);
  if (node.failed() || ratio == 0)
    return {input};
  if (node.rank(input) < 2)
    return {node.error("expected an input of rank 2 or more, got rank " +
                       Twine(node.rank(input)))};
  Value kept = dropElements(node, onesLike(node, input, 2), ratio).front();
  return {node.create<MulOp>(input, kept)};
}

/// What is dropped becomes the value that SELU tends to; mean and variance of
/// normal numbers stay (arXiv:1706.02515, section "Alpha dropout").
static NodeResults dropAlpha(TorchNode &node, Value input, Value ones,
                             double ratio) {
  Type type = node.element(input);
  if (ratio == 1)
    return {node.create<MulOp>(input, node.scalar(0, type))};
  constexpr double alpha = 1.7580993408473766;
  double scale = 1 / std::sqrt((alpha * alpha * ratio + 1) * (1 - ratio));
  NodeResults dropped = dropElements(node, ones, ratio);
  if (node.failed())
    return {};
  Value kept =
      node.create<SelectOp>(dropped[1], input, node.scalar(-alpha, type));
  return {node.create<AddOp>(node.create<MulOp>(kept, node.scalar(scale, type)),
                             node.scalar(alpha * scale * ratio, type))};
}

/// Each element by itself, or by channels.
template <bool isByChannel> static NodeResults importAlpha(TorchNode &node) {
  Value input = node.tensor("input");
  double ratio = readRatio(node);
  if (node.failed() || ratio == 0)
    return {input};
  if (isByChannel && node.rank(input) < 2)
    return {node.error("expected an input of rank 2 or more, got rank " +
                       Twine(node.rank(input)))};
  unsigned dims = isByChannel ? 2 : node.rank(input);
  return dropAlpha(node, input, onesLike(node, input, dims), ratio);
}

/// The second result is the mask of what was kept.
static NodeResults importNativeDropout(TorchNode &node) {
  Value input = node.tensor("input");
  double ratio = readRatio(node);
  if (node.failed())
    return {};
  if (ratio == 0)
    return {input,
            node.broadcast(node.scalar(1, node.i1()), node.shape(input))};
  return dropElements(node, input, ratio);
}

/// Ones with the probability 'p', as decomposed dropout of channels has it.
static NodeResults importBernoulli(TorchNode &node) {
  Value input = node.tensor("self");
  double share = node.real("p", 0.5);
  node.ignore("generator");
  if (!(share >= 0 && share <= 1))
    node.error("argument 'p': expected a probability from 0 to 1");
  if (node.failed())
    return {};
  Value ones = onesLike(node, node.cast(input, node.f32()), node.rank(input));
  Value mask = dropElements(node, ones, 1 - share)[1];
  return {node.cast(mask, node.element(input))};
}

void dtc::registerRandomTorchImporters(TorchImporters &importers) {
  using Entry = std::pair<StringRef, TorchImporters::Function>;
  for (auto [target, import] :
       {Entry("aten.dropout.default", importDropout),
        Entry("aten.feature_dropout.default", importFeatureDropout),
        Entry("aten.alpha_dropout.default", importAlpha<false>),
        Entry("aten.feature_alpha_dropout.default", importAlpha<true>)})
    importers.addView(target, import, writeReshaped, TorchAlias::Identity);
  importers.add("aten.bernoulli.p", importBernoulli);
  importers.add("aten.native_dropout.default", importNativeDropout);
}
