//===- Philox.h - Random numbers by position --------------------*- C++ -*-===//
//
// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy
// as 1, 2, 3", 2011): a keyed permutation of 128-bit counters. The number at a
// position needs no other, so ranks compute those of their own elements.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_OPS_RANDOM_PHILOX_H
#define DTC_LIB_OPS_RANDOM_PHILOX_H

#include <cstdint>

namespace dtc::philox {

constexpr uint64_t multiplier0 = 0xD2511F53, multiplier1 = 0xCD9E8D57;
constexpr uint32_t step0 = 0x9E3779B9, step1 = 0xBB67AE85;
constexpr int rounds = 10;

/// The stream that takes the place of `stream` in a step: its high word counts
/// on, so that streams below 2^32 stay apart for 2^32 steps.
inline uint64_t inStep(uint64_t stream, uint64_t step) {
  return stream + (step << 32);
}

/// The first word for position `index` of a stream.
inline uint32_t word(uint64_t seed, uint64_t stream, uint64_t index) {
  auto low = [](uint64_t x) { return static_cast<uint32_t>(x); };
  auto high = [](uint64_t x) { return static_cast<uint32_t>(x >> 32); };
  uint32_t counter[4] = {low(index), high(index), low(stream), high(stream)};
  uint32_t key[2] = {low(seed), high(seed)};
  for (int round = 0; round < rounds; ++round) {
    uint64_t p0 = multiplier0 * counter[0], p1 = multiplier1 * counter[2];
    counter[0] = high(p1) ^ counter[1] ^ key[0];
    counter[1] = low(p1);
    counter[2] = high(p0) ^ counter[3] ^ key[1];
    counter[3] = low(p0);
    key[0] += step0;
    key[1] += step1;
  }
  return counter[0];
}

/// Elements whose word is below are dropped, of 2^32.
inline uint64_t dropBelow(double ratio) {
  return static_cast<uint64_t>(ratio * 4294967296.0);
}

} // namespace dtc::philox

#endif // DTC_LIB_OPS_RANDOM_PHILOX_H
