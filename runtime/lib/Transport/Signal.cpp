//===- Signal.cpp - Telling another process that something is there -------===//

#include "Signal.h"
#include <algorithm>
#include <climits>
#include <ctime>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace dtc::runtime {
namespace {

constexpr int kSpins = 2000;
/// How long a rank gives way before it sleeps; less when it may hold up others.
constexpr int64_t kYieldNanoseconds = 2'000'000;
constexpr int64_t kCrowdedYieldNanoseconds = 50'000;
/// The longest sleep without a look, when a wake-up may be missed.
constexpr int64_t kNapNanoseconds = 5'000'000;
constexpr int64_t kLongNapNanoseconds = 1'000'000'000;

int64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

/// Sleeps while `counter` is `seen`, at most so long.
void nap(Counter &counter, uint32_t seen, int64_t nanoseconds) {
  timespec limit{static_cast<time_t>(nanoseconds / 1'000'000'000),
                 static_cast<long>(nanoseconds % 1'000'000'000)};
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&counter), FUTEX_WAIT, seen,
          &limit, nullptr, 0);
}

} // namespace

void wakeSleepers(Counter &counter) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&counter), FUTEX_WAKE,
          INT_MAX, nullptr, nullptr, 0);
}

bool Waiting::spin(const Counter &counter, uint32_t value) {
  for (int i = 0; i < kSpins; ++i) {
    if (reached(counter, value))
      return true;
    relax();
  }
  return false;
}

bool Waiting::giveWay(const Counter &counter, uint32_t value) const {
  int64_t longest =
      style == Spin ? kYieldNanoseconds : kCrowdedYieldNanoseconds;
  int64_t end = now() + std::min(longest, timeoutNanoseconds);
  do {
    sched_yield();
    if (reached(counter, value))
      return true;
  } while (now() < end);
  return false;
}

bool Waiting::awaitSlowly(Counter &counter, Counter &sleepers,
                          uint32_t value) const {
  if (style == Spin && spin(counter, value))
    return true;
  if (giveWay(counter, value))
    return true;
  int64_t longest = style == Spin ? kNapNanoseconds : kLongNapNanoseconds;
  int64_t end = now() + timeoutNanoseconds;
  blocked.store(1, std::memory_order_relaxed);
  sleepers.fetch_add(1, std::memory_order_seq_cst);
  bool arrived = false;
  for (int64_t left = timeoutNanoseconds; left > 0; left = end - now()) {
    uint32_t seen = counter.load(std::memory_order_seq_cst);
    arrived = static_cast<int32_t>(seen - value) >= 0;
    if (arrived)
      break;
    nap(counter, seen, std::min(left, longest));
  }
  sleepers.fetch_sub(1, std::memory_order_seq_cst);
  // A rank that gives up stays blocked: it is not one that others wait for.
  if (arrived || reached(counter, value)) {
    blocked.store(0, std::memory_order_relaxed);
    return true;
  }
  return false;
}

} // namespace dtc::runtime
