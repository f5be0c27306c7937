//===- QuantizedFromOnnx.h - Products of quantized matrices -----*- C++ -*-===//

#ifndef DTC_LIB_OPS_MATMUL_QUANTIZEDFROMONNX_H
#define DTC_LIB_OPS_MATMUL_QUANTIZEDFROMONNX_H

#include "dtc/Import/OnnxNode.h"

namespace dtc {

OnnxResults importMatMulInteger(OnnxNode &node);
OnnxResults importQLinearMatMul(OnnxNode &node);

} // namespace dtc

#endif // DTC_LIB_OPS_MATMUL_QUANTIZEDFROMONNX_H
