//===- Supervisor.h - Watching over the processes of a run ----------------===//
//
// 1. Lines on their stderr are passed on with the process's name in front;
//    a line that begins with "error: " is kept as its message, and what follows
//    it from the same process is dropped: mpirun has much to say about the end
//    of a rank.
// 2. The first process that fails ends the run: all others are killed. A rank
//    that only follows another one's failure says so by its exit status, and
//    is not the first.
// 3. A signal to the launcher ends the run too.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_LAUNCHER_SUPERVISOR_H
#define DTC_RUNTIME_LIB_LAUNCHER_SUPERVISOR_H

#include "RankProcess.h"

namespace dtc::runtime {

struct RunOutcome {
  int exitStatus = 0;
  std::string message; ///< why it is not 0
};

class Supervisor {
public:
  /// Blocks the signals that it handles; before any process starts.
  Supervisor();
  /// Kills what still runs.
  ~Supervisor();
  Supervisor(const Supervisor &) = delete;

  Status start(const ProcessCommand &command);
  /// Returns when no process is left.
  RunOutcome wait();

private:
  bool anyRunning() const;
  void readErrors(RankProcess &process);
  void takeLine(RankProcess &process, const std::string &line);
  bool takeParagraph(RankProcess &process, const std::string &line);
  void endProgress();
  void reap();
  void killAll();
  /// The process that failed first, as far as one can tell; null without one.
  const RankProcess *findCause() const;
  RunOutcome describe(const RankProcess &cause) const;
  void pollOnce();

  std::vector<RankProcess> processes;
  Descriptor signals;
  int stopSignal = 0;
  bool killed = false;
  bool inProgress = false; ///< the terminal's line shows progress
  int followerPolls = 0;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_LAUNCHER_SUPERVISOR_H
