//===- ActivationsFromTorch.h - Activations of ATen -------------*- C++ -*-===//

#ifndef DTC_OPS_ELEMENTWISE_ACTIVATIONSFROMTORCH_H
#define DTC_OPS_ELEMENTWISE_ACTIVATIONSFROMTORCH_H

#include "dtc/Import/TorchNode.h"

namespace dtc {

/// ATen's activations: ops of the dialect and compositions.
void registerActivationTorchImporters(TorchImporters &importers);

} // namespace dtc

#endif // DTC_OPS_ELEMENTWISE_ACTIVATIONSFROMTORCH_H
