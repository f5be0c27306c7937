//===- PeerWatch.cpp - Ending with the other ranks ------------------------===//

#include "PeerWatch.h"
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace dtc::runtime {
namespace {

int openProcess(int32_t process) {
#ifdef SYS_pidfd_open
  return static_cast<int>(syscall(SYS_pidfd_open, process, 0));
#else
  return -1;
#endif
}

/// Set by the thread that ends this process.
std::atomic<bool> ending{false};

/// Returns in the first thread only; the process ends while others wait here. A
/// rank that reports its failure is not to be overtaken by its own watch, which
/// sees other ranks end because of that very failure.
void beginEnding() {
  while (ending.exchange(true))
    pause();
}

void say(const std::string &message) {
  std::string line = "error: " + message + "\n";
  // One write, so that lines of several ranks do not mix.
  [[maybe_unused]] ssize_t written = write(2, line.data(), line.size());
}

/// Whether this rank is the first to fail.
bool noteFailure(const SharedWorld &world, const std::string &message) {
  FailureRecord &record = world.failure();
  uint32_t none = FailureRecord::None;
  if (!record.state.compare_exchange_strong(none, FailureRecord::Writing))
    return false;
  record.rank = static_cast<int32_t>(world.rank());
  std::strncpy(record.message, message.c_str(), sizeof record.message - 1);
  record.state.store(FailureRecord::Written);
  return true;
}

} // namespace

void endRank(const SharedWorld &world, const std::string &message,
             Farewell farewell) {
  beginEnding();
  bool first = noteFailure(world, message);
  if (first)
    say(message);
  std::fflush(nullptr);
  _exit(first || farewell == Farewell::Report ? 1 : kFollowerStatus);
}

PeerWatch::PeerWatch(const SharedWorld &world, Farewell farewell)
    : world(world), farewell(farewell) {
  if (world.size() == 1)
    return;
  stop = eventfd(0, EFD_CLOEXEC);
  for (int64_t rank = 0; rank < world.size(); ++rank)
    processes.push_back(
        rank == world.rank() ? -1 : openProcess(world.entry(rank).process));
  // Signals are for the program's own threads.
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  thread = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

PeerWatch::~PeerWatch() {
  if (!thread.joinable())
    return;
  uint64_t one = 1;
  [[maybe_unused]] ssize_t written = write(stop, &one, sizeof one);
  thread.join();
  for (int descriptor : processes)
    if (descriptor >= 0)
      close(descriptor);
  close(stop);
}

void PeerWatch::run() {
  std::vector<pollfd> waits;
  for (int descriptor : processes)
    waits.push_back({descriptor, POLLIN, 0});
  waits.push_back({stop, POLLIN, 0});
  for (;;) {
    if (poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR)
      return;
    if (waits.back().revents)
      return;
    for (size_t rank = 0; rank + 1 < waits.size(); ++rank) {
      if (!waits[rank].revents)
        continue;
      waits[rank].fd = -1;
      if (!world.entry(static_cast<int64_t>(rank)).finished.load())
        follow(static_cast<int64_t>(rank));
    }
  }
}

void PeerWatch::follow(int64_t rank) {
  beginEnding();
  // A rank that reports a failure ends at once: its record is complete.
  if (farewell == Farewell::Silent)
    _exit(kFollowerStatus);
  if (noteFailure(world, "rank " + std::to_string(rank) + " died"))
    say("rank " + std::to_string(rank) + " died");
  _exit(1);
}

} // namespace dtc::runtime
