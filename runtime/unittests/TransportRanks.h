//===- TransportRanks.h - Forked ranks over a real transport --------------===//

#ifndef DTC_RUNTIME_UNITTESTS_TRANSPORTRANKS_H
#define DTC_RUNTIME_UNITTESTS_TRANSPORTRANKS_H

#include "dtc/runtime/Transport.h"
#include <functional>
#include <sys/types.h>

namespace dtc::runtime::test {

struct RanksRequest {
  std::vector<int64_t> meshSizes;
  double timeoutSeconds = 60;
  /// Processors that the ranks may use; 0: all.
  int processors = 0;
  /// How they meet.
  enum { InheritedMemory, Socket } meeting = InheritedMemory;
};

/// Processes, one a rank, whose stderr is a common pipe.
class RunningRanks {
public:
  using Body = std::function<void(Transport &)>;
  /// Forks; each rank connects and runs `body`.
  RunningRanks(const RanksRequest &request, const Body &body);
  ~RunningRanks();

  pid_t process(size_t rank) const { return processes[rank]; }
  /// Waits for the end of a rank; its exit status, or minus the signal.
  int join(size_t rank);
  /// Waits for all; the highest exit status.
  int joinAll();
  /// Everything they wrote to stderr; after joinAll.
  std::string errors();

private:
  std::vector<pid_t> processes;
  int pipe = -1;
};

} // namespace dtc::runtime::test

#endif // DTC_RUNTIME_UNITTESTS_TRANSPORTRANKS_H
