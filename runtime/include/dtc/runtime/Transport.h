//===- Transport.h - How ranks talk ---------------------------------------===//
//
// A rank connects once, agrees with the others on the program, creates the
// program's collectives, and from then on only starts them and waits.
//
// Ranks find each other by the environment: RANK, WORLD_SIZE, MASTER_ADDR,
// MASTER_PORT, or that of mpirun.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_TRANSPORT_H
#define DTC_RUNTIME_TRANSPORT_H

#include "dtc/runtime/Result.h"
#include "dtc/runtime/program.h"
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dtc::runtime {

struct TransportOptions {
  std::string name = "auto"; ///< auto, shm, mpi or nccl
  double timeoutSeconds = 300;
  /// The program's mesh, row-major ranks, last axis fastest.
  std::vector<std::string> meshNames;
  std::vector<int64_t> meshSizes;
};

/// One collective along one mesh axis, ready to run any number of times. A
/// failure (a rank that died or did not arrive) ends the process.
class Collective {
public:
  virtual ~Collective() = default;
  /// Reads `source` until the matching wait; may write `result`.
  virtual void start(const void *source, void *result) = 0;
  virtual void wait() = 0;
};

class Transport {
public:
  virtual ~Transport() = default;

  virtual int64_t rank() const = 0;
  virtual int64_t worldSize() const = 0;

  /// Compares `hash` among all ranks; the error names those that differ.
  virtual Status handshake(uint64_t hash) = 0;

  /// Called by all ranks of the collective's group, for the same collectives in
  /// the same order. `desc` must outlive the result.
  virtual std::unique_ptr<Collective>
  createCollective(const dtc_collective &desc) = 0;

  /// Memory that other ranks read and write without a copy, for sources and
  /// results of collectives: zeroed, 64-byte aligned, as long-lived as the
  /// transport. Null when there is none to be had; any memory will do then.
  virtual void *allocate(size_t bytes) {
    (void)bytes;
    return nullptr;
  }

  /// Every rank's bytes, by rank, on rank 0; elsewhere nothing.
  virtual std::vector<std::vector<char>> gather(const void *data,
                                                size_t bytes) = 0;
  virtual void barrier() = 0;

  /// For ranks that wait for others elsewhere than in the transport: from here
  /// on this one does, or no longer.
  virtual void beginWaiting() {}
  virtual void endWaiting() {}
  /// Of these ranks the others that do not wait, "rank 1" or "ranks 1 and 2";
  /// empty when there are none, or nobody knows.
  virtual std::string idleRanks(const std::vector<int64_t> &among) {
    (void)among;
    return {};
  }

  /// Ends this rank with `message`, and all others.
  [[noreturn]] virtual void fail(const std::string &message) = 0;
};

/// Connects to the other ranks of a program of `worldSize` ranks.
Result<std::unique_ptr<Transport>>
connectTransport(const TransportOptions &options);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_TRANSPORT_H
