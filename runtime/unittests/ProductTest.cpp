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
/// Epilogues with one of these bits have no algorithm.
int refusedBits = 0;
/// Of the last product that was described.
int lastEpilogue = 0;
int64_t lastAuxLeading = 0, lastAuxStride = 0;
/// Those of calls: the matrix D and what activations keep.
std::vector<void *> results, auxPointers;

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

BlasResult noteDesc(Handle, int attribute, const void *value, size_t bytes) {
  if (attribute == kBlasEpilogue)
    std::memcpy(&lastEpilogue, value, bytes);
  if (attribute == kBlasAuxLeading)
    std::memcpy(&lastAuxLeading, value, bytes);
  if (attribute == kBlasAuxStride)
    std::memcpy(&lastAuxStride, value, bytes);
  if (attribute == kBlasAuxPointer) {
    auxPointers.emplace_back();
    std::memcpy(&auxPointers.back(), value, bytes);
  }
  return 0;
}

Blas notingBlas() {
  lastBatch = numCalls = refusedBits = 0;
  Blas blas;
  blas.createDesc = [](Handle *handle, int, int) {
    return makeNothing(handle);
  };
  blas.setDesc = noteDesc;
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
    *found = lastEpilogue & refusedBits ? 0 : 1;
    return 0;
  };
  blas.multiply = [](Handle, Handle, const void *, const void *, Handle,
                     const void *, Handle, const void *, const void *, Handle,
                     void *result, Handle, const BlasAlgorithm *, void *,
                     size_t, Handle) {
    ++numCalls;
    results.push_back(result);
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

/// Masks are used, but where a test says no.
ReluMasks usedMasks() {
  return ReluMasks([](int32_t) { return true; });
}

Result<std::unique_ptr<Product>> make(const Blas &blas, const dtc_matmul &desc,
                                      ReluMasks masks = usedMasks()) {
  AlgorithmCache cache;
  return Product::create(blas, desc, cache, masks, [](int32_t, int64_t) {
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

/// A matrix of 4 x 200 with an activation; `batch` of them.
dtc_matmul activated(dtc_epilogue epilogue, int64_t batch = 1) {
  dtc_matmul desc = twoLoops(1, batch);
  desc.rhs_shape[3] = desc.rhs_strides[2] = desc.result_strides[2] = 200;
  desc.rhs_strides[1] = 8 * 200;
  desc.result_strides[0] = desc.result_strides[1] = 4 * 200;
  desc.epilogue = epilogue;
  desc.aux = 1;
  return desc;
}

/// Makes the product, and says what is left of it.
int leftOf(const Blas &blas, const dtc_matmul &desc,
           ReluMasks masks = usedMasks()) {
  auto product = make(blas, desc, std::move(masks));
  return product ? (*product)->left() : -1;
}

TEST(Product, AMaskHasRowsOf128Bits) {
  Blas blas = notingBlas();
  EXPECT_EQ(leftOf(blas, activated(DTC_EPILOGUE_RELU, 3)), DTC_LEFT_NOTHING);
  EXPECT_EQ(lastEpilogue, kBlasRelu | kBlasAux);
  EXPECT_EQ(lastAuxLeading, 256);
  EXPECT_EQ(lastAuxStride, 4 * 256);
}

TEST(Product, ValuesBeforeGeluLieAsTheResult) {
  Blas blas = notingBlas();
  EXPECT_EQ(leftOf(blas, activated(DTC_EPILOGUE_GELU_TANH, 3)),
            DTC_LEFT_NOTHING);
  EXPECT_EQ(lastEpilogue, kBlasGeluTanh | kBlasAux);
  EXPECT_EQ(lastAuxLeading, 200);
  EXPECT_EQ(lastAuxStride, 4 * 200);
}

TEST(Product, WhatIsRefusedIsLeft) {
  Blas blas = notingBlas();
  dtc_matmul relu = activated(DTC_EPILOGUE_RELU);
  relu.has_bias = 1;
  // Without the mask the library still has the rest.
  refusedBits = kBlasAux;
  EXPECT_EQ(leftOf(blas, relu), DTC_LEFT_NOTHING);
  EXPECT_EQ(lastEpilogue, kBlasRelu | kBlasBias);
  refusedBits = kBlasRelu;
  EXPECT_EQ(leftOf(blas, relu), DTC_LEFT_EPILOGUE);
  EXPECT_EQ(lastEpilogue, kBlasBias);
  refusedBits = kBlasRelu | kBlasBias;
  EXPECT_EQ(leftOf(blas, relu), DTC_LEFT_BIAS);
  EXPECT_EQ(lastEpilogue, kBlasNoEpilogue);
  refusedBits = kBlasNoEpilogue | kBlasRelu | kBlasBias;
  auto product = make(blas, relu);
  ASSERT_FALSE(product);
  EXPECT_NE(product.error().message.find("no algorithm"), std::string::npos);
}

TEST(Product, SumsMayBeAllThatIsLeft) {
  Blas blas = notingBlas();
  dtc_matmul desc = activated(DTC_EPILOGUE_GELU_TANH_GRADIENT);
  desc.ndim = 2;
  for (int64_t *values : {desc.lhs_shape, desc.rhs_shape, desc.lhs_strides,
                          desc.rhs_strides, desc.result_strides})
    std::copy(values + 2, values + 4, values);
  desc.sums = DTC_SUMS_RESULT;
  EXPECT_EQ(leftOf(blas, desc), DTC_LEFT_NOTHING);
  EXPECT_EQ(lastEpilogue, kBlasGeluTanhGradient | kBlasAux | kBlasSumsResult);
  refusedBits = kBlasSumsResult;
  EXPECT_EQ(leftOf(blas, desc), DTC_LEFT_SUMS);
  EXPECT_EQ(lastEpilogue, kBlasGeluTanhGradient | kBlasAux);
  refusedBits = kBlasGeluTanhGradient;
  EXPECT_EQ(leftOf(blas, desc), DTC_LEFT_EPILOGUE);
}

TEST(Product, AProductWithoutItsGeluGoesToWhereTheKernelsWantIt) {
  Blas blas = notingBlas();
  char result[16], kept[16];
  for (int refused : {0, int(kBlasAux)}) {
    refusedBits = refused;
    results.clear();
    auto product = make(blas, activated(DTC_EPILOGUE_GELU_TANH));
    ASSERT_TRUE(product) << product.error().message;
    ASSERT_TRUE((*product)->run(
        {nullptr, nullptr, nullptr, nullptr, result, kept}, nullptr, nullptr));
    ASSERT_EQ(results.size(), 1u);
    EXPECT_EQ(results[0], refused ? kept : result);
  }
}

TEST(Product, AGradientReadsAMaskThatWasWrittenForTheSameMatrices) {
  Blas blas = notingBlas();
  auto left = [&](const dtc_matmul &desc, ReluMasks &masks) {
    AlgorithmCache cache;
    auto product =
        Product::create(blas, desc, cache, masks, [](int32_t, int64_t) {
          return Result<const void *>(Error{"none"});
        });
    return product ? int((*product)->left()) : -1;
  };
  dtc_matmul relu = activated(DTC_EPILOGUE_RELU, 3);
  dtc_matmul gradient = activated(DTC_EPILOGUE_RELU_GRADIENT, 3);
  ReluMasks masks = usedMasks();
  EXPECT_EQ(left(gradient, masks), DTC_LEFT_EPILOGUE);
  EXPECT_EQ(left(relu, masks), DTC_LEFT_NOTHING);
  EXPECT_EQ(left(gradient, masks), DTC_LEFT_NOTHING);
  EXPECT_EQ(left(activated(DTC_EPILOGUE_RELU_GRADIENT, 2), masks),
            DTC_LEFT_EPILOGUE);
  // The same elements as one matrix.
  gradient.rhs_shape[1] = 1;
  gradient.rhs_strides[1] = 0;
  EXPECT_EQ(left(gradient, masks), DTC_LEFT_EPILOGUE);
  ReluMasks unused([](int32_t) { return false; });
  gradient = activated(DTC_EPILOGUE_RELU_GRADIENT, 3);
  EXPECT_EQ(left(relu, unused), DTC_LEFT_NOTHING);
  EXPECT_EQ(lastEpilogue, kBlasRelu);
  EXPECT_EQ(left(gradient, unused), DTC_LEFT_EPILOGUE);
}

TEST(Product, AGradientHasNothingBesideItButSumsOfOneMatrix) {
  Blas blas = notingBlas();
  dtc_matmul desc = activated(DTC_EPILOGUE_GELU_TANH_GRADIENT);
  desc.has_bias = 1;
  auto product = make(blas, desc);
  ASSERT_FALSE(product);
  EXPECT_NE(product.error().message.find("without bias"), std::string::npos);
  desc.has_bias = 0;
  desc.sums = DTC_SUMS_RESULT;
  product = make(blas, desc);
  ASSERT_FALSE(product);
  EXPECT_NE(product.error().message.find("of one matrix"), std::string::npos);
}

} // namespace
