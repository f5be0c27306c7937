//===- Signal.h - Telling another process that something is there ---------===//
//
// A signal is a counter in shared memory that only one rank raises; others wait
// until it reaches a value.
//
// 1. Raising is a store. Ranks that sleep are woken through a futex on the
//    counter; how many sleep is a second word, which is only read.
// 2. Waiting: look; spin; give way to others; sleep. With more ranks than
//    processors nobody spins: a rank gives way a few times, which lets the one
//    run that it waits for, and sleeps.
// 3. When ranks spin, raising needs no fence: the store may leave its buffer
//    after the sleepers were read, so a sleeper looks again now and then. When
//    they do not, raising is an exchange, and a sleeper can rely on it.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_TRANSPORT_SIGNAL_H
#define DTC_RUNTIME_LIB_TRANSPORT_SIGNAL_H

#include <atomic>
#include <cstdint>

namespace dtc::runtime {

using Counter = std::atomic<uint32_t>;
static_assert(Counter::is_always_lock_free);

/// A counter with the number of its sleepers, on a cache line of its own.
struct alignas(64) Signal {
  Counter value;
  Counter sleepers;
};

/// Counters wrap around.
inline bool reached(const Counter &counter, uint32_t value) {
  return static_cast<int32_t>(counter.load(std::memory_order_acquire) -
                              value) >= 0;
}

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  asm volatile("" ::: "memory");
#endif
}

/// Wakes everybody who sleeps on `counter`.
void wakeSleepers(Counter &counter);

/// How one rank waits. Shared by everything that waits in its process.
class Waiting {
public:
  enum Style { Sleep, Spin };

  /// `blocked` is set while the rank sleeps, for others to see.
  Waiting(double timeoutSeconds, Counter &blocked)
      : timeoutNanoseconds(static_cast<int64_t>(timeoutSeconds * 1e9)),
        blocked(blocked) {}

  void setStyle(Style newStyle) { style = newStyle; }
  bool spins() const { return style == Spin; }

  void raise(Counter &counter, Counter &sleepers, uint32_t value) const {
    if (style == Spin) {
      counter.store(value, std::memory_order_release);
      if (sleepers.load(std::memory_order_relaxed) == 0)
        return;
    } else {
      counter.exchange(value, std::memory_order_seq_cst);
      if (sleepers.load(std::memory_order_seq_cst) == 0)
        return;
    }
    wakeSleepers(counter);
  }
  void raise(Signal &signal, uint32_t value) const {
    raise(signal.value, signal.sleepers, value);
  }

  /// Whether `counter` reached `value` before the timeout.
  [[nodiscard]] bool await(Counter &counter, Counter &sleepers,
                           uint32_t value) const {
    return reached(counter, value) || awaitSlowly(counter, sleepers, value);
  }
  [[nodiscard]] bool await(Signal &signal, uint32_t value) const {
    return await(signal.value, signal.sleepers, value);
  }

  double timeoutSeconds() const {
    return static_cast<double>(timeoutNanoseconds) * 1e-9;
  }

private:
  bool awaitSlowly(Counter &counter, Counter &sleepers, uint32_t value) const;
  static bool spin(const Counter &counter, uint32_t value);
  bool giveWay(const Counter &counter, uint32_t value) const;

  int64_t timeoutNanoseconds;
  Counter &blocked;
  Style style = Sleep;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_TRANSPORT_SIGNAL_H
