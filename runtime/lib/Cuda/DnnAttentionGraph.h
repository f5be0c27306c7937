//===- DnnAttentionGraph.h - What attention and its gradient share --------===//

#ifndef DTC_RUNTIME_LIB_CUDA_DNNATTENTIONGRAPH_H
#define DTC_RUNTIME_LIB_CUDA_DNNATTENTIONGRAPH_H

#include "DnnAttention.h"

namespace dtc::runtime::cuda {

Extents four(const int64_t (&values)[4]);

/// With the last two dimensions exchanged.
Extents transposed(Extents values);

/// Describes attention operation by operation.
class AttentionGraph {
public:
  AttentionGraph(const Dnn &dnn, const dtc_attention &desc);

  /// A tensor of a call, of the operands' type.
  Handle tensor(AttentionTensor id, const Extents &shape,
                const Extents &strides);
  /// The logarithms of the rows' sums, in memory.
  Handle sums();
  /// scale query key^T with the mask; `keys` is [b, heads, depth, keys].
  Handle scores(Handle query, Handle keys);
  /// Minus infinity for the key's columns behind the query's row, where the
  /// attention is causal.
  Handle hideLaterKeys(Handle scores);
  /// A new f32 of the scores' shape, of operands that repeat to it.
  Handle pointwise(DnnPointwiseMode mode, Handle first,
                   Handle second = nullptr);

  DnnGraph &operator*() { return *graph; }
  DnnGraph *operator->() { return graph.get(); }
  std::unique_ptr<DnnGraph> take() { return std::move(graph); }

  /// [b, heads, rows, keys], and [b, heads, rows, 1].
  Extents shape, rows;
  DnnType type;
  /// The factor of the scores.
  Handle scale;

private:
  const Dnn &dnn;
  const dtc_attention &desc;
  std::unique_ptr<DnnGraph> graph;
};

/// What the choice of an engine depends on, as text; with a blank before each.
std::string attentionText(const dtc_attention &desc);

/// The error names what this cuDNN does not compute right, or another type
/// than f16 and bf16.
Status checkAttention(const Dnn &dnn, const dtc_attention &desc);

} // namespace dtc::runtime::cuda

#endif // DTC_RUNTIME_LIB_CUDA_DNNATTENTIONGRAPH_H
