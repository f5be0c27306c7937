//===- CollectiveTrials.h - Collectives against a naive result ------------===//
//
// What one rank of a world does: it makes the sources of all members itself,
// computes what it must get from the definition in program.h, and compares bit
// by bit. Sizes reach all ways of sending (lines, staged, direct), and buffers
// lie in shared memory on some ranks and not on others. A rank with a wrong
// result fails through its transport.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_UNITTESTS_COLLECTIVETRIALS_H
#define DTC_RUNTIME_UNITTESTS_COLLECTIVETRIALS_H

#include "dtc/runtime/Transport.h"

namespace dtc::runtime::test {

/// All types and reductions.
void tryReductions(Transport &transport);
/// all_gather, broadcast and scatter of all types, from every root.
void tryPieces(Transport &transport);
void tryHalos(Transport &transport);
/// Any two dimensions of shapes of up to four.
void tryAllToAll(Transport &transport);
/// Several in flight on both axes of a mesh, waited for in any order.
void tryInFlight(Transport &transport, int64_t rows, int64_t columns);

} // namespace dtc::runtime::test

#endif // DTC_RUNTIME_UNITTESTS_COLLECTIVETRIALS_H
