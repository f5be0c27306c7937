//===- ConvolutionLayouts.h - Convolutions as oneDNN describes them -------===//
//
// What a convolution and the gradient of its weight have in common: the
// caller's layouts and the choice of a kernel.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_PRIMITIVES_CONVOLUTIONLAYOUTS_H
#define DTC_RUNTIME_LIB_PRIMITIVES_CONVOLUTIONLAYOUTS_H

#include "Engine.h"
#include <functional>

namespace dtc::runtime {

/// Dense operands as the caller has them; grouped weights have a dimension of
/// groups in front.
struct ConvolutionLayouts {
  dnnl_memory_desc_t input, weight, bias, result;
};

/// The layouts with elements of `type`.
ConvolutionLayouts describeConvolution(const dtc_convolution &desc,
                                       dnnl_data_type_t type);

/// Plans an operation on given layouts; throws PrimitiveError where oneDNN has
/// none.
using ConvolutionPlanner =
    std::function<DnnlPrimitiveDesc(const ConvolutionLayouts &)>;

/// True when oneDNN has a kernel for elements of `type` on this processor.
bool isImplemented(const dtc_convolution &desc, dnnl_data_type_t type,
                   const ConvolutionPlanner &plan);

/// What stands behind a plan, from the fastest.
enum class KernelKind { Direct, Im2col, Reference };

/// The plan on input and result as they are, when it is of `slowest` or a
/// faster kind; else the one in the layouts that oneDNN prefers, if that is
/// direct.
DnnlPrimitiveDesc chooseKernel(const dtc_convolution &desc,
                               dnnl_data_type_t type, KernelKind slowest,
                               const ConvolutionPlanner &plan);

/// True when the result has no elements.
bool isEmpty(const dtc_convolution &desc);

/// Throws PrimitiveError on shapes and groups that do not fit each other.
void checkConvolution(const dtc_convolution &desc);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_PRIMITIVES_CONVOLUTIONLAYOUTS_H
