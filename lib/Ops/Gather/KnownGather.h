//===- KnownGather.h - Lookups by indices that are known --------*- C++ -*-===//

#ifndef DTC_OPS_GATHER_KNOWNGATHER_H
#define DTC_OPS_GATHER_KNOWNGATHER_H

#include "dtc/Import/ImportNode.h"

namespace dtc {

/// data[i..., indices[t...], j...] by known indices: a slice where they count.
mlir::Value gatherKnown(ImportNode &node, mlir::Value data, int64_t axis,
                        const HostTensor &indices);

} // namespace dtc

#endif // DTC_OPS_GATHER_KNOWNGATHER_H
