//===- EinsumFromOnnx.h - Sums of products by equation ----------*- C++ -*-===//

#ifndef DTC_LIB_OPS_MATMUL_EINSUMFROMONNX_H
#define DTC_LIB_OPS_MATMUL_EINSUMFROMONNX_H

#include "dtc/Import/OnnxNode.h"

namespace dtc {

OnnxResults importEinsum(OnnxNode &node);

} // namespace dtc

#endif // DTC_LIB_OPS_MATMUL_EINSUMFROMONNX_H
