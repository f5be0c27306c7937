//===- ProductTest.cpp - How products are described to cuBLASLt -----------===//
//
// With a library that only notes what it is told.
//===----------------------------------------------------------------------===//

#include "../lib/Cuda/Product.h"
#include <cstring>
#include <gtest/gtest.h>

using namespace dtc::runtime;
using namespace dtc::runtime::cuda;

namespace {

/// The batch that the last layout was given, and calls since the test began.
int32_t lastBatch = 0;
int numCalls = 0;

BlasResult makeNothing(Handle *handle) {
  static int one;
  *handle = &one;
  return 0;
}

BlasResult noteLayout(Handle, int attribute, const void *value, size_t bytes) {
  if (attribute == kBlasBatchCount)
    std::memcpy(&lastBatch, value, bytes);
  return 0;
}

Blas notingBlas() {
  lastBatch = numCalls = 0;
  Blas blas;
  blas.createDesc = [](Handle *handle, int, int) {
    return makeNothing(handle);
  };
  blas.setDesc = [](Handle, int, const void *, size_t) { return 0; };
  blas.createLayout = [](Handle *handle, int, uint64_t, uint64_t, int64_t) {
    return makeNothing(handle);
  };
  blas.setLayout = noteLayout;
  blas.createPreference = makeNothing;
  blas.setPreference = [](Handle, int, const void *, size_t) { return 0; };
  blas.destroyPreference = [](Handle) { return 0; };
  blas.heuristic = [](Handle, Handle, Handle, Handle, Handle, Handle, Handle,
                      int, BlasChoice *choice, int *found) {
    *choice = {};
    *found = 1;
    return 0;
  };
  blas.multiply = [](Handle, Handle, const void *, const void *, Handle,
                     const void *, Handle, const void *, const void *, Handle,
                     void *, Handle, const BlasAlgorithm *, void *, size_t,
                     Handle) {
    ++numCalls;
    return 0;
  };
  return blas;
}

/// [a, b, 4, 8] times [1, b, 8, 16]: two loops that are not one.
dtc_matmul twoLoops(int64_t a, int64_t b) {
  dtc_matmul desc = {};
  desc.dtype = DTC_F32;
  desc.ndim = 4;
  desc.scale = 1;
  desc.alignment = 16;
  auto assign = [](int64_t *to, std::initializer_list<int64_t> values) {
    std::copy(values.begin(), values.end(), to);
  };
  assign(desc.lhs_shape, {a, b, 4, 8});
  assign(desc.rhs_shape, {1, b, 8, 16});
  assign(desc.lhs_strides, {b * 32, 32, 8, 1});
  assign(desc.rhs_strides, {0, 128, 16, 1});
  assign(desc.result_strides, {b * 64, 64, 16, 1});
  return desc;
}

Result<std::unique_ptr<Product>> make(const Blas &blas,
                                      const dtc_matmul &desc) {
  AlgorithmCache cache;
  return Product::create(blas, desc, cache, [](int32_t, int64_t) {
    return Result<const void *>(Error{"no ones"});
  });
}

TEST(Product, TheLargestLoopIsTheLibrarys) {
  for (auto [a, b] : {std::pair<int64_t, int64_t>{7, 3}, {3, 7}}) {
    Blas blas = notingBlas();
    auto product = make(blas, twoLoops(a, b));
    ASSERT_TRUE(product) << product.error().message;
    EXPECT_EQ(lastBatch, 7);
    ASSERT_TRUE((*product)->run({}, nullptr, nullptr));
    EXPECT_EQ(numCalls, 3);
  }
}

TEST(Product, ALoopThatTheLibraryCannotCountIsNotTaken) {
  Blas blas = notingBlas();
  auto product = make(blas, twoLoops(int64_t(3) << 30, 5));
  ASSERT_FALSE(product);
  EXPECT_NE(product.error().message.find("got one of 3221225472"),
            std::string::npos)
      << product.error().message;
}

TEST(Product, SoManyCallsAreRefused) {
  Blas blas = notingBlas();
  EXPECT_TRUE(make(blas, twoLoops(1 << 20, 1 << 20)));
  auto product = make(blas, twoLoops(1 << 22, (1 << 20) + 1));
  ASSERT_FALSE(product);
  EXPECT_NE(product.error().message.find("2^20 in the others"),
            std::string::npos);
}

TEST(Product, SumsBesideABatchAreRefused) {
  Blas blas = notingBlas();
  dtc_matmul desc = twoLoops(2, 3);
  desc.sums = DTC_SUMS_LHS;
  auto product = make(blas, desc);
  ASSERT_FALSE(product);
  EXPECT_NE(product.error().message.find("beside sums"), std::string::npos);
}

} // namespace
