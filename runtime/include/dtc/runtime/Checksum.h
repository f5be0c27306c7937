//===- Checksum.h - A fast checksum of a tensor's bytes -------------------===//
//
// `dtc64`: guards weight files against truncation and bit rot, not against an
// adversary. Runs at memory speed so that it can be checked at every start.
//
// 1. Four lanes start from the offset basis of FNV-1a plus the lane's number.
// 2. The bytes are read as little-endian 64-bit words, the last one padded with
//    zeros; word i goes to lane i mod 4: lane = rotl((lane ^ word) * prime,
//    29). Each step is a bijection of the lane, so that no single changed word
//    goes unnoticed; the rotation keeps high bits from cancelling.
// 3. The lanes and the length are folded by the same step and a final mix.
//
// A safetensors file has it in `__metadata__` as `dtc64.<name>`, 16 hexadecimal
// digits.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_CHECKSUM_H
#define DTC_RUNTIME_CHECKSUM_H

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

namespace dtc::runtime {

namespace checksum_detail {
constexpr uint64_t kPrime = 0x9e3779b97f4a7c15u; // odd
constexpr uint64_t kBasis = 0xcbf29ce484222325u;

inline uint64_t step(uint64_t lane, uint64_t word) {
  uint64_t mixed = (lane ^ word) * kPrime;
  return (mixed << 29) | (mixed >> 35);
}
} // namespace checksum_detail

/// Checksum of `bytes` bytes at `data`.
inline uint64_t checksum(const void *data, uint64_t bytes) {
  using namespace checksum_detail;
  const char *next = static_cast<const char *>(data);
  uint64_t lanes[4] = {kBasis, kBasis + 1, kBasis + 2, kBasis + 3};
  uint64_t left = bytes;
  for (; left >= 32; left -= 32, next += 32) {
    uint64_t words[4];
    std::memcpy(words, next, 32);
    for (int i = 0; i < 4; ++i)
      lanes[i] = step(lanes[i], words[i]);
  }
  for (int i = 0; left > 0; ++i) {
    uint64_t word = 0;
    uint64_t part = left < 8 ? left : 8;
    std::memcpy(&word, next, part);
    lanes[i] = step(lanes[i], word);
    next += part;
    left -= part;
  }
  uint64_t folded = step(kBasis, bytes);
  for (uint64_t lane : lanes)
    folded = step(folded, lane);
  folded ^= folded >> 32;
  folded *= kPrime;
  return folded ^ (folded >> 29);
}

/// 16 lower-case hexadecimal digits.
inline std::string checksumText(uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx",
                static_cast<unsigned long long>(value));
  return text;
}

} // namespace dtc::runtime

#endif // DTC_RUNTIME_CHECKSUM_H
