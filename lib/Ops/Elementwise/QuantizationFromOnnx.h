//===- QuantizationFromOnnx.h - Linear quantization -------------*- C++ -*-===//

#ifndef DTC_LIB_OPS_ELEMENTWISE_QUANTIZATIONFROMONNX_H
#define DTC_LIB_OPS_ELEMENTWISE_QUANTIZATIONFROMONNX_H

#include "dtc/Import/OnnxNode.h"

namespace dtc {

/// QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear.
void registerQuantizationImporters(OnnxImporters &importers);

} // namespace dtc

#endif // DTC_LIB_OPS_ELEMENTWISE_QUANTIZATIONFROMONNX_H
