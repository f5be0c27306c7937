//===- NaiveTransport.h - Ranks as forked children of a test --------------===//
//
// The simplest transport that is right: every rank has a slot in memory shared
// with its siblings; a collective copies its source to the slot, meets its
// group at a barrier, and computes its result from all slots.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_UNITTESTS_NAIVETRANSPORT_H
#define DTC_RUNTIME_UNITTESTS_NAIVETRANSPORT_H

#include "dtc/runtime/Transport.h"
#include <functional>

namespace dtc::runtime::test {

struct RankOutcome {
  int exitStatus;
  std::string message; ///< of `fail`
};

/// Runs `body` once a rank of a mesh of `sizes`, each in a process of its own.
std::vector<RankOutcome>
runRanks(const std::vector<int64_t> &sizes,
         const std::function<void(std::unique_ptr<Transport>)> &body);

} // namespace dtc::runtime::test

#endif // DTC_RUNTIME_UNITTESTS_NAIVETRANSPORT_H
