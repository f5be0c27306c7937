//===- ElementLossFromTorch.h - Losses of elements, of ATen -----*- C++ -*-===//

#ifndef DTC_OPS_ELEMENTWISE_ELEMENTLOSSFROMTORCH_H
#define DTC_OPS_ELEMENTWISE_ELEMENTLOSSFROMTORCH_H

#include "dtc/Import/TorchNode.h"

namespace dtc {

/// ATen's losses that compare two tensors element by element.
void registerElementLossTorchImporters(TorchImporters &importers);

} // namespace dtc

#endif // DTC_OPS_ELEMENTWISE_ELEMENTLOSSFROMTORCH_H
