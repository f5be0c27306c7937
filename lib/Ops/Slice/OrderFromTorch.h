//===- OrderFromTorch.h - Triangles and other orders of ATen ----*- C++ -*-===//

#ifndef DTC_OPS_SLICE_ORDERFROMTORCH_H
#define DTC_OPS_SLICE_ORDERFROMTORCH_H

#include "dtc/Import/TorchNode.h"

namespace dtc {

/// ATen's triangles and diagonals, elements in another order, and differences
/// of neighbours.
void registerOrderTorchImporters(TorchImporters &importers);

} // namespace dtc

#endif // DTC_OPS_SLICE_ORDERFROMTORCH_H
