//===- Random.h - The numbers behind random programs ------------*- C++ -*-===//
//
// Splitmix64: the same seed gives the same program on every machine.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_FUZZ_RANDOM_H
#define DTC_FUZZ_RANDOM_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>

namespace dtc::fuzz {

class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}

  uint64_t next() {
    state += 0x9e3779b97f4a7c15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  /// Uniform in [0, count); `count` is 1 or more.
  int64_t below(int64_t count) {
    return static_cast<int64_t>(next() % static_cast<uint64_t>(count));
  }
  /// Uniform in [low, high], both included.
  int64_t between(int64_t low, int64_t high) {
    return low + below(high - low + 1);
  }
  /// True with probability `p`.
  bool chance(double p) { return unit() < p; }
  /// Uniform in [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// One of the elements; at least one.
  template <typename Range> auto pick(const Range &range) {
    return range[below(static_cast<int64_t>(std::size(range)))];
  }

private:
  uint64_t state;
};

} // namespace dtc::fuzz

#endif // DTC_FUZZ_RANDOM_H
