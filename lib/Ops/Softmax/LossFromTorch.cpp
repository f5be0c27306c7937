//===- LossFromTorch.cpp - Losses of ATen ---------------------------------===//
//
// Labels are integers, or probabilities of the classes. Those of elements are
// in Elementwise/ElementLossFromTorch.cpp.
//
//===----------------------------------------------------------------------===//

#include "LossFromTorch.h"
#include "LabelLossImport.h"

using namespace mlir;
using namespace dtc;

/// The value with a batch of one where there is none.
static Value batched(TorchNode &node, Value value, bool isSingle) {
  return isSingle ? node.unsqueeze(value, 0) : value;
}

/// The results of a loss, with the shapes that a batch of one has taken away.
static Value unbatched(TorchNode &node, Value value, bool isSingle) {
  return isSingle && node.rank(value) > 0
             ? node.reshape(value, node.shape(value).drop_front())
             : value;
}

/// The sum of the weights too where `withTotal`; 0 without reduction.
template <bool withTotal> static NodeResults importLabels(TorchNode &node) {
  Value scores = node.tensor("self");
  bool isSingle = node.rank(scores) == 1;
  LabelLoss loss(node, batched(node, scores, isSingle),
                 batched(node, node.tensor("target"), isSingle),
                 node.optionalTensor("weight"));
  LossReduction reduction = lossReduction(node);
  int64_t ignored = node.integer("ignore_index", -100);
  if (node.failed() || !loss.verify())
    return {};
  loss.ignore(ignored);
  NodeResults results{unbatched(
      node, loss.asResult(loss.reduce({loss.widened(), {}}, reduction)),
      isSingle)};
  if (withTotal)
    results.push_back(reduction == LossReduction::None
                          ? node.scalar(0, node.element(scores))
                          : loss.asResult(loss.totalWeight()));
  return results;
}

/// (1 - smoothing) part + smoothing / classes spread.
static Value smooth(TorchNode &node, Value part, Value spread, double smoothing,
                    int64_t classes) {
  Type type = node.element(part);
  auto scaled = [&](Value value, double by) {
    return node.create<MulOp>(value, node.scalar(by, type));
  };
  return node.create<AddOp>(scaled(part, 1 - smoothing),
                            scaled(spread, smoothing / double(classes)));
}

/// The cross entropy of the probabilities `target`, [batch, classes, ...].
static Value crossEntropy(TorchNode &node, LabelLoss &loss, Value target,
                          LossReduction reduction, double smoothing) {
  LogProbabilities logs = loss.softmax();
  Value log = node.create<SubOp>(logs.shifted, logs.offset);
  Type type = node.element(log);
  ArrayRef<int64_t> shape = node.shape(target);
  target = node.cast(target, type);
  if (smoothing != 0)
    target = smooth(node, target, node.scalar(1, type), smoothing, shape[1]);
  Value weights = node.optionalTensor("weight");
  if (weights && node.shape(weights) != shape.slice(1, 1))
    return node.error("expected a weight for each of the " + Twine(shape[1]) +
                      " classes");
  SmallVector<int64_t> classes(1, 1);
  Value rows = node.create<NegOp>(node.create<ReduceSumOp>(
      node.create<MulOp>(log, loss.weighted(target)), classes, false));
  return reduceLosses(node, rows, reduction);
}

static NodeResults importCrossEntropy(TorchNode &node) {
  Value scores = node.tensor("self"), target = node.tensor("target");
  LossReduction reduction = lossReduction(node);
  double smoothing = node.real("label_smoothing", 0);
  int64_t ignored = node.integer("ignore_index", -100);
  if (node.failed() || node.rank(scores) == 0)
    return {node.error("expected scores of classes")};
  bool isSingle = node.rank(scores) == 1;
  bool areProbabilities = isa<FloatType>(node.element(target));
  if (areProbabilities && node.shape(target) != node.shape(scores))
    return {node.error("expected probabilities of the scores' shape")};
  Value rows = batched(node, scores, isSingle);
  LabelLoss loss(node, rows, batched(node, target, isSingle),
                 node.optionalTensor("weight"));
  if (areProbabilities) {
    Value result = crossEntropy(node, loss, batched(node, target, isSingle),
                                reduction, smoothing);
    return {unbatched(node, loss.asResult(result), isSingle)};
  }
  if (!loss.verify())
    return {};
  loss.ignore(ignored);
  LogProbabilities logs = loss.softmax();
  Value result = loss.reduce(logs, reduction);
  if (smoothing != 0)
    result = smooth(node, result, loss.reduceSpread(logs, reduction), smoothing,
                    node.shape(rows)[1]);
  return {unbatched(node, loss.asResult(result), isSingle)};
}

void dtc::registerLossTorchImporters(TorchImporters &importers) {
  importers.add("aten.cross_entropy_loss.default", importCrossEntropy);
  for (StringRef target : {"aten.nll_loss.default", "aten.nll_loss2d.default",
                           "aten.nll_loss_nd.default"})
    importers.add(target, importLabels<false>);
  importers.add("aten.nll_loss_forward.default", importLabels<true>);
  importers.add("aten.nll_loss2d_forward.default", importLabels<true>);
}
