//===- WindowFromOnnx.cpp - Windows of ONNX nodes -------------------------===//

#include "WindowFromOnnx.h"

using namespace mlir;
using namespace dtc;

void OnnxWindow::sharePadding(size_t dim, int64_t total) {
  int64_t small = total / 2, large = total - small;
  padsBegin[dim] = mode == "SAME_UPPER" ? small : large;
  padsEnd[dim] = mode == "SAME_UPPER" ? large : small;
}

void dtc::padToSame(OnnxWindow &window, ArrayRef<int64_t> extents) {
  if (!window.isSame())
    return;
  for (size_t dim = 0; dim < extents.size(); ++dim) {
    int64_t stride = window.strides[dim];
    int64_t outputs = (extents[dim] + stride - 1) / stride;
    window.sharePadding(
        dim, std::max<int64_t>(
                 (outputs - 1) * stride + window.span(dim) - extents[dim], 0));
  }
}

std::optional<OnnxWindow> dtc::readWindow(OnnxNode &node,
                                          ArrayRef<int64_t> extents,
                                          ArrayRef<int64_t> kernel) {
  size_t rank = extents.size();
  OnnxWindow window;
  auto given = node.integers("kernel_shape");
  window.kernel.assign(kernel.begin(), kernel.end());
  if (kernel.empty() && given)
    window.kernel = *given;
  window.strides =
      node.integers("strides").value_or(SmallVector<int64_t>(rank, 1));
  window.dilations =
      node.integers("dilations").value_or(SmallVector<int64_t>(rank, 1));
  auto pads = node.integers("pads").value_or(SmallVector<int64_t>(2 * rank, 0));
  window.mode = node.text("auto_pad", "NOTSET");
  constexpr int64_t most = int64_t(1) << 31;
  auto inRange = [&](ArrayRef<int64_t> values, int64_t least) {
    return llvm::all_of(values,
                        [&](int64_t v) { return v >= least && v < most; });
  };
  if ((given && *given != window.kernel) || window.kernel.size() != rank ||
      window.strides.size() != rank || window.dilations.size() != rank ||
      pads.size() != 2 * rank || !inRange(window.strides, 1) ||
      !inRange(window.dilations, 1) || !inRange(pads, 0) ||
      !inRange(window.kernel, 1) || !inRange(extents, 0)) {
    node.error("expected a kernel shape, strides, dilations of 1 or more and "
               "pads of 0 or more for " +
               Twine(rank) + " spatial dimensions");
    return std::nullopt;
  }
  window.padsBegin.assign(pads.begin(), pads.begin() + rank);
  window.padsEnd.assign(pads.begin() + rank, pads.end());
  if (window.mode == "VALID") {
    window.padsBegin.assign(rank, 0);
    window.padsEnd.assign(rank, 0);
  } else if (window.mode != "NOTSET" && window.mode != "SAME_UPPER" &&
             window.mode != "SAME_LOWER") {
    node.error("attribute 'auto_pad': expected 'NOTSET', 'SAME_UPPER', "
               "'SAME_LOWER' or 'VALID', got '" +
               window.mode + "'");
    return std::nullopt;
  }
  return window;
}
