//===- ConvolutionFromOnnx.cpp - Convolutions of ONNX models --------------===//

#include "dtc/Import/OnnxNode.h"

using namespace mlir;
using namespace dtc;

namespace {

/// The geometry of a convolution, one element a spatial dimension.
struct Window {
  SmallVector<int64_t> kernel, strides, dilations, padsBegin, padsEnd;
};

} // namespace

/// Pads so that there is one output for each `stride` inputs.
static void padToSame(Window &window, ArrayRef<int64_t> extents,
                      StringRef mode) {
  for (size_t i = 0; i < extents.size(); ++i) {
    int64_t stride = window.strides[i];
    int64_t outputs = (extents[i] + stride - 1) / stride;
    int64_t span = (window.kernel[i] - 1) * window.dilations[i] + 1;
    int64_t total =
        std::max<int64_t>((outputs - 1) * stride + span - extents[i], 0);
    int64_t small = total / 2, large = total - small;
    window.padsBegin[i] = mode == "SAME_UPPER" ? small : large;
    window.padsEnd[i] = mode == "SAME_UPPER" ? large : small;
  }
}

/// Reads the attributes; nullopt after an error.
static std::optional<Window> readWindow(OnnxNode &node,
                                        ArrayRef<int64_t> extents,
                                        ArrayRef<int64_t> kernel) {
  size_t rank = extents.size();
  Window window;
  window.kernel.assign(kernel.begin(), kernel.end());
  auto given = node.integers("kernel_shape");
  window.strides =
      node.integers("strides").value_or(SmallVector<int64_t>(rank, 1));
  window.dilations =
      node.integers("dilations").value_or(SmallVector<int64_t>(rank, 1));
  auto pads = node.integers("pads").value_or(SmallVector<int64_t>(2 * rank, 0));
  StringRef mode = node.text("auto_pad", "NOTSET");
  constexpr int64_t most = int64_t(1) << 31;
  auto inRange = [&](ArrayRef<int64_t> values, int64_t least) {
    return llvm::all_of(values,
                        [&](int64_t v) { return v >= least && v < most; });
  };
  if ((given && ArrayRef<int64_t>(*given) != kernel) ||
      window.strides.size() != rank || window.dilations.size() != rank ||
      pads.size() != 2 * rank || !inRange(window.strides, 1) ||
      !inRange(window.dilations, 1) || !inRange(pads, 0) ||
      !inRange(kernel, 1) || !inRange(extents, 0)) {
    node.error("expected a kernel shape, strides, dilations of 1 or more and "
               "pads of 0 or more for " +
               Twine(rank) + " spatial dimensions");
    return std::nullopt;
  }
  window.padsBegin.assign(pads.begin(), pads.begin() + rank);
  window.padsEnd.assign(pads.begin() + rank, pads.end());
  if (mode == "SAME_UPPER" || mode == "SAME_LOWER") {
    padToSame(window, extents, mode);
  } else if (mode == "VALID") {
    window.padsBegin.assign(rank, 0);
    window.padsEnd.assign(rank, 0);
  } else if (mode != "NOTSET") {
    node.error("attribute 'auto_pad': expected 'NOTSET', 'SAME_UPPER', "
               "'SAME_LOWER' or 'VALID', got '" +
               mode + "'");
    return std::nullopt;
  }
  return window;
}

static OnnxResults importConv(OnnxNode &node) {
  Value input = node.input(0), weight = node.input(1);
  int64_t groups = node.integer("group", 1);
  if (node.rank(input) < 3 || node.rank(weight) != node.rank(input))
    return {node.error("expected an input and a weight of one rank of 3 or "
                       "more, got ranks " +
                       Twine(node.rank(input)) + " and " +
                       Twine(node.rank(weight)))};
  if (groups < 1)
    return {node.error("attribute 'group': expected 1 or more, got " +
                       Twine(groups))};
  auto window = readWindow(node, node.shape(input).drop_front(2),
                           node.shape(weight).drop_front(2));
  if (!window)
    return {};
  return {node.create<ConvolutionOp>(
      input, weight, node.input(2), window->strides, window->dilations,
      window->padsBegin, window->padsEnd, groups)};
}

/// The mean over all spatial dimensions.
static OnnxResults importGlobalAveragePool(OnnxNode &node) {
  Value input = node.input(0);
  auto dims = llvm::to_vector(
      llvm::seq<int64_t>(2, std::max<int64_t>(node.rank(input), 2)));
  return {node.create<ReduceMeanOp>(input, dims, /*keepDims=*/true)};
}

void dtc::registerConvolutionOnnxImporters(OnnxImporters &importers) {
  importers.add("Conv", {2, 3}, importConv);
  importers.add("GlobalAveragePool", {1}, importGlobalAveragePool);
}
