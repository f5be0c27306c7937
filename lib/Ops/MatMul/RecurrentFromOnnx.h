//===- RecurrentFromOnnx.h - RNN, GRU and LSTM ------------------*- C++ -*-===//

#ifndef DTC_LIB_OPS_MATMUL_RECURRENTFROMONNX_H
#define DTC_LIB_OPS_MATMUL_RECURRENTFROMONNX_H

#include "dtc/Import/OnnxNode.h"

namespace dtc {

/// RNN, GRU, LSTM, unrolled over the sequence.
void registerRecurrentImporters(OnnxImporters &importers);

} // namespace dtc

#endif // DTC_LIB_OPS_MATMUL_RECURRENTFROMONNX_H
