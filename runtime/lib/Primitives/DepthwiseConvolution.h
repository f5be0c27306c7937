//===- DepthwiseConvolution.h - Convolutions of single channels -*- C++ -*-===//
//
// Where every channel is convolved by itself no product is shared between
// channels: planes are worked on one by one as they lie, without the layouts
// of channel blocks that oneDNN has them copied to (measured on 7 images of
// 256x128x256, 7x7: its gradient of the weight has no such kernel and takes
// seconds).
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_PRIMITIVES_DEPTHWISECONVOLUTION_H
#define DTC_RUNTIME_LIB_PRIMITIVES_DEPTHWISECONVOLUTION_H

#include "DepthwiseKernels.h"
#include "dtc/runtime/AlignedBuffer.h"
#include "dtc/runtime/Depthwise.h"
#include <vector>

namespace dtc::runtime {

/// A convolution that isDepthwise(), or the gradient of its weight. A transpose
/// is a convolution with the kernel turned round.
class DepthwiseConvolution {
public:
  /// Throws PrimitiveError where there is no memory for a padded copy of some
  /// rows of a plane.
  explicit DepthwiseConvolution(
      const dtc_convolution &desc,
      const DepthwiseKernels &kernels = depthwiseKernels());

  /// `bias` may be null.
  void run(const float *input, const float *weight, const float *bias,
           float *result) const;
  void runWeightGradient(const float *input, const float *gradient,
                         float *result) const;

private:
  /// A run of result rows that is worked on at a time.
  struct Strip {
    int64_t begin, count;
  };
  void describe(const dtc_convolution &desc);
  void placeColumns();
  template <typename Body> void forEachStrip(Body body) const;
  void copyRows(const float *plane, const Strip &strip) const;
  void copyGradient(const float *plane, const Strip &strip) const;
  /// Calls `add` with where a channel's planes of input and result begin.
  template <typename Add> void forEachImage(int64_t channel, Add add) const;
  void addPlane(const float *plane, const float *gradient,
                std::vector<double> &sums) const;
  /// Calls `body` with where element `k` of the kernel meets a plane, and which
  /// element of the result's plane it is for.
  template <typename Body> void forEachInside(int64_t k, Body body) const;
  /// Of numbers that need not be finite: nothing is multiplied by the zeros of
  /// the padding.
  void convolveInside(const float *plane, const float *kernel, float bias,
                      float *result) const;
  void addInside(const float *plane, const float *gradient,
                 std::vector<double> &sums) const;

  const DepthwiseKernels &kernels;
  bool isTransposed;
  int64_t images, channels;
  int64_t inputRows, inputColumns, rows, columns;
  int64_t padRows, padColumns, columnStride, columnDilation;
  int64_t stripRows = 0;     ///< of the result
  int64_t gradientPitch = 0; ///< columns rounded up to whole blocks
  int64_t phasePitch = 0; ///< of the columns that one phase of the stride meets
  std::vector<int64_t> columnOffsets;
  DepthwiseWindow window;
  AlignedBuffer padded, gradientCopy, zeros;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_PRIMITIVES_DEPTHWISECONVOLUTION_H
