//===- LossFromOnnx.cpp - Losses of ONNX models ---------------------------===//

#include "LossFromOnnx.h"
#include "LabelLossImport.h"

using namespace mlir;
using namespace dtc;

static LossReduction reductionOf(OnnxNode &node) {
  StringRef reduction = node.text("reduction", "mean");
  if (reduction == "none")
    return LossReduction::None;
  if (reduction == "sum")
    return LossReduction::Sum;
  if (reduction != "mean")
    node.error("attribute 'reduction': expected 'none', 'sum' or "
               "'mean', got '" +
               reduction + "'");
  return LossReduction::Mean;
}

/// The loss of the labels, without those that the node ignores.
static Value reduce(OnnxNode &node, LabelLoss &loss,
                    const LogProbabilities &logs) {
  LossReduction reduction = reductionOf(node);
  if (auto ignored = node.integer("ignore_index"))
    loss.ignore(*ignored);
  return loss.asResult(loss.reduce(logs, reduction));
}

static OnnxResults importNegativeLogLikelihood(OnnxNode &node) {
  LabelLoss loss(node, node.input(0), node.input(1), node.input(2));
  if (!loss.verify())
    return {};
  return {reduce(node, loss, {loss.widened(), {}})};
}

static OnnxResults importSoftmaxCrossEntropy(OnnxNode &node) {
  LabelLoss loss(node, node.input(0), node.input(1), node.input(2));
  if (!loss.verify())
    return {};
  LogProbabilities logs = loss.softmax();
  OnnxResults results{reduce(node, loss, logs)};
  if (node.hasOutput(1))
    results.push_back(
        loss.asResult(node.create<SubOp>(logs.shifted, logs.offset)));
  return results;
}

void dtc::registerLossImporters(OnnxImporters &importers) {
  importers.add("NegativeLogLikelihoodLoss", {2, 3},
                importNegativeLogLikelihood);
  importers.add("SoftmaxCrossEntropyLoss", {2, 3}, importSoftmaxCrossEntropy);
}
