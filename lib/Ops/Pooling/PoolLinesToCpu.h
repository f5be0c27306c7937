//===- PoolLinesToCpu.h - Pools one dimension after the other ---*- C++ -*-===//
//
// Windows that overlap in several dimensions are reduced one dimension after
// the other, so that neighbours share the work:
//
// 1. All dimensions but the last go over whole lines. Windows that padding cuts
//    are kernels of their own, over fewer places; nothing is copied.
// 2. What the last of them writes has room for the padding of the last
//    dimension, which is filled.
// 3. The last dimension is a kernel over one window dimension.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_OPS_POOLING_POOLLINESTOCPU_H
#define DTC_OPS_POOLING_POOLLINESTOCPU_H

#include "ProgramBuilder.h"

namespace dtc::cpu {

/// The geometry of a pool; lists have one entry a spatial dimension.
struct PoolWindow {
  llvm::ArrayRef<int64_t> input, result; ///< [n, c, position...]
  llvm::ArrayRef<int64_t> kernel, strides, dilations, padsBegin, padsEnd;

  int spatial() const { return kernel.size(); }
};

/// The loops of a pool and what they walk.
struct PoolLoops {
  llvm::SmallVector<int64_t> extents;
  int parallel = 0, spatial = 0;
  StridedView windows;
  IndexMap inputMap, resultMap;

  int window(int dim) const { return parallel + dim; }
};

/// How a window is reduced, and what positions outside of the input hold.
struct PoolReduction {
  Combine combine;
  double padding;
  mlir::Location location;
};

/// Whether dimensions are better reduced one after the other: windows share
/// enough elements, and padding cuts few of them, and none away.
bool reducesLines(const PoolWindow &window);

/// Reduces all spatial dimensions of `input` but the last; the loops over the
/// last one's windows.
PoolLoops lineLoopsOf(ProgramBuilder &builder, const StridedView &input,
                      const PoolWindow &window, const PoolReduction &reduction);

} // namespace dtc::cpu

#endif // DTC_OPS_POOLING_POOLLINESTOCPU_H
