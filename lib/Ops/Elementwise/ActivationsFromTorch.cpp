//===- ActivationsFromTorch.cpp - Activations of ATen ---------------------===//
//
// Ops that the dialect has, then compositions, each with its formula.
//
//===----------------------------------------------------------------------===//

#include "ActivationsFromTorch.h"
#include "Formula.h"

using namespace mlir;
using namespace dtc;

template <typename OpT> static NodeResults importActivation(TorchNode &node) {
  return {node.create<OpT>(node.tensor("self"))};
}

template <typename OpT> static NodeResults importFloat(TorchNode &node) {
  return {node.create<OpT>(node.asFloat(node.tensor("self")))};
}

static NodeResults importGelu(TorchNode &node) {
  StringRef approximate = node.text("approximate", "none");
  if (approximate != "none" && approximate != "tanh")
    return {node.error("argument 'approximate': expected 'none' or 'tanh', "
                       "got '" +
                       approximate + "'")};
  return {node.create<GeluOp>(node.tensor("self"), approximate == "tanh")};
}

static NodeResults importLeakyRelu(TorchNode &node) {
  Formula f(node, node.tensor("self"));
  return {f.choose(f.x(), f.mul(f.x(), node.real("negative_slope", 0.01)))};
}

/// The slope has one element, or one for each channel (dimension 1).
static NodeResults importPRelu(TorchNode &node) {
  Formula f(node, node.tensor("self"));
  Value slope = node.tensor("weight");
  if (!slope || !f.x())
    return {};
  int64_t count = numElements(node.shape(slope)), rank = node.rank(f.x());
  SmallVector<int64_t> shape(rank, 1);
  if (count != 1 && rank > 1)
    shape[1] = count;
  if (node.rank(slope) != rank)
    slope = node.reshape(slope, shape);
  return {f.choose(f.x(), f.mul(f.x(), slope))};
}

/// scale x, or scale alpha (exp(input_scale x) - 1) below 0.
static NodeResults importElu(TorchNode &node) {
  double scale = node.real("scale", 1), alpha = node.real("alpha", 1);
  return {Formula(node, node.tensor("self"))
              .elu(scale, alpha * scale, node.real("input_scale", 1))};
}

static NodeResults importSelu(TorchNode &node) {
  constexpr double alpha = 1.6732632423543772848170429916717;
  constexpr double scale = 1.0507009873554804934193349852946;
  return {Formula(node, node.tensor("self")).elu(scale, alpha * scale, 1)};
}

static NodeResults importCelu(TorchNode &node) {
  double alpha = node.real("alpha", 1);
  return {Formula(node, node.tensor("self")).elu(1, alpha, 1 / alpha)};
}

static NodeResults importHardSigmoid(TorchNode &node) {
  Formula f(node, node.tensor("self"));
  return {f.mul(f.relu6Of3(), 1.0 / 6)};
}

static NodeResults importHardSwish(TorchNode &node) {
  Formula f(node, node.tensor("self"));
  return {f.mul(f.x(), f.mul(f.relu6Of3(), 1.0 / 6))};
}

static NodeResults importHardTanh(TorchNode &node) {
  Formula f(node, node.tensor("self"));
  double low = node.real("min_val", -1), high = node.real("max_val", 1);
  return {f.between(f.x(), low, high)};
}

static NodeResults importRelu6(TorchNode &node) {
  Formula f(node, node.tensor("self"));
  return {f.between(f.x(), 0, 6)};
}

/// log(1 + exp(beta x)) / beta, and x itself where beta x is above the
/// threshold.
static NodeResults importSoftplus(TorchNode &node) {
  Formula f(node, node.tensor("self"));
  double beta = node.real("beta", 1), threshold = node.real("threshold", 20);
  if (beta == 0)
    return {node.error("argument 'beta': expected a number other than 0")};
  Value scaled = f.mul(f.x(), beta);
  Value soft = f.mul(node.create<SoftplusOp>(scaled), 1 / beta);
  Value isLinear = node.create<GreaterOp>(scaled, f.number(threshold));
  return {node.create<SelectOp>(isLinear, f.x(), soft)};
}

/// -softplus(-x).
static NodeResults importLogSigmoid(TorchNode &node) {
  Value negative = node.create<NegOp>(node.tensor("self"));
  return {node.create<NegOp>(node.create<SoftplusOp>(negative))};
}

static NodeResults importMish(TorchNode &node) {
  Formula f(node, node.tensor("self"));
  return {f.mul(f.x(), node.create<TanhOp>(node.create<SoftplusOp>(f.x())))};
}

/// x where it is above the threshold, else a value.
static NodeResults importThreshold(TorchNode &node) {
  Formula f(node, node.tensor("self"));
  auto threshold = node.optionalReal("threshold"),
       value = node.optionalReal("value");
  if (!threshold || !value)
    return {node.error("expected a threshold and a value")};
  Value isBelow = node.create<LessEqualOp>(f.x(), f.number(*threshold));
  return {node.create<SelectOp>(isBelow, f.number(*value), f.x())};
}

/// The first half of a dimension times the logistic function of the second.
static NodeResults importGlu(TorchNode &node) {
  Value input = node.tensor("self");
  int64_t axis = node.dimension(node.integer("dim", -1), node.rank(input));
  if (node.failed() || !input || node.shape(input).empty() ||
      node.shape(input)[axis] % 2 != 0)
    return {node.error("expected a dimension of even size")};
  int64_t half = node.shape(input)[axis] / 2;
  Value gate = node.create<SigmoidOp>(node.slice(input, axis, half, half));
  return {node.create<MulOp>(node.slice(input, axis, 0, half), gate)};
}

void dtc::registerActivationTorchImporters(TorchImporters &importers) {
  importers.add("aten.relu.default", importActivation<ReluOp>);
  importers.add("aten.silu.default", importActivation<SiluOp>);
  importers.add("aten.sigmoid.default", importFloat<SigmoidOp>);
  importers.add("aten.gelu.default", importGelu);
  importers.add("aten.leaky_relu.default", importLeakyRelu);
  importers.add("aten.prelu.default", importPRelu);
  importers.add("aten._prelu_kernel.default", importPRelu);
  importers.add("aten.elu.default", importElu);
  importers.add("aten.selu.default", importSelu);
  importers.add("aten.celu.default", importCelu);
  importers.add("aten.hardsigmoid.default", importHardSigmoid);
  importers.add("aten.hardswish.default", importHardSwish);
  importers.add("aten.hardtanh.default", importHardTanh);
  importers.add("aten.relu6.default", importRelu6);
  importers.add("aten.softplus.default", importSoftplus);
  importers.add("aten.log_sigmoid.default", importLogSigmoid);
  importers.add("aten.mish.default", importMish);
  importers.add("aten.threshold.default", importThreshold);
  importers.add("aten.glu.default", importGlu);
}
