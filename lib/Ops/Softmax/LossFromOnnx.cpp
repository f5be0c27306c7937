//===- LossFromOnnx.cpp - Losses of ONNX models ---------------------------===//
//
//   loss[n] = -weight[label[n]] * log_probability[n, label[n]]
//
// 1. The logarithm of the softmax is taken apart: maximum, sum of exponentials,
//    and one element of each row. On logits whose classes are split over ranks
//    each of the three leaves a partial result as small as the loss, so the
//    logits are never gathered.
// 2. Labels equal to `ignore_index` count for nothing.
// 3. The mean is that of the weights that count, not of the elements.
// 4. f16 and bf16 are computed on in f32.
//
//===----------------------------------------------------------------------===//

#include "LossFromOnnx.h"

using namespace mlir;
using namespace dtc;

namespace {

/// Log probabilities less a term for each row: `shifted - offset`.
struct LogProbabilities {
  Value shifted;
  /// [batch, 1, positions...], or null for 0.
  Value offset;
};

/// A loss's operands and attributes: scores [batch, classes, positions...],
/// labels [batch, positions...], weights [classes].
class Loss {
public:
  explicit Loss(OnnxNode &node)
      : node(node), scores(node.input(0)), labels(node.input(1)),
        weights(node.input(2)), type(node.element(scores)) {}

  bool verify();
  LogProbabilities softmax() const;
  /// The loss of log probabilities, reduced as the node says.
  Value reduce(const LogProbabilities &logs);
  Value asResult(Value value) const { return node.cast(value, type); }
  Value widened() const;

private:
  Type computed() const {
    bool narrow = type.getIntOrFloatBitWidth() < 32;
    return narrow ? Type(Float32Type::get(node.getContext())) : type;
  }
  Value zero() const { return node.scalar(0, computed()); }
  void maskIgnored();
  Value labelWeights();

  OnnxNode &node;
  Value scores, labels, weights;
  Type type;
  /// True where the label is ignored, or null.
  Value ignored;
};

} // namespace

bool Loss::verify() {
  int64_t rank = node.rank(scores);
  SmallVector<int64_t> expected(node.shape(scores));
  if (rank >= 2)
    expected.erase(expected.begin() + 1);
  if (!scores || !isa<FloatType>(type) || rank < 2 ||
      node.shape(labels) != ArrayRef<int64_t>(expected) ||
      !isa<IntegerType>(node.element(labels)))
    node.error("expected scores of shape [batch, classes, ...] and integer "
               "labels of shape [batch, ...]");
  else if (weights &&
           (node.shape(weights) != ArrayRef<int64_t>(node.shape(scores)[1]) ||
            node.element(weights) != type))
    node.error("expected one weight of the scores' type for each of the " +
               Twine(node.shape(scores)[1]) + " classes");
  return !node.failed();
}

Value Loss::widened() const { return node.cast(scores, computed()); }

LogProbabilities Loss::softmax() const {
  SmallVector<int64_t> classes(1, 1);
  Value x = widened();
  Value largest = node.create<ReduceMaxOp>(x, classes, true);
  Value shifted = node.create<SubOp>(x, largest);
  Value sum =
      node.create<ReduceSumOp>(node.create<ExpOp>(shifted), classes, true);
  return {shifted, node.create<LogOp>(sum)};
}

/// Ignored labels become class 0, which every model has.
void Loss::maskIgnored() {
  auto ignore = node.integer("ignore_index");
  if (!ignore)
    return;
  Type labelType = node.element(labels);
  HostTensor index(getDType(labelType), {});
  index.setInt(0, *ignore);
  // A label that the type cannot express is never there.
  if (index.getInt(0) != *ignore)
    return;
  ignored = node.create<EqualOp>(labels, node.constant(std::move(index)));
  labels = node.create<SelectOp>(ignored, node.scalar(0, labelType), labels);
}

/// What each label counts, or null where all count 1.
Value Loss::labelWeights() {
  Value result;
  if (weights)
    result = node.create<GatherOp>(node.cast(weights, computed()), labels,
                                   int64_t(0));
  if (!ignored)
    return result;
  return node.create<SelectOp>(ignored, zero(),
                               result ? result : node.scalar(1, computed()));
}

Value Loss::reduce(const LogProbabilities &logs) {
  StringRef reduction = node.text("reduction", "mean");
  maskIgnored();
  Value picked =
      node.create<GatherElementsOp>(logs.shifted, node.unsqueeze(labels, 1),
                                    int64_t(1), IntegerAttr(), IntegerAttr());
  if (logs.offset)
    picked = node.create<SubOp>(picked, logs.offset);
  Value loss = node.reshape(node.create<NegOp>(picked), node.shape(labels));
  Value counts = labelWeights();
  if (weights)
    loss = node.create<MulOp>(loss, counts);
  // Not a product: an infinite loss that is ignored is 0.
  if (ignored)
    loss = node.create<SelectOp>(ignored, zero(), loss);
  if (reduction == "none")
    return loss;
  SmallVector<int64_t> all =
      llvm::to_vector(llvm::seq<int64_t>(0, node.rank(labels)));
  if (reduction == "mean" && !counts)
    return node.create<ReduceMeanOp>(loss, all, false);
  Value sum = node.create<ReduceSumOp>(loss, all, false);
  if (reduction == "sum")
    return sum;
  if (reduction != "mean")
    return node.error("attribute 'reduction': expected 'none', 'sum' or "
                      "'mean', got '" +
                      reduction + "'");
  return node.create<DivOp>(sum, node.create<ReduceSumOp>(counts, all, false));
}

static OnnxResults importNegativeLogLikelihood(OnnxNode &node) {
  Loss loss(node);
  if (!loss.verify())
    return {};
  return {loss.asResult(loss.reduce({loss.widened(), {}}))};
}

static OnnxResults importSoftmaxCrossEntropy(OnnxNode &node) {
  Loss loss(node);
  if (!loss.verify())
    return {};
  LogProbabilities logs = loss.softmax();
  OnnxResults results{loss.asResult(loss.reduce(logs))};
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
