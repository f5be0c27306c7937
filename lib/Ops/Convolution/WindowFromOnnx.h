//===- WindowFromOnnx.h - Windows of ONNX nodes -----------------*- C++ -*-===//
//
// The attributes that convolutions and pools have in common: `kernel_shape`,
// `strides`, `dilations`, `pads` and `auto_pad`.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_OPS_CONVOLUTION_WINDOWFROMONNX_H
#define DTC_LIB_OPS_CONVOLUTION_WINDOWFROMONNX_H

#include "dtc/Import/OnnxNode.h"

namespace dtc {

/// One element a spatial dimension.
struct OnnxWindow {
  llvm::SmallVector<int64_t> kernel, strides, dilations, padsBegin, padsEnd;
  /// `auto_pad`: NOTSET, SAME_UPPER, SAME_LOWER or VALID.
  llvm::StringRef mode;

  bool isSame() const { return mode.starts_with("SAME"); }
  /// Positions from a window's first to behind its last.
  int64_t span(size_t dim) const {
    return (kernel[dim] - 1) * dilations[dim] + 1;
  }
  /// Shares `total` out to both ends of a dimension, the larger half after it
  /// with SAME_UPPER, else before.
  void sharePadding(size_t dim, int64_t total);
};

/// Reads the attributes; `kernel` is empty where only the attribute says it.
/// Padding of SAME modes is left for `padToSame`, or for the caller. Nothing
/// after an error: numbers out of range, or a node that contradicts itself.
std::optional<OnnxWindow> readWindow(OnnxNode &node,
                                     llvm::ArrayRef<int64_t> extents,
                                     llvm::ArrayRef<int64_t> kernel);

/// Pads so that there is one output for each `stride` inputs, where the mode
/// says so.
void padToSame(OnnxWindow &window, llvm::ArrayRef<int64_t> extents);

} // namespace dtc

#endif // DTC_LIB_OPS_CONVOLUTION_WINDOWFROMONNX_H
