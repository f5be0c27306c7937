//===- PeerWatch.h - Ending with the other ranks --------------------------===//
//
// 1. A thread sleeps until the process of some other rank ends (pidfd).
// 2. If that rank had not finished, this one ends too: the failure record says
//    why, or the rank died without a word.
// 3. The thread costs nothing until then, and a rank that computes, waits or
//    sleeps is ended alike.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_TRANSPORT_PEERWATCH_H
#define DTC_RUNTIME_LIB_TRANSPORT_PEERWATCH_H

#include "SharedWorld.h"
#include <thread>

namespace dtc::runtime {

/// How a rank that did not fail itself tells of the end.
enum class Farewell {
  Report, ///< the message goes to stderr
  Silent  ///< the launcher knows better
};

/// What a rank that only follows another one's failure exits with under
/// dtc-run, which then looks for the first one.
constexpr int kFollowerStatus = 113;

/// Notes the first failure, tells of it, and ends the process.
[[noreturn]] void endRank(const SharedWorld &world, const std::string &message,
                          Farewell farewell);

class PeerWatch {
public:
  PeerWatch(const SharedWorld &world, Farewell farewell);
  ~PeerWatch();
  PeerWatch(const PeerWatch &) = delete;

private:
  void run();
  [[noreturn]] void follow(int64_t rank);

  const SharedWorld &world;
  Farewell farewell;
  int stop = -1;
  std::vector<int> processes; ///< by rank; -1: not watched
  std::thread thread;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_TRANSPORT_PEERWATCH_H
