//===- SoftmaxFromOnnx.cpp - Softmax of ONNX models -----------------------===//
//
// Before opset 13 `axis` (then 1 by default) did not name one dimension: it
// divided the dimensions in two groups, and the softmax was over the second
// group as a whole.
//
//===----------------------------------------------------------------------===//

#include "LossFromOnnx.h"

using namespace mlir;
using namespace dtc;

/// Applies `make(value, axis)` to the input, or to it as a matrix.
static Value alongAxis(OnnxNode &node,
                       llvm::function_ref<Value(Value, int64_t)> make) {
  Value input = node.input(0);
  int64_t rank = node.rank(input);
  bool isGrouped = node.opset() < 13;
  int64_t axis = node.dimension(node.integer("axis", isGrouped ? 1 : -1), rank);
  if (node.failed())
    return {};
  if (!isGrouped || axis == rank - 1)
    return make(input, axis);
  SmallVector<int64_t> shape(node.shape(input));
  Value matrix = node.reshape(
      input, {numElements(ArrayRef<int64_t>(shape).take_front(axis)),
              numElements(ArrayRef<int64_t>(shape).drop_front(axis))});
  return node.reshape(make(matrix, 1), shape);
}

template <typename OpT> static OnnxResults importSoftmax(OnnxNode &node) {
  return {alongAxis(node, [&](Value input, int64_t axis) {
    return node.create<OpT>(input, axis);
  })};
}

/// 1 for the first largest element along the axis, 0 for the rest.
static OnnxResults importHardmax(OnnxNode &node) {
  return {alongAxis(node, [&](Value input, int64_t axis) -> Value {
    int64_t size = node.shape(input)[axis];
    if (size > (1 << 22))
      return node.error("expected at most 2^22 elements along the axis, got " +
                        Twine(size));
    Value largest = node.create<ArgMaxOp>(input, axis, true, false);
    SmallVector<int64_t> shape(node.rank(input), 1);
    shape[axis] = size;
    Value positions =
        node.reshape(node.constant(HostTensor::ofIntegers(
                         llvm::to_vector(llvm::seq<int64_t>(0, size)))),
                     shape);
    return node.cast(node.create<EqualOp>(positions, largest),
                     node.element(input));
  })};
}

void dtc::registerSoftmaxOnnxImporters(OnnxImporters &importers) {
  importers.add("Softmax", {1}, importSoftmax<SoftmaxOp>);
  importers.add("LogSoftmax", {1}, importSoftmax<LogSoftmaxOp>);
  importers.add("Hardmax", {1}, importHardmax);
  registerLossImporters(importers);
}
