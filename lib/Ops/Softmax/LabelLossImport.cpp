//===- LabelLossImport.cpp - Losses of labelled scores --------------------===//

#include "LabelLossImport.h"

using namespace mlir;
using namespace dtc;

Type LabelLoss::computed() const {
  bool narrow = type.getIntOrFloatBitWidth() < 32;
  return narrow ? Type(Float32Type::get(node.getContext())) : type;
}

bool LabelLoss::verify() {
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

LogProbabilities LabelLoss::softmax() const {
  SmallVector<int64_t> classes(1, 1);
  Value x = widened();
  Value largest = node.create<ReduceMaxOp>(x, classes, true);
  Value shifted = node.create<SubOp>(x, largest);
  Value sum =
      node.create<ReduceSumOp>(node.create<ExpOp>(shifted), classes, true);
  return {shifted, node.create<LogOp>(sum)};
}

/// Ignored labels become class 0, which every model has.
void LabelLoss::ignore(int64_t label) {
  Type labelType = node.element(labels);
  HostTensor index(getDType(labelType), {});
  index.setInt(0, label);
  // A label that the type cannot express is never there.
  if (index.getInt(0) != label)
    return;
  ignored = node.create<EqualOp>(labels, node.constant(std::move(index)));
  labels = node.create<SelectOp>(ignored, node.scalar(0, labelType), labels);
}

/// Lookups count negative labels from the end; here they are out of range.
Value LabelLoss::places() {
  Type i64 = IntegerType::get(node.getContext(), 64);
  Value wide = node.cast(labels, i64);
  Value isNegative = node.create<LessOp>(wide, node.scalar(0, i64));
  HostTensor classes(DType::I64, {});
  classes.setInt(0, node.shape(scores)[1]);
  return node.create<SelectOp>(isNegative, node.constant(std::move(classes)),
                               wide);
}

/// What each label counts, or null where all count 1.
Value LabelLoss::labelWeights() {
  Value result;
  if (weights)
    result = node.create<GatherOp>(node.cast(weights, computed()), places(),
                                   int64_t(0));
  if (!ignored)
    return result;
  return node.create<SelectOp>(ignored, zero(),
                               result ? result : node.scalar(1, computed()));
}

Value LabelLoss::weighted(Value value) const {
  if (!weights)
    return value;
  SmallVector<int64_t> along(node.rank(scores), 1);
  along[1] = node.shape(scores)[1];
  return node.create<MulOp>(
      value, node.reshape(node.cast(weights, computed()), along));
}

Value LabelLoss::totalWeight() {
  if (Value counts = labelWeights())
    return reduceLosses(node, counts, LossReduction::Sum);
  double count = 1;
  for (int64_t extent : node.shape(labels))
    count *= double(extent);
  return node.scalar(count, computed());
}

/// The weighted losses of all rows, those of ignored ones among them.
Value LabelLoss::join(Value loss, LossReduction reduction) {
  // Not a product: an infinite loss that is ignored is 0.
  if (ignored)
    loss = node.create<SelectOp>(ignored, zero(), loss);
  if (reduction != LossReduction::Mean || (!weights && !ignored))
    return reduceLosses(node, loss, reduction);
  return node.create<DivOp>(reduceLosses(node, loss, LossReduction::Sum),
                            totalWeight());
}

Value LabelLoss::reduce(const LogProbabilities &logs, LossReduction reduction) {
  Value picked =
      node.create<GatherElementsOp>(logs.shifted, node.unsqueeze(places(), 1),
                                    int64_t(1), IntegerAttr(), IntegerAttr());
  if (logs.offset)
    picked = node.create<SubOp>(picked, logs.offset);
  Value loss = node.reshape(node.create<NegOp>(picked), node.shape(labels));
  if (weights)
    loss = node.create<MulOp>(loss, labelWeights());
  return join(loss, reduction);
}

Value LabelLoss::reduceSpread(const LogProbabilities &logs,
                              LossReduction reduction) {
  Value all = logs.shifted;
  if (logs.offset)
    all = node.create<SubOp>(all, logs.offset);
  SmallVector<int64_t> classes(1, 1);
  Value rows = node.create<ReduceSumOp>(weighted(all), classes, false);
  return join(node.create<NegOp>(rows), reduction);
}
