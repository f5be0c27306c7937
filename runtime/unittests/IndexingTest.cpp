//===- IndexingTest.cpp - Updates by index and orders ---------------------===//
//
// Against naive loops on the same values, and every refusal.
//===----------------------------------------------------------------------===//

#include "dtc/runtime/ElementType.h"
#include "dtc/runtime/RankServices.h"
#include "dtc/runtime/program.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

using namespace dtc::runtime;

namespace {

/// Turns the end of a rank into an exception.
struct ThrowingServices : RankServices {
  [[noreturn]] void fail(const char *message) override {
    throw std::runtime_error(message);
  }
  void weightPacked(const void *, size_t) override {}
  void enterPhase(int32_t) override {}
};

struct Context {
  ThrowingServices services;
  dtc_frame frame = {};
  Context() { frame.runtime = static_cast<RankServices *>(&services); }
};

//===----------------------------------------------------------------------===//
// Updates
//===----------------------------------------------------------------------===//

/// Elements of [rows, columns] along the rows.
struct ColumnScatter {
  int64_t extents[2], strides[2] = {0, 0}, indexExtent, indexStride;
  dtc_scatter desc = {};

  ColumnScatter(int64_t rows, int64_t columns, int64_t updates, int32_t dtype,
                int32_t combine)
      : extents{updates, columns}, indexExtent(rows), indexStride(columns) {
    strides[1] = 1;
    desc.dtype = dtype;
    desc.index_dtype = DTC_I64;
    desc.combine = combine;
    desc.loops = 2;
    desc.depth = 1;
    desc.row = 1;
    desc.loop_extents = extents;
    desc.loop_strides = strides;
    desc.index_extents = &indexExtent;
    desc.index_strides = &indexStride;
  }
};

TEST(ScatterTest, AddsElementsInTheirOrder) {
  constexpr int64_t rows = 5, columns = 3, updates = 7;
  std::mt19937 generator(1);
  std::vector<float> values(updates * columns), result(rows * columns);
  std::vector<int64_t> indices(updates * columns);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = std::uniform_real_distribution<float>(-1, 1)(generator);
    indices[i] =
        std::uniform_int_distribution<int64_t>(-rows, rows - 1)(generator);
  }
  for (float &x : result)
    x = std::uniform_real_distribution<float>(-1, 1)(generator);
  std::vector<float> expected = result;
  for (int64_t i = 0; i < updates * columns; ++i) {
    int64_t row = indices[i] < 0 ? indices[i] + rows : indices[i];
    expected[row * columns + i % columns] += values[i];
  }
  ColumnScatter scatter(rows, columns, updates, DTC_F32, DTC_SUM);
  Context context;
  dtc_scatter_run(&context.frame, &scatter.desc, indices.data(), values.data(),
                  result.data());
  EXPECT_EQ(result, expected);
}

TEST(ScatterTest, NamesAnIndexOutOfRangeAndStops) {
  ColumnScatter scatter(4, 1, 2, DTC_I32, DTC_OVERWRITE);
  std::vector<int32_t> values = {7, 8}, result = {0, 0, 0, 0};
  Context context;
  for (int64_t wrong :
       {int64_t(4), int64_t(-5), std::numeric_limits<int64_t>::max(),
        std::numeric_limits<int64_t>::min()}) {
    std::vector<int64_t> indices = {wrong, 1};
    try {
      dtc_scatter_run(&context.frame, &scatter.desc, indices.data(),
                      values.data(), result.data());
      ADD_FAILURE() << "expected an error for index " << wrong;
    } catch (const std::runtime_error &error) {
      EXPECT_EQ(error.what(), "an update wants index " + std::to_string(wrong) +
                                  ", expected one from -4 to 3");
    }
  }
  EXPECT_EQ(result, (std::vector<int32_t>{0, 0, 0, 0}));
}

TEST(ScatterTest, WritesRowsAtTuplesOfAnyIndexType) {
  // Rows of 2 elements of a [2, 3, 2] tensor.
  int64_t tuples = 2, none = 0;
  int64_t extents[] = {2, 3}, strides[] = {6, 2};
  dtc_scatter desc = {};
  desc.dtype = DTC_F64;
  desc.index_dtype = DTC_I8;
  desc.combine = DTC_OVERWRITE;
  desc.loops = 1;
  desc.depth = 2;
  desc.row = 2;
  desc.loop_extents = &tuples;
  desc.loop_strides = &none;
  desc.index_extents = extents;
  desc.index_strides = strides;
  std::vector<int8_t> indices = {1, 0, -2, -1};
  std::vector<double> values = {1, 2, 3, 4}, result(12, 0.0);
  Context context;
  dtc_scatter_run(&context.frame, &desc, indices.data(), values.data(),
                  result.data());
  EXPECT_EQ(result, (std::vector<double>{0, 0, 0, 0, 3, 4, 1, 2, 0, 0, 0, 0}));
}

TEST(ScatterTest, RefusesACombinationThatThereIsNot) {
  ColumnScatter scatter(1, 1, 1, DTC_F32, DTC_AVG);
  int64_t index = 0;
  float value = 1, result = 2;
  Context context;
  EXPECT_THROW(
      dtc_scatter_run(&context.frame, &scatter.desc, &index, &value, &result),
      std::runtime_error);
  EXPECT_EQ(result, 2);
}

//===----------------------------------------------------------------------===//
// Orders
//===----------------------------------------------------------------------===//

/// A NaN is larger than every number.
template <typename T> bool isLess(T a, T b) {
  return a < b || (b != b && a == a);
}

template <typename T>
void compareWithOrder(int32_t dtype, const dtc_sort &shape,
                      const std::vector<T> &input) {
  dtc_sort desc = shape;
  desc.dtype = dtype;
  size_t count = desc.outer * desc.count * desc.inner;
  std::vector<T> values(count);
  std::vector<int64_t> indices(count, -1);
  std::vector<char> scratch(desc.extent * DTC_SORT_SCRATCH);
  dtc_sort_run(&desc, input.data(), scratch.data(), values.data(),
               indices.data());
  for (int64_t o = 0; o < desc.outer; ++o)
    for (int64_t i = 0; i < desc.inner; ++i) {
      auto at = [&](int64_t position) {
        return input[(o * desc.extent + position) * desc.inner + i];
      };
      std::vector<int64_t> order(desc.extent);
      std::iota(order.begin(), order.end(), 0);
      std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
        int64_t first = desc.descending ? b : a;
        int64_t second = desc.descending ? a : b;
        if (isLess(at(first), at(second)) || isLess(at(second), at(first)))
          return isLess(at(first), at(second));
        return a < b;
      });
      for (int64_t n = 0; n < desc.count; ++n) {
        int64_t place = (o * desc.count + n) * desc.inner + i;
        ASSERT_EQ(indices[place], order[n]);
        T value = at(order[n]);
        ASSERT_TRUE(values[place] == value || value != value);
      }
    }
}

template <typename T> std::vector<T> fewDistinct(size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_int_distribution<int> number(0, 40);
  std::vector<T> values(count);
  for (T &value : values)
    value = static_cast<T>(number(generator) - (T(-1) < T(0) ? 20 : 0));
  return values;
}

const dtc_sort shapes[] = {{0, 0, 1, 97, 1, 97}, {0, 1, 1, 97, 1, 97},
                           {0, 1, 3, 50, 4, 7},  {0, 0, 3, 50, 4, 49},
                           {0, 0, 2, 1, 5, 1},   {0, 1, 1, 5, 1, 0}};

TEST(SortTest, KeepsTheOrderOfEqualElementsOfEveryType) {
  for (const dtc_sort &shape : shapes) {
    size_t count = shape.outer * shape.extent * shape.inner;
    compareWithOrder(DTC_I8, shape, fewDistinct<int8_t>(count, 1));
    compareWithOrder(DTC_U8, shape, fewDistinct<uint8_t>(count, 2));
    compareWithOrder(DTC_I16, shape, fewDistinct<int16_t>(count, 3));
    compareWithOrder(DTC_U16, shape, fewDistinct<uint16_t>(count, 4));
    compareWithOrder(DTC_I32, shape, fewDistinct<int32_t>(count, 5));
    compareWithOrder(DTC_U32, shape, fewDistinct<uint32_t>(count, 6));
    compareWithOrder(DTC_I64, shape, fewDistinct<int64_t>(count, 7));
    compareWithOrder(DTC_U64, shape, fewDistinct<uint64_t>(count, 8));
    compareWithOrder(DTC_F32, shape, fewDistinct<float>(count, 9));
    compareWithOrder(DTC_F64, shape, fewDistinct<double>(count, 10));
  }
}

TEST(SortTest, OrdersZerosNansAndInfinities) {
  float inf = std::numeric_limits<float>::infinity();
  std::vector<float> special = {0.0f,   -0.0f,   std::nanf(""),  inf,  -inf,
                                1e-45f, -1e-45f, -std::nanf(""), 0.0f, 1.0f};
  std::vector<double> wide(special.begin(), special.end());
  for (int32_t descending : {0, 1})
    for (int64_t count : {10, 4}) {
      dtc_sort shape = {0, descending, 1, 10, 1, count};
      compareWithOrder(DTC_F32, shape, special);
      compareWithOrder(DTC_F64, shape, wide);
    }
}

TEST(SortTest, OrdersHalves) {
  std::vector<uint16_t> halves;
  for (float x : {1.5f, -2.0f, 0.0f, -0.0f, 65504.0f, -65504.0f, 6e-8f})
    halves.push_back(f16FromFloat(x));
  dtc_sort desc = {DTC_F16, 0, 1, 7, 1, 7};
  std::vector<uint16_t> values(7);
  std::vector<int64_t> indices(7);
  std::vector<char> scratch(7 * DTC_SORT_SCRATCH);
  dtc_sort_run(&desc, halves.data(), scratch.data(), values.data(),
               indices.data());
  EXPECT_EQ(indices, (std::vector<int64_t>{5, 1, 2, 3, 6, 0, 4}));
}

} // namespace
