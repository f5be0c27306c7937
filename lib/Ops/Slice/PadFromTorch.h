//===- PadFromTorch.h - Pads of ATen ----------------------------*- C++ -*-===//

#ifndef DTC_OPS_SLICE_PADFROMTORCH_H
#define DTC_OPS_SLICE_PADFROMTORCH_H

#include "dtc/Import/TorchNode.h"

namespace dtc {

/// ATen's pads: constants by `dtc.pad`, the other modes as slices of the
/// operand one after the other.
void registerPadTorchImporters(TorchImporters &importers);

} // namespace dtc

#endif // DTC_OPS_SLICE_PADFROMTORCH_H
