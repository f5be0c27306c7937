//===- SoftmaxFromOnnx.cpp - Softmax of ONNX models -----------------------===//

#include "dtc/Import/OnnxNode.h"

using namespace mlir;
using namespace dtc;

template <typename OpT> static OnnxResults importSoftmax(OnnxNode &node) {
  Value input = node.input(0);
  int64_t axis = node.dimension(node.integer("axis", -1), node.rank(input));
  return {node.create<OpT>(input, axis)};
}

void dtc::registerSoftmaxOnnxImporters(OnnxImporters &importers) {
  importers.add("Softmax", {1}, importSoftmax<SoftmaxOp>);
  importers.add("LogSoftmax", {1}, importSoftmax<LogSoftmaxOp>);
}
