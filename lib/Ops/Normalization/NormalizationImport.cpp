//===- NormalizationImport.cpp - What importers have in common ------------===//

#include "NormalizationImport.h"

using namespace mlir;
using namespace dtc;

Value dtc::fitNormalized(ImportNode &node, Value value,
                         ArrayRef<int64_t> shape) {
  if (!value || node.shape(value) == shape)
    return value;
  return node.broadcast(value, shape);
}

/// The scale has an element a channel (or, in old ONNX models, a group).
Value dtc::normalizeGroups(ImportNode &node, const GroupNorm &norm,
                           size_t leastRank) {
  Value input = norm.input, scale = norm.scale, bias = norm.bias;
  int64_t groups = norm.groups;
  SmallVector<int64_t> shape(node.shape(input));
  if (shape.size() < leastRank || groups < 1 || shape[1] % groups != 0)
    return node.error("expected an input of rank " + Twine(leastRank) +
                      " or more whose channels divide into " + Twine(groups) +
                      " groups");
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
      node.create<AddOp>(variance, node.scalar(norm.epsilon, type)));
  Value normal = node.create<DivOp>(centered, deviation);
  bool perGroup = scale && node.shape(scale) == ArrayRef<int64_t>(groups) &&
                  shape[1] != groups;
  SmallVector<int64_t> channels(shape.size() - 1, 1);
  channels[0] = shape[1];
  if (perGroup)
    channels = {groups, 1};
  else
    normal = node.reshape(normal, shape);
  if (scale)
    normal = node.create<MulOp>(normal, node.reshape(scale, channels));
  if (bias)
    normal = node.create<AddOp>(normal, node.reshape(bias, channels));
  return node.reshape(normal, shape);
}

/// What a convolution made, annotations in between or not.
static bool isConvolved(Value value) {
  while (auto constrain = value.getDefiningOp<ConstrainOp>())
    value = constrain.getInput();
  return isa_and_nonnull<ConvolutionOp, TransposedConvolutionOp>(
      value.getDefiningOp());
}

/// All values of one type that loses nothing when steps are rounded.
static bool isAffine(ImportNode &node, const ChannelNorm &norm) {
  Value values[] = {norm.input, norm.scale, norm.bias, norm.mean,
                    norm.variance};
  if (llvm::is_contained(values, Value()) || !isConvolved(norm.input))
    return false;
  Type type = node.element(norm.input);
  ArrayRef<int64_t> channels = node.shape(norm.input).slice(1, 1);
  return (type.isF32() || type.isF64()) &&
         llvm::all_of(ArrayRef(values).drop_front(), [&](Value value) {
           return node.element(value) == type && node.shape(value) == channels;
         });
}

/// Without the op that reads them nothing else says what they are.
static void markAsStatistics(ArrayRef<Value> values) {
  for (Value value : values)
    if (auto parameter = value.getDefiningOp<ParameterOp>())
      parameter->setDiscardableAttr("dtc.buffer",
                                    UnitAttr::get(value.getContext()));
}

/// (x - mean) * (scale / sqrt(variance + epsilon)) + bias; the difference as a
/// sum, since sums and products are what keeps partial values.
Value dtc::normalizeChannels(ImportNode &node, const ChannelNorm &norm) {
  if (!isAffine(node, norm))
    return node.create<BatchNormOp>(norm.input, norm.scale, norm.bias,
                                    norm.mean, norm.variance,
                                    llvm::APFloat(norm.epsilon));
  markAsStatistics({norm.mean, norm.variance});
  Type type = node.element(norm.input);
  SmallVector<int64_t> channels(node.rank(norm.input) - 1, 1);
  channels[0] = node.shape(norm.input)[1];
  Value deviation = node.create<SqrtOp>(
      node.create<AddOp>(norm.variance, node.scalar(norm.epsilon, type)));
  Value factor = node.create<DivOp>(norm.scale, deviation);
  Value shift = node.reshape(node.create<NegOp>(norm.mean), channels);
  Value centered = node.create<AddOp>(norm.input, shift);
  return node.create<AddOp>(
      node.create<MulOp>(centered, node.reshape(factor, channels)),
      node.reshape(norm.bias, channels));
}

void dtc::nameRunningStatistics(Operation *norm,
                                const RunningStatistics &running) {
  MLIRContext *context = norm->getContext();
  Type f64 = Float64Type::get(context);
  SmallVector<Attribute> entries;
  for (auto [value, scale] :
       {std::pair(running.mean, 1.0),
        std::pair(running.variance, running.varianceScale)}) {
    auto parameter = value ? value.getDefiningOp<ParameterOp>() : ParameterOp();
    if (!parameter)
      return;
    NamedAttrList entry;
    entry.set("name", parameter.getNameAttr());
    entry.set("type", TypeAttr::get(parameter.getType()));
    if (scale != 1)
      entry.set("scale", FloatAttr::get(f64, scale));
    if (DictionaryAttr external = parameter.getExternalAttr())
      entry.set("external", external);
    entries.push_back(entry.getDictionary(context));
  }
  norm->setDiscardableAttr("dtc.running_statistics",
                           ArrayAttr::get(context, entries));
  norm->setDiscardableAttr("dtc.momentum",
                           FloatAttr::get(f64, running.momentum));
}
