//===- ReductionTest.cpp - Reductions of every instruction set ------------===//
//
// The sets must agree with each other and with the conversions of
// ElementType.h, at any length and when the result is one of the sources.
//===----------------------------------------------------------------------===//

#include "../lib/Transport/Reduction.h"
#include "dtc/runtime/ElementType.h"
#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace dtc::runtime {
Reduction reductionBaseline(int32_t dtype, int32_t reduce);
}

using namespace dtc::runtime;

namespace {

std::vector<char> randomBytes(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<char> bytes(count);
  for (char &byte : bytes)
    byte = static_cast<char>(random());
  return bytes;
}

/// Random bits of floats would be NaNs with payloads now and then, which are
/// compared apart.
std::vector<char> randomValues(int32_t dtype, size_t count, unsigned seed) {
  size_t element = static_cast<size_t>(elementSize(dtype));
  std::vector<char> bytes = randomBytes(count * element, seed);
  for (size_t i = 0; i < count; ++i) {
    char *top = bytes.data() + (i + 1) * element - 1;
    if (dtype == DTC_BOOL)
      *top &= 1;
    if (dtype >= DTC_F16)
      *top &= static_cast<char>(0xbf);
  }
  return bytes;
}

TEST(Reduction, instruction_sets_agree) {
  for (int32_t dtype = DTC_BOOL; dtype <= DTC_F64; ++dtype)
    for (int32_t reduce = DTC_SUM; reduce <= DTC_PRODUCT; ++reduce)
      for (size_t sources : {2u, 3u, 5u})
        for (size_t count : {1u, 7u, 64u, 1025u, 3000u}) {
          std::vector<std::vector<char>> values;
          std::vector<const void *> at;
          for (unsigned k = 0; k < sources; ++k)
            values.push_back(randomValues(dtype, count, k + 1));
          for (auto &value : values)
            at.push_back(value.data());
          std::vector<char> expected(values[0].size());
          reductionBaseline(dtype, reduce)(expected.data(), at.data(),
                                           int64_t(sources), int64_t(count));
          std::vector<char> &last = values.back();
          reductionFor(dtype, reduce)(last.data(), at.data(), int64_t(sources),
                                      int64_t(count));
          EXPECT_EQ(last, expected)
              << elementName(dtype) << " reduce " << reduce << " of " << sources
              << ", " << count;
        }
}

template <typename T> T reduceTwo(int32_t dtype, int32_t op, T a, T b) {
  const void *at[] = {&a, &b};
  T result;
  reductionFor(dtype, op)(&result, at, 2, 1);
  return result;
}

TEST(Reduction, integers_wrap_around) {
  EXPECT_EQ(reduceTwo<int8_t>(DTC_I8, DTC_SUM, 127, 1), -128);
  EXPECT_EQ(reduceTwo<int32_t>(DTC_I32, DTC_SUM, INT32_MAX, 1), INT32_MIN);
  EXPECT_EQ(reduceTwo<uint16_t>(DTC_U16, DTC_PRODUCT, 65535, 65535), 1);
  EXPECT_EQ(reduceTwo<int64_t>(DTC_I64, DTC_PRODUCT, INT64_MAX, 2), -2);
  EXPECT_EQ(reduceTwo<int32_t>(DTC_I32, DTC_AVG, -7, 0), -3);
}

TEST(Reduction, a_nan_wins) {
  float nan = std::numeric_limits<float>::quiet_NaN();
  for (int32_t op : {DTC_MAX, DTC_MIN, DTC_SUM}) {
    EXPECT_TRUE(std::isnan(reduceTwo<float>(DTC_F32, op, nan, 1)));
    EXPECT_TRUE(std::isnan(reduceTwo<float>(DTC_F32, op, 1, nan)));
  }
}

TEST(Reduction, half_precision_converts_as_elsewhere) {
  for (int32_t dtype : {DTC_F16, DTC_BF16}) {
    auto load = dtype == DTC_F16 ? floatFromF16 : floatFromBf16;
    auto store = dtype == DTC_F16 ? f16FromFloat : bf16FromFloat;
    for (uint32_t bits = 0; bits < 65536; ++bits)
      for (uint16_t other : {0x0000, 0x0001, 0x3c00, 0x03ff, 0x7bff}) {
        uint16_t a = static_cast<uint16_t>(bits);
        float sum = load(a) + load(other);
        uint16_t got = reduceTwo<uint16_t>(dtype, DTC_SUM, a, other);
        if (std::isnan(sum))
          ASSERT_TRUE(std::isnan(load(got))) << bits;
        else
          ASSERT_EQ(got, store(sum)) << bits << " + " << other;
      }
  }
}

TEST(Reduction, streaming_copies_any_length) {
  for (int64_t bytes : {0, 1, 63, 64, 65, 4096, 5000}) {
    alignas(64) static char to[8192];
    std::vector<char> from = randomBytes(8192, 9);
    std::fill(std::begin(to), std::end(to), '\0');
    streamingCopy()(to, from.data() + 3, bytes);
    EXPECT_TRUE(std::equal(to, to + bytes, from.data() + 3));
    EXPECT_EQ(to[bytes], '\0');
  }
}

} // namespace
