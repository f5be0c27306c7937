//===- PoolingFromTorch.cpp - Pools of ATen -------------------------------===//
//
// 1. `ceil_mode` is settled here: windows that begin inside of the input or
//    before it are all there, and the padding after the input is what they
//    reach.
// 2. Adaptive pools are pools of one window size where the input divides, else
//    reductions of one slice an output, dimension by dimension.
//
//===----------------------------------------------------------------------===//

#include "dtc/Import/TorchNode.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

namespace {
struct PoolWindow {
  Value input;
  bool isBatched = true;
  SmallVector<int64_t> kernel, strides, dilations, low, high, counted;
};
} // namespace

/// The number of spatial dimensions in an operator's name, "max_pool2d".
static size_t spatialRank(TorchNode &node) {
  size_t digit = node.target().find("d.");
  if (size_t with = node.target().find("d_with_"); with != StringRef::npos)
    digit = with;
  if (digit == StringRef::npos || digit == 0)
    return 0;
  return node.target()[digit - 1] - '0';
}

/// The operand with a batch; nothing after an error.
static std::optional<PoolWindow> readInput(TorchNode &node) {
  PoolWindow window;
  window.input = node.tensor("self");
  size_t spatial = spatialRank(node), rank = node.rank(window.input);
  if (node.failed())
    return std::nullopt;
  window.isBatched = rank == spatial + 2;
  if (!window.isBatched && rank != spatial + 1) {
    node.error("expected an input of rank " + Twine(spatial + 2) +
               ", got rank " + Twine(rank));
    return std::nullopt;
  }
  if (!window.isBatched)
    window.input = node.unsqueeze(window.input, 0);
  return window.input ? std::optional(window) : std::nullopt;
}

static bool inRange(ArrayRef<int64_t> values, int64_t least) {
  return llvm::all_of(values, [&](int64_t value) {
    return value >= least && value < (int64_t(1) << 31);
  });
}

/// Windows that begin in the input or the padding before it are all there.
static void settleCeil(PoolWindow &window, size_t dim, int64_t extent) {
  int64_t stride = window.strides[dim], begin = window.low[dim];
  int64_t span = (window.kernel[dim] - 1) * window.dilations[dim] + 1;
  int64_t room = extent + begin + window.high[dim] - span;
  int64_t count = (room + stride - 1) / stride + 1;
  if ((count - 1) * stride >= extent + begin)
    --count;
  window.high[dim] = (count - 1) * stride + span - extent - begin;
}

static std::optional<PoolWindow> readWindow(TorchNode &node) {
  auto window = readInput(node);
  if (!window)
    return std::nullopt;
  size_t spatial = spatialRank(node);
  window->kernel = node.integers("kernel_size", spatial, 1);
  window->strides = window->kernel;
  if (auto strides = node.optionalIntegers("stride");
      strides && !strides->empty())
    window->strides = node.integers("stride", spatial, 1);
  window->dilations = node.integers("dilation", spatial, 1);
  window->low = node.integers("padding", spatial, 0);
  window->high = window->low;
  window->counted = window->low;
  bool isCeil = node.flag("ceil_mode", false);
  if (!inRange(window->kernel, 1) || !inRange(window->strides, 1) ||
      !inRange(window->dilations, 1) || !inRange(window->low, 0))
    node.error("expected a kernel, strides and dilations of 1 or more and "
               "paddings of 0 or more");
  if (node.failed())
    return std::nullopt;
  ArrayRef<int64_t> extents = node.shape(window->input).drop_front(2);
  for (size_t dim = 0; dim < spatial; ++dim) {
    int64_t span = (window->kernel[dim] - 1) * window->dilations[dim] + 1;
    if (extents[dim] + 2 * window->low[dim] < span) {
      node.error("expected a kernel that fits the padded input in spatial "
                 "dimension " +
                 Twine(dim));
      return std::nullopt;
    }
    if (isCeil)
      settleCeil(*window, dim, extents[dim]);
  }
  return window;
}

static Value finish(TorchNode &node, const PoolWindow &window, Value result) {
  if (!result || window.isBatched)
    return result;
  return node.reshape(result, node.shape(result).drop_front());
}

static NodeResults importMaxPool(TorchNode &node) {
  auto window = readWindow(node);
  if (!window)
    return {};
  return {finish(node, *window,
                 node.create<MaxPoolOp>(window->input, window->kernel,
                                        window->strides, window->dilations,
                                        window->low, window->high))};
}

/// The mean of a window's elements; padding that the node gives counts unless
/// it says otherwise, padding that `ceil_mode` adds does not.
static NodeResults importAveragePool(TorchNode &node) {
  auto window = readWindow(node);
  bool countsPadding = node.flag("count_include_pad", true);
  if (node.has("divisor_override"))
    return {node.error("argument 'divisor_override' is not supported")};
  if (!window)
    return {};
  SmallVector<int64_t> none(window->kernel.size(), 0);
  ArrayRef<int64_t> counted = countsPadding ? window->counted : none;
  return {finish(node, *window,
                 node.create<AveragePoolOp>(window->input, window->kernel,
                                            window->strides, window->dilations,
                                            window->low, window->high, counted,
                                            counted))};
}

//===----------------------------------------------------------------------===//
// Adaptive pools
//===----------------------------------------------------------------------===//

/// Outputs of one dimension, each the reduction of a slice.
template <typename OpT>
static Value reduceSlices(TorchNode &node, Value value, int64_t dim,
                          int64_t outputs) {
  constexpr int64_t maxOutputs = 256;
  int64_t extent = node.shape(value)[dim];
  if (outputs > maxOutputs)
    return node.error("expected at most " + Twine(maxOutputs) +
                      " outputs that do not divide the input, got " +
                      Twine(outputs));
  SmallVector<Value> pieces;
  for (int64_t i = 0; i < outputs; ++i) {
    int64_t begin = i * extent / outputs;
    int64_t end = llvm::divideCeilSigned((i + 1) * extent, outputs);
    pieces.push_back(
        node.create<OpT>(node.slice(value, dim, begin, end - begin),
                         ArrayRef<int64_t>(dim), /*keepDims=*/true));
  }
  return node.create<ConcatOp>(ValueRange(pieces), dim);
}

template <typename ReduceT> static NodeResults importAdaptive(TorchNode &node) {
  auto window = readInput(node);
  size_t spatial = spatialRank(node);
  SmallVector<int64_t> sizes = node.integers("output_size", spatial, 1);
  if (!window || node.failed())
    return {};
  Value value = window->input;
  SmallVector<int64_t> extents(node.shape(value).drop_front(2)), all;
  bool divides = true;
  for (size_t dim = 0; dim < spatial; ++dim) {
    all.push_back(2 + dim);
    if (sizes[dim] < 1 || extents[dim] < 1)
      return {node.error("expected sizes of 1 or more")};
    divides &= extents[dim] % sizes[dim] == 0;
  }
  if (llvm::all_of(sizes, [](int64_t size) { return size == 1; }))
    return {finish(node, *window,
                   node.create<ReduceT>(value, all, /*keepDims=*/true))};
  SmallVector<int64_t> kernel, ones(spatial, 1), none(spatial, 0);
  for (size_t dim = 0; dim < spatial; ++dim)
    kernel.push_back(extents[dim] / std::max<int64_t>(sizes[dim], 1));
  if (divides) {
    if constexpr (std::is_same_v<ReduceT, ReduceMaxOp>)
      value = node.create<MaxPoolOp>(value, kernel, kernel, ones, none, none);
    else
      value = node.create<AveragePoolOp>(value, kernel, kernel, ones, none,
                                         none, none, none);
    return {finish(node, *window, value)};
  }
  // The mean over a box is the mean of means: its sides are independent.
  for (size_t dim = 0; dim < spatial && value; ++dim)
    value = reduceSlices<ReduceT>(node, value, 2 + dim, sizes[dim]);
  return {finish(node, *window, value)};
}

void dtc::registerPoolingTorchImporters(TorchImporters &importers) {
  for (StringRef rank : {"1d", "2d", "3d"}) {
    importers.add(("aten.max_pool" + rank + ".default").str(), importMaxPool);
    importers.add(("aten.avg_pool" + rank + ".default").str(),
                  importAveragePool);
    importers.add(("aten.adaptive_avg_pool" + rank + ".default").str(),
                  importAdaptive<ReduceMeanOp>);
    importers.add(("aten.adaptive_max_pool" + rank + ".default").str(),
                  importAdaptive<ReduceMaxOp>);
  }
  importers.add("aten.max_pool2d_with_indices.default", importMaxPool);
  importers.add("aten.max_pool3d_with_indices.default", importMaxPool);
  importers.add("aten._adaptive_avg_pool2d.default",
                importAdaptive<ReduceMeanOp>);
  importers.add("aten._adaptive_avg_pool3d.default",
                importAdaptive<ReduceMeanOp>);
}
