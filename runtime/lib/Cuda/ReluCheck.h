//===- ReluCheck.h - Whether a library's gradient of relu is ours ---------===//

#ifndef DTC_RUNTIME_LIB_CUDA_RELUCHECK_H
#define DTC_RUNTIME_LIB_CUDA_RELUCHECK_H

#include "Blas.h"
#include "Device.h"

namespace dtc::runtime::cuda {

/// Multiplies on the GPU and looks at what passes by the mask of a relu: true
/// when it is what a program's own kernels let pass, the gradients of values
/// above 0, and not those of 0, -0 and NaN. False, too, where the library has
/// no masks for elements of the type, or something fails.
bool passesReluGradients(const Blas &blas, Device &device, int32_t dtype);

} // namespace dtc::runtime::cuda

#endif // DTC_RUNTIME_LIB_CUDA_RELUCHECK_H
