//===- Job.h - Work that waits for other processes ------------------------===//

#ifndef DTC_RUNTIME_LIB_EMULATOR_JOB_H
#define DTC_RUNTIME_LIB_EMULATOR_JOB_H

#include "Streams.h"
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace dtc::emulated {

/// Work in a thread of its own; several times, one after the other.
class Job {
public:
  explicit Job(std::function<int()> workOf) : work(std::move(workOf)) {}

  /// Its result, or kNotReady when it has none for a while.
  int poll() {
    std::unique_lock<std::mutex> lock(mutex);
    if (state == Idle) {
      state = Running;
      std::thread([this] { run(); }).detach();
    }
    if (!isDone.wait_for(lock, std::chrono::milliseconds(5),
                         [this] { return state == Done; }))
      return kNotReady;
    state = Idle;
    return result;
  }

private:
  void run() {
    int got = work();
    std::lock_guard<std::mutex> lock(mutex);
    result = got;
    state = Done;
    isDone.notify_one();
  }

  std::function<int()> work;
  std::mutex mutex;
  std::condition_variable isDone;
  enum { Idle, Running, Done } state = Idle;
  int result = 0;
};

} // namespace dtc::emulated

#endif // DTC_RUNTIME_LIB_EMULATOR_JOB_H
