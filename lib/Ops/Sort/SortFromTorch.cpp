//===- SortFromTorch.cpp - Orders of ATen ---------------------------------===//

#include "dtc/Import/TorchNode.h"

using namespace mlir;
using namespace dtc;

static NodeResults importSort(TorchNode &node) {
  Value input = node.tensor("self");
  node.ignore("stable");
  int64_t axis = node.dimension(node.integer("dim", -1), node.rank(input));
  bool descending = node.flag("descending", false);
  if (node.failed())
    return {};
  return node.createAll<SortOp>(input, axis, descending);
}

static NodeResults importArgSort(TorchNode &node) {
  NodeResults results = importSort(node);
  return results.size() == 2 ? NodeResults{results[1]} : NodeResults();
}

/// Results are in order whether `sorted` asks for it or not.
static NodeResults importTopK(TorchNode &node) {
  Value input = node.tensor("self");
  node.ignore("sorted");
  int64_t axis = node.dimension(node.integer("dim", -1), node.rank(input));
  int64_t k = node.integer("k");
  bool largest = node.flag("largest", true);
  if (node.failed() || node.shape(input).empty())
    return {node.error("expected an operand of rank 1 or more")};
  int64_t extent = node.shape(input)[axis];
  if (k < 0 || k > extent)
    return {node.error("argument 'k': expected a number from 0 to " +
                       Twine(extent) + ", got " + Twine(k))};
  if (k == extent)
    return node.createAll<SortOp>(input, axis, largest);
  return node.createAll<TopKOp>(input, axis, k, !largest);
}

void dtc::registerSortTorchImporters(TorchImporters &importers) {
  importers.add("aten.sort.default", importSort);
  importers.add("aten.sort.stable", importSort);
  importers.add("aten.argsort.default", importArgSort);
  importers.add("aten.topk.default", importTopK);
}
