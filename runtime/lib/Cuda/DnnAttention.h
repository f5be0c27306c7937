//===- DnnAttention.h - Attention by cuDNN --------------------------------===//

#ifndef DTC_RUNTIME_LIB_CUDA_DNNATTENTION_H
#define DTC_RUNTIME_LIB_CUDA_DNNATTENTION_H

#include "DnnPlan.h"
#include "dtc/runtime/program.h"

namespace dtc::runtime::cuda {

/// Tensors of attention's graphs, in the order of their plans' pointers.
enum class AttentionTensor : int64_t {
  Query = 1,
  Key,
  Value,
  Result,
  Mask, ///< where there is one
  Sums, ///< logarithms, where they are a result, and for the gradient
  // Of the gradient alone.
  Gradient,
  QueryGradient,
  KeyGradient,
  ValueGradient
};

/// The graph of scaled dot product attention.
std::unique_ptr<DnnGraph> describeAttention(const Dnn &dnn,
                                            const dtc_attention &desc);

/// Whether sums of the gradient have a fixed order. Then all of the scores'
/// gradient is in the workspace.
enum class SumOrder { Fixed, Any };

/// The graph of the gradients of query, key and value.
std::unique_ptr<DnnGraph>
describeAttentionGradient(const Dnn &dnn, const dtc_attention_gradient &desc,
                          SumOrder order);

/// Errors name the shape, or a version of cuDNN whose attention has bugs.
Result<std::unique_ptr<DnnPlan>>
planAttention(const Dnn &dnn, const dtc_attention &desc, AlgorithmCache &cache);
Result<std::unique_ptr<DnnPlan>>
planAttentionGradient(const Dnn &dnn, const dtc_attention_gradient &desc,
                      AlgorithmCache &cache);

} // namespace dtc::runtime::cuda

#endif // DTC_RUNTIME_LIB_CUDA_DNNATTENTION_H
