//===- SortFromOnnx.cpp - Orders of ONNX models ---------------------------===//

#include "dtc/Import/OnnxNode.h"

using namespace mlir;
using namespace dtc;

/// 'K': operand 1, before opset 10 an attribute.
static std::optional<SmallVector<int64_t>> wantedCount(OnnxNode &node) {
  if (node.opset() >= 10)
    return node.knownIntegers(1);
  auto count = node.integer("k");
  if (!count) {
    node.error("expected the attribute 'k'");
    return std::nullopt;
  }
  return SmallVector<int64_t>{*count};
}

/// All elements of an axis are a sort. Results are in order whether `sorted`
/// asks for it or not.
static OnnxResults importTopK(OnnxNode &node) {
  Value input = node.input(0);
  node.ignore("sorted");
  int64_t rank = node.rank(input);
  int64_t axis = node.dimension(node.integer("axis", -1), rank);
  bool largest = node.integer("largest", 1) != 0;
  auto wanted = wantedCount(node);
  if (!wanted || node.failed())
    return {};
  int64_t extent = node.shape(input)[axis];
  if (wanted->size() != 1 || wanted->front() < 0 || wanted->front() > extent)
    return {
        node.error("operand 1 ('K'): expected one number from 0 to " +
                   Twine(extent) + ", got " +
                   (wanted->size() == 1 ? Twine(wanted->front())
                                        : Twine(wanted->size()) + " numbers"))};
  if (wanted->front() == extent)
    return node.createAll<SortOp>(input, axis, largest);
  return node.createAll<TopKOp>(input, axis, wanted->front(), !largest);
}

void dtc::registerSortOnnxImporters(OnnxImporters &importers) {
  importers.add("TopK", {1, 2}, importTopK);
}
