//===- DnnConvolution.h - A convolution by cuDNN --------------------------===//
//
// Convolutions, transposed ones (the gradient of a convolution's input), and
// gradients of weights. Tensors lie as the program has them, channels before
// positions.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_CUDA_DNNCONVOLUTION_H
#define DTC_RUNTIME_LIB_CUDA_DNNCONVOLUTION_H

#include "DnnPlan.h"
#include "dtc/runtime/program.h"

namespace dtc::runtime::cuda {

enum class ConvolutionKind { Forward, WeightGradient };

/// `kind` Forward includes transposed convolutions. Pointers of the plan:
/// input, weight, result; or input, gradient, result; then the bias, if any. A
/// transposed convolution has no bias; relu joins a bias.
Result<std::unique_ptr<DnnPlan>> planConvolution(const Dnn &dnn,
                                                 const dtc_convolution &desc,
                                                 ConvolutionKind kind,
                                                 AlgorithmCache &cache);

} // namespace dtc::runtime::cuda

#endif // DTC_RUNTIME_LIB_CUDA_DNNCONVOLUTION_H
