//===- LossFromTorch.h - Losses of ATen -------------------------*- C++ -*-===//

#ifndef DTC_LIB_OPS_SOFTMAX_LOSSFROMTORCH_H
#define DTC_LIB_OPS_SOFTMAX_LOSSFROMTORCH_H

#include "dtc/Import/TorchNode.h"

namespace dtc {

/// cross_entropy_loss, and the forms of nll_loss.
void registerLossTorchImporters(TorchImporters &importers);

} // namespace dtc

#endif // DTC_LIB_OPS_SOFTMAX_LOSSFROMTORCH_H
