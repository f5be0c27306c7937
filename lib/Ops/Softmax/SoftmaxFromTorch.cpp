//===- SoftmaxFromTorch.cpp - Softmax of ATen -----------------------------===//

#include "LossFromTorch.h"

#include <limits>

using namespace mlir;
using namespace dtc;

template <typename OpT> static NodeResults importSoftmax(TorchNode &node) {
  Value input = node.tensor("self");
  Type type = node.elementType("dtype");
  if (node.flag("half_to_float", false))
    type = node.f32();
  if (type)
    input = node.cast(input, type);
  int64_t axis = node.dimension(node.integer("dim"), node.rank(input));
  if (node.failed())
    return {};
  return {node.create<OpT>(input, axis)};
}

/// Zeros where all elements are -infinity.
static NodeResults importSafeSoftmax(TorchNode &node) {
  NodeResults result = importSoftmax<SoftmaxOp>(node);
  if (result.empty() || !result[0])
    return {};
  Value input = node.tensor("self");
  Type type = node.element(input);
  SmallVector<int64_t> dims{
      node.dimension(node.integer("dim"), node.rank(input))};
  double infinity = std::numeric_limits<double>::infinity();
  Value isHidden =
      node.create<EqualOp>(node.create<ReduceMaxOp>(input, dims, true),
                           node.scalar(-infinity, type));
  Type resultType = node.element(result[0]);
  return {
      node.create<SelectOp>(isHidden, node.scalar(0, resultType), result[0])};
}

void dtc::registerSoftmaxTorchImporters(TorchImporters &importers) {
  importers.add("aten.softmax.int", importSoftmax<SoftmaxOp>);
  importers.add("aten._softmax.default", importSoftmax<SoftmaxOp>);
  importers.add("aten.log_softmax.int", importSoftmax<LogSoftmaxOp>);
  importers.add("aten._log_softmax.default", importSoftmax<LogSoftmaxOp>);
  importers.add("aten._safe_softmax.default", importSafeSoftmax);
  registerLossTorchImporters(importers);
}
