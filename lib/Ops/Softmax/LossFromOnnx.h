//===- LossFromOnnx.h - Losses of ONNX models -------------------*- C++ -*-===//

#ifndef DTC_LIB_OPS_SOFTMAX_LOSSFROMONNX_H
#define DTC_LIB_OPS_SOFTMAX_LOSSFROMONNX_H

#include "dtc/Import/OnnxNode.h"

namespace dtc {

/// NegativeLogLikelihoodLoss, SoftmaxCrossEntropyLoss.
void registerLossImporters(OnnxImporters &importers);

} // namespace dtc

#endif // DTC_LIB_OPS_SOFTMAX_LOSSFROMONNX_H
