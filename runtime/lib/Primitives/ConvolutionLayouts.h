//===- ConvolutionLayouts.h - Convolutions as oneDNN describes them -------===//
//
// What a convolution and the gradient of its weight have in common: the
// caller's layouts and the choice of a kernel.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_PRIMITIVES_CONVOLUTIONLAYOUTS_H
#define DTC_RUNTIME_LIB_PRIMITIVES_CONVOLUTIONLAYOUTS_H

#include "Engine.h"

namespace dtc::runtime {

/// Dense operands as the caller has them; grouped weights have a dimension of
/// groups in front.
struct ConvolutionLayouts {
  dnnl_memory_desc_t input, weight, bias, result;
};

/// The layouts with elements of `type`.
ConvolutionLayouts describeConvolution(const dtc_convolution &desc,
                                       dnnl_data_type_t type);

/// The same shape in whatever layout a kernel likes best.
dnnl_memory_desc_t anyLayout(const dnnl_memory_desc_t &desc,
                             dnnl_data_type_t type);

/// What stands behind a plan.
enum class KernelKind { Direct, Im2col, Reference };
KernelKind kernelKind(const DnnlPrimitiveDesc &planned);

/// True when the result has no elements.
bool isEmpty(const dtc_convolution &desc);

/// Throws PrimitiveError on shapes and groups that do not fit each other.
void checkConvolution(const dtc_convolution &desc);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_PRIMITIVES_CONVOLUTIONLAYOUTS_H
