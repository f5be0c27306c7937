//===- MaxPoolGradientToCpu.h - Where maxima lie, backwards -----*- C++ -*-===//
//
// Every position of the result sums the gradients of the windows that reach it,
// of which it is the maximum: no two threads write one element, and sums have
// one order. A dimension with stride s, kernel K and dilation d is walked in
// one of two ways:
//
// 1. By quotients, where few of many windows reach a position. With d = 1
//
//      position p + padding = s * q + r,  r < s,
//      is place k = r + s * j of window q - j,  j < ceil(K / s);
//
//    q and r are loops of the kernel and j is what it reduces over. Gradients
//    and places are copied with padding in place of windows that do not exist.
//    Short strides of the last dimension, and strides of dilated windows, are
//    stretched by that copy instead, which makes them 1: rows are contiguous.
// 2. By windows, all of them for each position, where they are few or kernels,
//    strides and dilations are large beside the tensors: their size then costs
//    nothing, as no position and no window is walked that does not exist.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_OPS_POOLING_MAXPOOLGRADIENTTOCPU_H
#define DTC_OPS_POOLING_MAXPOOLGRADIENTTOCPU_H

#include "ProgramBuilder.h"

namespace dtc::cpu {

/// Stores the gradient of the pool's input.
mlir::LogicalResult buildMaxPoolGradient(ProgramBuilder &builder,
                                         MaxPoolGradientOp op);

} // namespace dtc::cpu

#endif // DTC_OPS_POOLING_MAXPOOLGRADIENTTOCPU_H
