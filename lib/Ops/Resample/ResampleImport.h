//===- ResampleImport.h - Tensors on other grids ----------------*- C++ -*-===//
//
// What importers of ONNX and of ATen have in common when they resize tensors.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_OPS_RESAMPLE_RESAMPLEIMPORT_H
#define DTC_LIB_OPS_RESAMPLE_RESAMPLEIMPORT_H

#include "dtc/Import/ImportNode.h"

namespace dtc {

/// What a node says about all dimensions, in the words of ONNX's Resize.
struct ResizeOptions {
  llvm::StringRef mode, rounding;
  /// Besides ONNX's words "torch_nearest" and "torch_nearest_exact": as ATen
  /// finds the nearest position, in single precision.
  llvm::StringRef coordinates;
  double cubicA = -0.75, extrapolation = 0;
  bool excludesOutside = false, antialiases = false;
};

/// One dimension.
struct Resampling {
  int64_t axis = 0, input = 0, output = 0;
  double scale = 1;
  double roiBegin = 0, roiEnd = 1;
};

/// The input resampled along the dimensions, one after the other; null after an
/// error.
mlir::Value resample(ImportNode &node, mlir::Value input,
                     const ResizeOptions &options,
                     llvm::ArrayRef<Resampling> dims);

} // namespace dtc

#endif // DTC_LIB_OPS_RESAMPLE_RESAMPLEIMPORT_H
