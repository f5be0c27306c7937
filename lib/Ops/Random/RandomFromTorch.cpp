//===- RandomFromTorch.cpp - Dropout of ATen ------------------------------===//
//
// A model that was exported after model.eval() has no dropout. One that was
// not would give other numbers at each run in torch, and is refused.
//
//===----------------------------------------------------------------------===//

#include "dtc/Import/TorchNode.h"

using namespace mlir;
using namespace dtc;

/// True where the node leaves its operand as it is.
static bool keepsAll(TorchNode &node) {
  double ratio = node.real("p", 0);
  bool isTraining = node.flag("train", true);
  if (!isTraining || ratio == 0)
    return true;
  node.error("dropout in training mode is not supported: export the model "
             "after model.eval()");
  return false;
}

static NodeResults importDropout(TorchNode &node) {
  Value input = node.tensor("input");
  return {keepsAll(node) ? input : Value()};
}

/// The second result is the mask of what was kept.
static NodeResults importNativeDropout(TorchNode &node) {
  Value input = node.tensor("input");
  if (!keepsAll(node))
    return {};
  return {input, node.broadcast(node.scalar(1, node.i1()), node.shape(input))};
}

void dtc::registerRandomTorchImporters(TorchImporters &importers) {
  for (StringRef target :
       {"aten.dropout.default", "aten.feature_dropout.default",
        "aten.alpha_dropout.default", "aten.feature_alpha_dropout.default"})
    importers.addView(target, importDropout, writeReshaped);
  importers.add("aten.native_dropout.default", importNativeDropout);
}
