//===- DepthwiseKernels.h - One channel's plane convolved by itself -------===//
//
// The loops behind DepthwiseConvolution.h, for several instruction sets.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_PRIMITIVES_DEPTHWISEKERNELS_H
#define DTC_RUNTIME_LIB_PRIMITIVES_DEPTHWISEKERNELS_H

#include <cstdint>

namespace dtc::runtime {

/// How a kernel moves over a padded copy of some of a plane's rows. Rows of
/// the copy have `pitch` elements; what kernel column `k` meets at the
/// result's column c is element `columnOffsets[k]` + c, whatever the stride.
struct DepthwiseWindow {
  int64_t kernelRows, kernelColumns;
  int64_t rowStride, rowDilation;
  int64_t pitch;
  const int64_t *columnOffsets;
};

struct DepthwiseKernels {
  /// Rows and columns that are computed together: a padded copy has what a
  /// result of whole multiples of them reads.
  int64_t rowBlock, columnBlock;
  /// `result`, dense of [rows, columns], is the sums of products with `kernel`
  /// plus `bias`.
  void (*forward)(const DepthwiseWindow &window, const float *padded,
                  const float *kernel, float bias, int64_t rows,
                  int64_t columns, float *result);
  /// Adds to `sums`, of the kernel's shape, the products of the padded copy
  /// and `gradient`, whose `rows` rows have `gradientPitch` elements, a
  /// multiple of `columnBlock`, with zeros behind the last. `zeros`: a row of
  /// them.
  void (*weightGradient)(const DepthwiseWindow &window, const float *padded,
                         const float *gradient, int64_t gradientPitch,
                         int64_t rows, const float *zeros, double *sums);
};

/// Those in the widest vectors of this processor.
const DepthwiseKernels &depthwiseKernels();

/// Those of one instruction set, which the processor must have.
const DepthwiseKernels &depthwiseBaseline();
const DepthwiseKernels &depthwiseAvx2();
const DepthwiseKernels &depthwiseAvx512();

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_PRIMITIVES_DEPTHWISEKERNELS_H
