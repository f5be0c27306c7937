//===- Distribute.h - From one rank's full value to every rank's piece ----===//
//
// One collective a mesh axis, in mesh order: scatter for shard, broadcast for
// replicate and partial. A partial sum gets the value divided by the number of
// contributions; avg, max and min get the value itself.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_DISTRIBUTE_H
#define DTC_RUNTIME_LIB_RANK_DISTRIBUTE_H

#include "Peers.h"
#include "Program.h"
#include "dtc/runtime/Result.h"

namespace dtc::runtime {

/// `value` holds the full tensor on rank `source` and is ignored elsewhere;
/// afterwards `piece` (of `localBytes`) has this rank's piece everywhere.
Status distribute(const RankProgram &program, const BoundaryTensor &tensor,
                  int64_t source, const std::vector<char> &value, void *piece,
                  Peers &peers);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_DISTRIBUTE_H
