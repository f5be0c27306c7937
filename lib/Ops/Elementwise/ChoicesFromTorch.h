//===- ChoicesFromTorch.h - Casts and choices of ATen -----------*- C++ -*-===//

#ifndef DTC_OPS_ELEMENTWISE_CHOICESFROMTORCH_H
#define DTC_OPS_ELEMENTWISE_CHOICESFROMTORCH_H

#include "dtc/Import/TorchNode.h"

namespace dtc {

/// ATen's casts, choices by masks, limits and assertions.
void registerChoiceTorchImporters(TorchImporters &importers);

} // namespace dtc

#endif // DTC_OPS_ELEMENTWISE_CHOICESFROMTORCH_H
