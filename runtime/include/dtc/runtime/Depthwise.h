//===- Depthwise.h - Which convolutions work plane by plane -----*- C++ -*-===//
//
// The runtime chooses a convolution's kernels by this, and the compiler knows
// what memory they take.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_DEPTHWISE_H
#define DTC_RUNTIME_DEPTHWISE_H

#include "dtc/runtime/program.h"

namespace dtc::runtime {

/// True for a convolution over one or two dimensions of f32, whose groups have
/// one channel, and its transpose with strides of 1, where a strip's padded
/// copy stays small: planes are convolved one by one as they lie.
inline bool isDepthwise(const dtc_convolution &desc) {
  if (desc.dtype != DTC_F32 || desc.epilogue != DTC_EPILOGUE_NONE ||
      desc.spatial > 2 || desc.groups < 2 ||
      desc.input_shape[1] != desc.groups ||
      desc.result_shape[1] != desc.groups || desc.weight_shape[1] != 1)
    return false;
  constexpr int64_t kFarthest = 1024, kLongestStride = 64;
  for (int i = 0; i < desc.spatial; ++i) {
    if (desc.weight_shape[2 + i] > kFarthest || desc.dilations[i] > kFarthest ||
        desc.strides[i] > kLongestStride)
      return false;
    int64_t reach = desc.dilations[i] * (desc.weight_shape[2 + i] - 1);
    if (desc.weight_shape[2 + i] < 1 || desc.pads_begin[i] < 0 ||
        desc.pads_begin[i] > reach || reach > kFarthest ||
        (desc.is_transposed && desc.strides[i] != 1))
      return false;
  }
  return true;
}

} // namespace dtc::runtime

#endif // DTC_RUNTIME_DEPTHWISE_H
