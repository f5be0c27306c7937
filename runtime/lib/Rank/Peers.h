//===- Peers.h - The other ranks, outside of a step -----------------------===//
//
// What starting, distributing parameters and gathering results need of the
// transport. All calls are collective: every rank makes them in the same order.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_PEERS_H
#define DTC_RUNTIME_LIB_RANK_PEERS_H

#include "dtc/runtime/program.h"
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace dtc::runtime {

class Peers {
public:
  virtual ~Peers() = default;

  /// Every rank's bytes, by rank, on rank 0; elsewhere nothing.
  virtual std::vector<std::vector<char>> gather(const void *data,
                                                size_t bytes) = 0;

  /// Runs one collective to its end, among the ranks of this rank's group.
  virtual void runCollective(const dtc_collective &collective,
                             const void *source, void *result) = 0;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_PEERS_H
