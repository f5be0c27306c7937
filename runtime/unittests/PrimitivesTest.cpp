//===- PrimitivesTest.cpp - Contractions against naive loops --------------===//
//
// Every case runs the primitive and a triple loop in double precision on the
// same values.
//===----------------------------------------------------------------------===//

#include "dtc/runtime/ElementType.h"
#include "dtc/runtime/RankServices.h"
#include "dtc/runtime/program.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <stdexcept>
#include <vector>

using namespace dtc::runtime;
using Dims = std::vector<int64_t>;

namespace {

/// Turns the end of a rank into an exception.
struct ThrowingServices : RankServices {
  size_t packedBytes = 0;
  [[noreturn]] void fail(const char *message) override {
    throw std::runtime_error(message);
  }
  void weightPacked(const void *, size_t bytes) override {
    packedBytes += bytes;
  }
  void enterPhase(int32_t) override {}
};

struct Context {
  ThrowingServices services;
  dtc_frame frame = {};
  Context() { frame.runtime = static_cast<RankServices *>(&services); }
};

std::vector<float> randomValues(size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
  std::vector<float> values(count);
  for (float &value : values)
    value = uniform(generator);
  return values;
}

double activate(double x, int32_t epilogue) {
  switch (epilogue) {
  case DTC_EPILOGUE_RELU:
    return x > 0 ? x : 0;
  case DTC_EPILOGUE_GELU_ERF:
    return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
  case DTC_EPILOGUE_GELU_TANH:
    return 0.5 * x *
           (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
  case DTC_EPILOGUE_SIGMOID:
    return 1 / (1 + std::exp(-x));
  case DTC_EPILOGUE_TANH:
    return std::tanh(x);
  case DTC_EPILOGUE_SILU:
    return x / (1 + std::exp(-x));
  default:
    return x;
  }
}

Dims dense(const Dims &shape) {
  Dims strides(shape.size(), 1);
  for (size_t dim = shape.size(); dim-- > 1;)
    strides[dim - 1] = strides[dim] * shape[dim];
  return strides;
}

int64_t span(const Dims &shape, const Dims &strides) {
  int64_t last = 0;
  for (size_t dim = 0; dim < shape.size(); ++dim) {
    if (shape[dim] == 0)
      return 1;
    last += (shape[dim] - 1) * strides[dim];
  }
  return last + 1;
}

struct MatmulCase {
  Dims lhs, rhs;
  Dims lhsStrides = {}, rhsStrides = {}, resultStrides = {};
  bool packed = false, bias = false, residual = false, inPlace = false;
  int32_t epilogue = DTC_EPILOGUE_NONE;
  float scale = 1.0f;
};

dtc_matmul describe(MatmulCase &test, Dims &result) {
  dtc_matmul desc = {};
  desc.dtype = DTC_F32;
  desc.ndim = static_cast<int32_t>(test.lhs.size());
  desc.rhs_packed = test.packed;
  desc.has_bias = test.bias;
  desc.residual = test.residual;
  desc.epilogue = test.epilogue;
  desc.scale = test.scale;
  result = test.lhs;
  for (size_t dim = 0; dim + 2 < result.size(); ++dim)
    result[dim] = test.lhs[dim] == 1 ? test.rhs[dim] : test.lhs[dim];
  result.back() = test.rhs.back();
  auto orDense = [](Dims &strides, const Dims &shape) {
    if (strides.empty())
      strides = dense(shape);
  };
  orDense(test.lhsStrides, test.lhs);
  orDense(test.rhsStrides, test.rhs);
  orDense(test.resultStrides, result);
  std::copy(test.lhs.begin(), test.lhs.end(), desc.lhs_shape);
  std::copy(test.rhs.begin(), test.rhs.end(), desc.rhs_shape);
  std::copy(test.lhsStrides.begin(), test.lhsStrides.end(), desc.lhs_strides);
  std::copy(test.rhsStrides.begin(), test.rhsStrides.end(), desc.rhs_strides);
  std::copy(test.resultStrides.begin(), test.resultStrides.end(),
            desc.result_strides);
  return desc;
}

/// Calls `body(index)` for every index of `shape`.
template <typename Body> void forEachIndex(const Dims &shape, Body body) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  Dims index(shape.size());
  for (int64_t flat = 0; flat < count; ++flat) {
    int64_t rest = flat;
    for (size_t dim = shape.size(); dim-- > 0; rest /= shape[dim])
      index[dim] = rest % shape[dim];
    body(index);
  }
}

void expectMatmul(MatmulCase test) {
  Context context;
  Dims shape;
  dtc_matmul desc = describe(test, shape);
  auto lhs = randomValues(size_t(span(test.lhs, test.lhsStrides)), 1);
  auto rhs = randomValues(size_t(span(test.rhs, test.rhsStrides)), 2);
  auto bias = randomValues(size_t(std::max<int64_t>(shape.back(), 1)), 3);
  size_t size = size_t(span(shape, test.resultStrides));
  auto residual = randomValues(size, 4);
  std::vector<float> result(size, 77.0f);
  if (test.inPlace)
    result = residual;
  void *primitive = dtc_matmul_create(&context.frame, &desc,
                                      test.packed ? rhs.data() : nullptr);
  for (int run = 0; run < (test.inPlace ? 1 : 2); ++run)
    dtc_matmul_run(primitive, lhs.data(), test.packed ? nullptr : rhs.data(),
                   test.bias ? bias.data() : nullptr,
                   !test.residual ? nullptr
                   : test.inPlace ? result.data()
                                  : residual.data(),
                   result.data());
  size_t last = shape.size() - 1;
  std::vector<bool> written(size, false);
  forEachIndex(shape, [&](const Dims &index) {
    int64_t l = 0, r = 0, o = 0;
    for (size_t dim = 0; dim < last - 1; ++dim) {
      l += (test.lhs[dim] == 1 ? 0 : index[dim]) * test.lhsStrides[dim];
      r += (test.rhs[dim] == 1 ? 0 : index[dim]) * test.rhsStrides[dim];
    }
    for (size_t dim = 0; dim <= last; ++dim)
      o += index[dim] * test.resultStrides[dim];
    l += index[last - 1] * test.lhsStrides[last - 1];
    r += index[last] * test.rhsStrides[last];
    double sum = 0;
    for (int64_t k = 0; k < test.lhs[last]; ++k)
      sum += double(lhs[size_t(l + k * test.lhsStrides[last])]) *
             rhs[size_t(r + k * test.rhsStrides[last - 1])];
    sum *= test.scale;
    if (test.bias)
      sum += bias[size_t(index[last])];
    if (test.residual)
      sum += residual[size_t(o)];
    written[size_t(o)] = true;
    ASSERT_NEAR(result[size_t(o)], activate(sum, test.epilogue),
                2e-6 * (4 + double(test.lhs[last])));
  });
  for (size_t i = 0; i < size; ++i)
    if (!written[i])
      ASSERT_EQ(result[i], test.inPlace ? residual[i] : 77.0f)
          << "wrote between rows";
}

TEST(Matmul, every_epilogue_with_and_without_its_parts) {
  for (int32_t epilogue = DTC_EPILOGUE_NONE; epilogue <= DTC_EPILOGUE_SILU;
       ++epilogue)
    for (int parts = 0; parts < 32; ++parts) {
      MatmulCase test{{12, 10}, {10, 20}};
      test.epilogue = epilogue;
      test.bias = parts & 1;
      test.residual = parts & 2;
      test.packed = parts & 4;
      test.scale = parts & 8 ? 0.125f : 1.0f;
      test.inPlace = (parts & 16) && test.residual;
      SCOPED_TRACE(testing::Message() << epilogue << " " << parts);
      expectMatmul(test);
    }
}

TEST(Matmul, sizes_around_the_vector_width) {
  for (int64_t m : {1, 2, 17})
    for (int64_t n : {1, 15, 16, 33, 100})
      for (int64_t k : {1, 7, 64}) {
        MatmulCase test{{m, k}, {k, n}};
        test.bias = true;
        test.packed = (m + n) % 2;
        SCOPED_TRACE(testing::Message() << m << " " << n << " " << k);
        expectMatmul(test);
      }
}

TEST(Matmul, either_operand_and_the_result_may_be_transposed) {
  for (int which = 0; which < 16; ++which) {
    MatmulCase test{{9, 24}, {24, 18}};
    if (which & 1)
      test.lhsStrides = {1, 9};
    if (which & 2)
      test.rhsStrides = {1, 24};
    if (which & 4)
      test.resultStrides = {1, 9};
    test.packed = which & 8;
    test.bias = test.residual = true;
    test.epilogue = DTC_EPILOGUE_RELU;
    SCOPED_TRACE(which);
    expectMatmul(test);
  }
}

TEST(Matmul, rows_may_be_apart) {
  MatmulCase test{{6, 8}, {8, 10}};
  test.lhsStrides = {20, 1};
  test.rhsStrides = {17, 1};
  test.resultStrides = {32, 1};
  test.bias = test.residual = true;
  expectMatmul(test);
  test.lhsStrides = {20, 2};
  test.rhsStrides = {40, 3};
  test.resultStrides = {64, 2};
  expectMatmul(test);
}

TEST(Matmul, attention_heads_are_read_in_place) {
  const int64_t b = 2, s = 5, h = 3, d = 8;
  MatmulCase scores{{b, h, s, d}, {b, h, d, s}};
  scores.lhsStrides = {s * h * d, d, h * d, 1};
  scores.rhsStrides = {s * h * d, d, 1, h * d};
  scores.scale = 0.25f;
  expectMatmul(scores);
  MatmulCase context{{b, h, s, s}, {b, h, s, d}};
  context.rhsStrides = {s * h * d, d, h * d, 1};
  context.resultStrides = {s * h * d, d, h * d, 1};
  expectMatmul(context);
}

TEST(Matmul, batches_broadcast) {
  expectMatmul({{4, 3, 5}, {1, 5, 6}});
  expectMatmul({{1, 3, 5}, {4, 5, 6}});
  expectMatmul({{2, 1, 3, 5}, {1, 4, 5, 6}});
  expectMatmul({{2, 3, 1, 4, 5}, {2, 1, 2, 5, 6}});
  MatmulCase test{{4, 3, 5}, {1, 5, 16}};
  test.packed = test.bias = test.residual = true;
  test.epilogue = DTC_EPILOGUE_GELU_ERF;
  expectMatmul(test);
  test.lhsStrides = {40, 5, 1};
  expectMatmul(test);
  test.lhs = {4, 1, 5};
  test.lhsStrides = {};
  expectMatmul(test);
}

TEST(Matmul, empty_dimensions) {
  expectMatmul({{0, 4}, {4, 3}});
  expectMatmul({{4, 4}, {4, 0}});
  expectMatmul({{0, 2, 4}, {0, 4, 3}});
  for (bool packed : {false, true}) {
    MatmulCase test{{2, 4, 0}, {2, 0, 3}};
    test.packed = packed;
    test.bias = test.residual = true;
    test.epilogue = DTC_EPILOGUE_RELU;
    expectMatmul(test);
  }
}

TEST(Matmul, bf16_accumulates_in_f32) {
  Context context;
  const int64_t k = 512;
  MatmulCase test{{3, k}, {k, 5}};
  Dims shape;
  dtc_matmul desc = describe(test, shape);
  desc.dtype = DTC_BF16;
  desc.rhs_packed = 1;
  std::vector<uint16_t> lhs(3 * k, bf16FromFloat(1.0f)),
      rhs(k * 5, bf16FromFloat(1.0f)), result(15);
  void *primitive = dtc_matmul_create(&context.frame, &desc, rhs.data());
  dtc_matmul_run(primitive, lhs.data(), nullptr, nullptr, nullptr,
                 result.data());
  for (uint16_t value : result)
    EXPECT_EQ(floatFromBf16(value), 512.0f);
  EXPECT_EQ(context.services.packedBytes, size_t(k * 5 * 2));
}

TEST(Matmul, bf16_has_every_part) {
  Context context;
  MatmulCase test{{3, 8}, {8, 5}};
  test.bias = test.residual = true;
  test.epilogue = DTC_EPILOGUE_RELU;
  Dims shape;
  dtc_matmul desc = describe(test, shape);
  desc.dtype = DTC_BF16;
  std::vector<uint16_t> ones(24, bf16FromFloat(1.0f)),
      rhs(40, bf16FromFloat(-0.5f)), bias(5, bf16FromFloat(2.0f)),
      residual(15, bf16FromFloat(3.0f)), result(15);
  residual[7] = bf16FromFloat(-9.0f);
  void *primitive = dtc_matmul_create(&context.frame, &desc, nullptr);
  dtc_matmul_run(primitive, ones.data(), rhs.data(), bias.data(),
                 residual.data(), result.data());
  for (size_t i = 0; i < 15; ++i)
    EXPECT_EQ(floatFromBf16(result[i]), i == 7 ? 0.0f : 1.0f);
  dtc_matmul_run(primitive, ones.data(), rhs.data(), bias.data(),
                 residual.data(), residual.data());
  EXPECT_EQ(result, residual);
}

TEST(Convolution, bf16_has_every_part) {
  Context context;
  dtc_convolution desc = {};
  desc.dtype = DTC_BF16;
  desc.spatial = 1;
  desc.has_bias = 1;
  desc.groups = 1;
  const int64_t input[] = {2, 4, 6}, weight[] = {3, 4, 3}, out[] = {2, 3, 4};
  std::copy(input, input + 3, desc.input_shape);
  std::copy(weight, weight + 3, desc.weight_shape);
  std::copy(out, out + 3, desc.result_shape);
  desc.strides[0] = desc.dilations[0] = 1;
  std::vector<uint16_t> x(48, bf16FromFloat(0.5f)), w(36, bf16FromFloat(2.0f)),
      b(3, bf16FromFloat(-4.0f)), y(24);
  for (const void *constant : {static_cast<const void *>(w.data()),
                               static_cast<const void *>(nullptr)}) {
    void *primitive = dtc_convolution_create(&context.frame, &desc, constant);
    dtc_convolution_run(primitive, x.data(), w.data(), b.data(), y.data());
    for (uint16_t value : y)
      EXPECT_EQ(floatFromBf16(value), 8.0f);
  }
}

TEST(Matmul, unsupported_types_are_refused_by_name) {
  Context context;
  MatmulCase test{{3, 4}, {4, 5}};
  Dims shape;
  dtc_matmul desc = describe(test, shape);
  for (int32_t dtype : {DTC_F16, DTC_F64, DTC_I32}) {
    desc.dtype = dtype;
    try {
      dtc_matmul_create(&context.frame, &desc, nullptr);
      FAIL() << "accepted";
    } catch (const std::runtime_error &error) {
      EXPECT_NE(std::string(error.what()).find(elementName(dtype)),
                std::string::npos);
    }
  }
  desc.dtype = DTC_F32;
  desc.rhs_shape[0] = 3;
  EXPECT_THROW(dtc_matmul_create(&context.frame, &desc, nullptr),
               std::runtime_error);
}

struct ConvolutionCase {
  int64_t batch, channels, outputs;
  Dims size, kernel;
  Dims strides, dilations, begin, end;
  int64_t groups = 1;
  bool bias = true, constant = true;
  int32_t epilogue = DTC_EPILOGUE_NONE;
};

void expectConvolution(const ConvolutionCase &test) {
  Context context;
  size_t spatial = test.size.size();
  dtc_convolution desc = {};
  desc.dtype = DTC_F32;
  desc.spatial = int32_t(spatial);
  desc.has_bias = test.bias;
  desc.epilogue = test.epilogue;
  desc.groups = test.groups;
  Dims input{test.batch, test.channels},
      weight{test.outputs, test.channels / test.groups},
      result{test.batch, test.outputs};
  for (size_t i = 0; i < spatial; ++i) {
    desc.strides[i] = test.strides[i];
    desc.dilations[i] = test.dilations[i];
    desc.pads_begin[i] = test.begin[i];
    desc.pads_end[i] = test.end[i];
    input.push_back(test.size[i]);
    weight.push_back(test.kernel[i]);
    result.push_back((test.size[i] + test.begin[i] + test.end[i] -
                      test.dilations[i] * (test.kernel[i] - 1) - 1) /
                         test.strides[i] +
                     1);
  }
  std::copy(input.begin(), input.end(), desc.input_shape);
  std::copy(weight.begin(), weight.end(), desc.weight_shape);
  std::copy(result.begin(), result.end(), desc.result_shape);
  Dims is = dense(input), ws = dense(weight), os = dense(result);
  auto x = randomValues(size_t(span(input, is)), 1);
  auto w = randomValues(size_t(span(weight, ws)), 2);
  auto b = randomValues(size_t(test.outputs), 3);
  std::vector<float> y(size_t(span(result, os)), 77.0f);
  void *primitive = dtc_convolution_create(&context.frame, &desc,
                                           test.constant ? w.data() : nullptr);
  dtc_convolution_run(primitive, x.data(), test.constant ? nullptr : w.data(),
                      test.bias ? b.data() : nullptr, y.data());
  int64_t perGroup = test.outputs / test.groups;
  forEachIndex(result, [&](const Dims &index) {
    double sum = test.bias ? b[size_t(index[1])] : 0;
    Dims window(weight.begin() + 1, weight.end());
    forEachIndex(window, [&](const Dims &tap) {
      int64_t from =
          index[0] * is[0] + (index[1] / perGroup * weight[1] + tap[0]) * is[1];
      int64_t with = index[1] * ws[0] + tap[0] * ws[1];
      for (size_t i = 0; i < spatial; ++i) {
        int64_t place = index[2 + i] * test.strides[i] +
                        tap[1 + i] * test.dilations[i] - test.begin[i];
        if (place < 0 || place >= test.size[i])
          return;
        from += place * is[2 + i];
        with += tap[1 + i] * ws[2 + i];
      }
      sum += double(x[size_t(from)]) * w[size_t(with)];
    });
    int64_t at = 0;
    for (size_t dim = 0; dim < result.size(); ++dim)
      at += index[dim] * os[dim];
    ASSERT_NEAR(y[size_t(at)], activate(sum, test.epilogue), 1e-3);
  });
}

TEST(Convolution, one_to_three_dimensions) {
  for (bool constant : {true, false}) {
    for (int64_t channels : {3, 16}) {
      ConvolutionCase one{2, channels, 8, {17}, {3}, {1}, {1}, {1}, {1}};
      one.constant = constant;
      expectConvolution(one);
      ConvolutionCase two{2,      channels, 8,      {9, 11}, {3, 5},
                          {1, 1}, {1, 1},   {1, 2}, {1, 2}};
      two.constant = constant;
      expectConvolution(two);
      ConvolutionCase three{1,         channels,  4,
                            {5, 6, 7}, {3, 1, 2}, {1, 1, 1},
                            {1, 1, 1}, {1, 0, 0}, {1, 0, 1}};
      three.constant = constant;
      expectConvolution(three);
    }
  }
}

TEST(Convolution, strides_dilations_and_lopsided_pads) {
  expectConvolution(
      {2, 4, 6, {12, 13}, {3, 3}, {2, 3}, {1, 1}, {0, 1}, {1, 0}});
  expectConvolution(
      {1, 4, 6, {12, 13}, {3, 2}, {1, 1}, {2, 3}, {2, 0}, {1, 3}});
  expectConvolution({1, 32, 32, {16}, {3}, {2}, {4}, {4}, {4}});
}

TEST(Convolution, transposed_ones_spread_the_input) {
  Context context;
  dtc_convolution desc = {};
  desc.dtype = DTC_F32;
  desc.spatial = 1;
  desc.is_transposed = 1;
  desc.groups = 2;
  const int64_t input[] = {1, 2, 2}, weight[] = {2, 1, 2}, out[] = {1, 2, 4};
  std::copy(input, input + 3, desc.input_shape);
  std::copy(weight, weight + 3, desc.weight_shape);
  std::copy(out, out + 3, desc.result_shape);
  desc.strides[0] = 2;
  desc.dilations[0] = 1;
  desc.pads_begin[0] = 1;
  // One more than the input reaches.
  desc.pads_end[0] = -1;
  std::vector<float> x{1, 2, 3, 4}, w{1, 10, 1, 100}, y(8);
  for (const void *constant : {static_cast<const void *>(w.data()),
                               static_cast<const void *>(nullptr)}) {
    void *primitive = dtc_convolution_create(&context.frame, &desc, constant);
    dtc_convolution_run(primitive, x.data(), w.data(), nullptr, y.data());
    EXPECT_EQ(y, (std::vector<float>{10, 2, 20, 0, 300, 4, 400, 0}));
  }
}

TEST(Convolution, groups_and_depthwise) {
  ConvolutionCase grouped{2,      8,      12,     {7, 7}, {3, 3},
                          {1, 1}, {1, 1}, {1, 1}, {1, 1}, 4};
  expectConvolution(grouped);
  grouped.channels = grouped.outputs = grouped.groups = 16;
  expectConvolution(grouped);
  grouped.constant = false;
  expectConvolution(grouped);
}

TEST(Convolution, wide_layers_agree_in_the_kernels_own_layout) {
  expectConvolution(
      {1, 64, 64, {14, 14}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}});
  expectConvolution(
      {2, 64, 128, {14, 14}, {1, 1}, {2, 2}, {1, 1}, {0, 0}, {0, 0}});
}

TEST(Convolution, every_epilogue) {
  for (int32_t epilogue = DTC_EPILOGUE_NONE; epilogue <= DTC_EPILOGUE_SILU;
       ++epilogue) {
    ConvolutionCase test{1,      4,      8,      {6, 6}, {3, 3},
                         {1, 1}, {1, 1}, {1, 1}, {1, 1}};
    test.epilogue = epilogue;
    expectConvolution(test);
    test.bias = false;
    expectConvolution(test);
  }
}

TEST(Convolution, an_empty_batch_is_no_work) {
  expectConvolution({0, 4, 8, {6, 6}, {3, 3}, {1, 1}, {1, 1}, {0, 0}, {0, 0}});
}

} // namespace
