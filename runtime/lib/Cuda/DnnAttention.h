//===- DnnAttention.h - Attention by cuDNN --------------------------------===//

#ifndef DTC_RUNTIME_LIB_CUDA_DNNATTENTION_H
#define DTC_RUNTIME_LIB_CUDA_DNNATTENTION_H

#include "DnnPlan.h"
#include "dtc/runtime/program.h"

namespace dtc::runtime::cuda {

/// The graph of scaled dot product attention. Tensors 1 to 5 are query, key,
/// value, result and mask.
std::unique_ptr<DnnGraph> describeAttention(const Dnn &dnn,
                                            const dtc_attention &desc);

/// Errors name the shape, or a version of cuDNN whose attention has bugs.
Result<std::unique_ptr<DnnPlan>>
planAttention(const Dnn &dnn, const dtc_attention &desc, AlgorithmCache &cache);

} // namespace dtc::runtime::cuda

#endif // DTC_RUNTIME_LIB_CUDA_DNNATTENTION_H
