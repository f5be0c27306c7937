//===- Sort.cpp - Orders along a dimension --------------------------------===//
//
// 1. An element becomes an unsigned number whose order is the wanted one: the
//    sign of integers is flipped, floats go by their bits, a NaN is the largest
//    number, and for descending orders all bits are inverted.
// 2. Numbers of 32 bits are joined with the position into one of 64, others
//    stand beside it; so equal elements stay in their order.
// 3. Where fewer elements are wanted than there are, they are partitioned off
//    before they are sorted.
//===----------------------------------------------------------------------===//

#include "dtc/runtime/Elements.h"
#include "dtc/runtime/program.h"
#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

namespace dtc::runtime {
namespace {

//===----------------------------------------------------------------------===//
// Elements as numbers
//===----------------------------------------------------------------------===//

template <typename Bits, typename Float> Bits floatKey(Float value) {
  if (value != value)
    return std::numeric_limits<Bits>::max();
  // Both zeros are equal.
  if (value == 0)
    value = 0;
  constexpr Bits sign = Bits(1) << (8 * sizeof(Bits) - 1);
  Bits bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits & sign ? ~bits : bits | sign;
}

template <typename T> auto keyOf(T value) {
  using Bits = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
  if constexpr (std::is_floating_point_v<T>)
    return floatKey<Bits>(value);
  else if constexpr (std::is_signed_v<T>)
    return static_cast<Bits>(static_cast<Bits>(value) ^
                             (Bits(1) << (8 * sizeof(Bits) - 1)));
  else
    return static_cast<Bits>(value);
}

struct Joined {
  uint64_t both;
  Joined() = default;
  Joined(uint32_t key, int64_t position)
      : both(static_cast<uint64_t>(key) << 32 |
             static_cast<uint64_t>(position)) {}
  int64_t position() const { return static_cast<int64_t>(both & 0xffffffffu); }
  bool operator<(const Joined &other) const { return both < other.both; }
};

struct Beside {
  uint64_t key;
  int64_t at;
  Beside() = default;
  Beside(uint64_t key, int64_t position) : key(key), at(position) {}
  int64_t position() const { return at; }
  bool operator<(const Beside &other) const {
    return key != other.key ? key < other.key : at < other.at;
  }
};
static_assert(sizeof(Joined) <= DTC_SORT_SCRATCH &&
              sizeof(Beside) <= DTC_SORT_SCRATCH);

//===----------------------------------------------------------------------===//
// Lines
//===----------------------------------------------------------------------===//

/// One line, whose elements lie `inner` apart.
template <typename E, typename Entry>
void sortLine(const dtc_sort &desc, const typename E::Stored *input,
              Entry *scratch, typename E::Stored *values, int64_t *indices) {
  for (int64_t i = 0; i < desc.extent; ++i) {
    auto key = keyOf(E::load(input[i * desc.inner]));
    if (desc.descending)
      key = static_cast<decltype(key)>(~key);
    scratch[i] = Entry(key, i);
  }
  if (desc.count < desc.extent)
    std::nth_element(scratch, scratch + desc.count, scratch + desc.extent);
  std::sort(scratch, scratch + desc.count);
  for (int64_t i = 0; i < desc.count; ++i) {
    int64_t from = scratch[i].position();
    values[i * desc.inner] = input[from * desc.inner];
    indices[i * desc.inner] = from;
  }
}

template <typename E, typename Entry>
void sortAll(const dtc_sort &desc, const void *input, void *scratch,
             void *values, int64_t *indices) {
  using Stored = typename E::Stored;
  for (int64_t o = 0; o < desc.outer; ++o)
    for (int64_t i = 0; i < desc.inner; ++i) {
      int64_t from = o * desc.extent * desc.inner + i;
      int64_t to = o * desc.count * desc.inner + i;
      sortLine<E, Entry>(desc, static_cast<const Stored *>(input) + from,
                         static_cast<Entry *>(scratch),
                         static_cast<Stored *>(values) + to, indices + to);
    }
}

} // namespace
} // namespace dtc::runtime

void dtc_sort_run(const dtc_sort *desc, const void *input, void *scratch,
                  void *values, void *indices) {
  using namespace dtc::runtime;
  if (desc->count <= 0)
    return;
  dispatchElement(desc->dtype, [&](auto element) {
    using E = decltype(element);
    auto *positions = static_cast<int64_t *>(indices);
    constexpr bool isWide = sizeof(typename E::Value) == 8;
    bool isLong = desc->extent > int64_t(1) << 32;
    if constexpr (isWide) {
      sortAll<E, Beside>(*desc, input, scratch, values, positions);
    } else {
      if (isLong)
        sortAll<E, Beside>(*desc, input, scratch, values, positions);
      else
        sortAll<E, Joined>(*desc, input, scratch, values, positions);
    }
  });
}
