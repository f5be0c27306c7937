//===- PadFromTorch.cpp - Pads of ATen ------------------------------------===//
//
// Pairs of counts, those of the last dimension first. Negative counts crop.
//
//===----------------------------------------------------------------------===//

#include "PadFromTorch.h"

using namespace mlir;
using namespace dtc;

namespace {
struct Padding {
  SmallVector<int64_t> axes, low, high;
};
} // namespace

static std::optional<Padding> readPadding(TorchNode &node, StringRef name) {
  constexpr int64_t most = int64_t(1) << 44;
  int64_t rank = node.rank(node.tensor("self"));
  SmallVector<int64_t> counts = node.integers(name);
  int64_t pairs = counts.size() / 2;
  if (counts.size() % 2 != 0 || pairs > rank ||
      llvm::any_of(counts, [&](int64_t n) { return n > most || n < -most; })) {
    node.error("expected two counts for each of at most " + Twine(rank) +
               " dimensions, got " + Twine(counts.size()) + " counts");
    return std::nullopt;
  }
  Padding padding;
  for (int64_t pair = pairs - 1; pair >= 0; --pair) {
    if (counts[2 * pair] == 0 && counts[2 * pair + 1] == 0)
      continue;
    padding.axes.push_back(rank - 1 - pair);
    padding.low.push_back(counts[2 * pair]);
    padding.high.push_back(counts[2 * pair + 1]);
  }
  return padding;
}

static Value padWith(TorchNode &node, const Padding &padding) {
  Value input = node.tensor("self");
  double value = node.real("value", 0);
  if (padding.axes.empty())
    return input;
  return node.create<PadOp>(input, padding.axes, padding.low, padding.high,
                            llvm::APFloat(value));
}

/// Elements of the operand itself around it.
static Value padByRepeating(TorchNode &node, const Padding &padding,
                            StringRef mode) {
  Value value = node.tensor("self");
  for (size_t i = 0; i < padding.axes.size(); ++i) {
    int64_t axis = padding.axes[i];
    int64_t low = padding.low[i], high = padding.high[i];
    if (!value)
      return {};
    int64_t extent = node.shape(value)[axis];
    int64_t most = mode == "reflect"     ? extent - 1
                   : mode == "replicate" ? INT64_MAX
                                         : extent;
    if (low < 0 || high < 0 || low > most || high > most || extent == 0)
      return node.error("expected counts from 0 to " + Twine(most) +
                        " for dimension " + Twine(axis));
    SmallVector<int64_t> edge(node.shape(value));
    SmallVector<Value> pieces;
    auto add = [&](int64_t count, int64_t from, int64_t single) {
      if (count == 0)
        return;
      edge[axis] = count;
      pieces.push_back(
          mode == "replicate"
              ? node.broadcast(node.slice(value, axis, single, 1), edge)
              : node.slice(value, axis, from, count,
                           mode == "reflect" && count > 1 ? -1 : 1));
    };
    add(low, mode == "reflect" ? low : extent - low, 0);
    pieces.push_back(value);
    add(high, mode == "reflect" ? extent - 2 : 0, extent - 1);
    if (pieces.size() > 1)
      value = node.create<ConcatOp>(ValueRange(pieces), axis);
  }
  return value;
}

static NodeResults importPad(TorchNode &node) {
  StringRef mode = node.text("mode", "constant");
  auto padding = readPadding(node, "pad");
  if (!padding)
    return {};
  if (mode == "constant")
    return {padWith(node, *padding)};
  if (mode != "reflect" && mode != "replicate" && mode != "circular")
    return {node.error("argument 'mode': expected 'constant', 'reflect', "
                       "'replicate' or 'circular', got '" +
                       mode + "'")};
  if (node.has("value"))
    node.ignore("value");
  return {padByRepeating(node, *padding, mode)};
}

static NodeResults importConstantPad(TorchNode &node) {
  auto padding = readPadding(node, "pad");
  if (!padding)
    return {};
  return {padWith(node, *padding)};
}

static NodeResults importReflectionPad(TorchNode &node) {
  auto padding = readPadding(node, "padding");
  if (!padding)
    return {};
  return {padByRepeating(node, *padding, "reflect")};
}

static NodeResults importReplicationPad(TorchNode &node) {
  auto padding = readPadding(node, "padding");
  if (!padding)
    return {};
  return {padByRepeating(node, *padding, "replicate")};
}

void dtc::registerPadTorchImporters(TorchImporters &importers) {
  importers.add("aten.pad.default", importPad);
  importers.add("aten.constant_pad_nd.default", importConstantPad);
  for (StringRef rank : {"1d", "2d", "3d"}) {
    importers.add(("aten.reflection_pad" + rank + ".default").str(),
                  importReflectionPad);
    importers.add(("aten.replication_pad" + rank + ".default").str(),
                  importReplicationPad);
  }
}
