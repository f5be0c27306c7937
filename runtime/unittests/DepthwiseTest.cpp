//===- DepthwiseTest.cpp - Convolutions of single channels ----------------===//
//
// Random shapes with every instruction set that this processor has, against
// loops in double precision.
//===----------------------------------------------------------------------===//

#include "../lib/Primitives/DepthwiseConvolution.h"
#include "dtc/runtime/InstructionSet.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace dtc::runtime;

namespace {

using Numbers = std::mt19937;

int64_t between(Numbers &numbers, int64_t low, int64_t high) {
  return std::uniform_int_distribution<int64_t>(low, high)(numbers);
}

std::vector<float> values(Numbers &numbers, int64_t count) {
  std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
  std::vector<float> result(static_cast<size_t>(count));
  for (float &value : result)
    value = uniform(numbers);
  return result;
}

/// A description whose result is not empty, or one that has no groups.
dtc_convolution drawn(Numbers &numbers) {
  dtc_convolution desc = {};
  desc.dtype = DTC_F32;
  desc.epilogue = DTC_EPILOGUE_NONE;
  desc.spatial = static_cast<int32_t>(between(numbers, 1, 2));
  desc.is_transposed = between(numbers, 0, 3) == 0;
  int64_t channels = between(numbers, 2, 4), images = between(numbers, 1, 2);
  desc.input_shape[0] = desc.result_shape[0] = images;
  desc.input_shape[1] = desc.result_shape[1] = channels;
  desc.weight_shape[0] = channels;
  desc.weight_shape[1] = 1;
  for (int i = 0; i < desc.spatial; ++i) {
    int64_t extent = between(numbers, 1, 45), kernel = between(numbers, 1, 8);
    desc.strides[i] = desc.is_transposed ? 1 : between(numbers, 1, 4);
    desc.dilations[i] = between(numbers, 1, 3);
    int64_t reach = desc.dilations[i] * (kernel - 1);
    desc.pads_begin[i] = between(numbers, 0, reach);
    desc.pads_end[i] = between(numbers, 0, reach);
    int64_t pads = desc.pads_begin[i] + desc.pads_end[i];
    int64_t last = desc.is_transposed ? extent + reach - pads - 1
                                      : extent + pads - reach - 1;
    if (last < 0)
      return dtc_convolution{};
    desc.input_shape[2 + i] = extent;
    desc.weight_shape[2 + i] = kernel;
    desc.result_shape[2 + i] = last / desc.strides[i] + 1;
  }
  desc.groups = channels;
  return desc;
}

int64_t sizeOf(const dtc_convolution &desc, const int64_t *shape) {
  int64_t size = 1;
  for (int dim = 0; dim < desc.spatial + 2; ++dim)
    size *= shape[dim];
  return size;
}

/// One dimension; `whole` is where windows lie, `strided` has one for each.
struct Line {
  int64_t whole = 1, strided = 1, kernel = 1, stride = 1, dilation = 1, pad = 0;

  /// Calls `body(whole, strided, kernel)` with the places that meet.
  template <typename Body> void forEach(Body body) const {
    for (int64_t at = 0; at < strided; ++at)
      for (int64_t k = 0; k < kernel; ++k) {
        int64_t place = at * stride + k * dilation - pad;
        if (place >= 0 && place < whole)
          body(place, at, k);
      }
  }
};

/// Calls `body(input, weight, result)` with the places of all products; one
/// dimension has rows of 1. A transposed one's input is where the other's
/// result is.
template <typename Body>
void forEachProduct(const dtc_convolution &desc, Body body) {
  const int64_t *whole =
      desc.is_transposed ? desc.result_shape : desc.input_shape;
  const int64_t *strided =
      desc.is_transposed ? desc.input_shape : desc.result_shape;
  Line lines[2];
  for (int i = 0; i < desc.spatial; ++i)
    lines[2 - desc.spatial + i] = {
        whole[2 + i],    strided[2 + i],    desc.weight_shape[2 + i],
        desc.strides[i], desc.dilations[i], desc.pads_begin[i]};
  const Line &rows = lines[0], &columns = lines[1];
  int64_t planes = desc.input_shape[0] * desc.groups;
  for (int64_t plane = 0; plane < planes; ++plane)
    rows.forEach([&](int64_t wholeRow, int64_t stridedRow, int64_t kernelRow) {
      columns.forEach([&](int64_t wholeColumn, int64_t stridedColumn,
                          int64_t kernelColumn) {
        int64_t in =
            (plane * rows.whole + wholeRow) * columns.whole + wholeColumn;
        int64_t out = (plane * rows.strided + stridedRow) * columns.strided +
                      stridedColumn;
        int64_t with =
            (plane % desc.groups * rows.kernel + kernelRow) * columns.kernel +
            kernelColumn;
        desc.is_transposed ? body(out, with, in) : body(in, with, out);
      });
    });
}

void expectEqual(const std::vector<float> &got,
                 const std::vector<double> &expected, double tolerance) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(got[i], expected[i], tolerance * (20 + std::abs(expected[i])))
        << "element " << i;
}

void expectDepthwise(const dtc_convolution &desc,
                     const DepthwiseKernels &kernels, Numbers &numbers) {
  ASSERT_TRUE(isDepthwise(desc));
  auto x = values(numbers, sizeOf(desc, desc.input_shape));
  auto w = values(numbers, sizeOf(desc, desc.weight_shape));
  auto g = values(numbers, sizeOf(desc, desc.result_shape));
  auto bias = values(numbers, desc.groups);
  std::vector<double> y(g.size()), gradient(w.size());
  size_t plane = g.size() / size_t(desc.input_shape[0] * desc.groups);
  for (size_t i = 0; i < y.size(); ++i)
    y[i] = bias[i / plane % size_t(desc.groups)];
  forEachProduct(desc, [&](int64_t from, int64_t with, int64_t to) {
    y[size_t(to)] += double(x[size_t(from)]) * w[size_t(with)];
    gradient[size_t(with)] += double(x[size_t(from)]) * g[size_t(to)];
  });
  DepthwiseConvolution convolution(desc, kernels);
  std::vector<float> result(g.size(), 77.0f), weights(w.size(), 77.0f);
  for (int run = 0; run < 2; ++run)
    convolution.run(x.data(), w.data(), bias.data(), result.data());
  expectEqual(result, y, 1e-6);
  if (desc.is_transposed)
    return;
  convolution.runWeightGradient(x.data(), g.data(), weights.data());
  expectEqual(weights, gradient, 1e-5);
}

/// The sets that this processor has, the baseline first.
std::vector<const DepthwiseKernels *> instructionSets() {
  std::vector<const DepthwiseKernels *> sets{&depthwiseBaseline()};
#if defined(__x86_64__)
  if (findInstructionSet() != InstructionSet::Baseline)
    sets.push_back(&depthwiseAvx2());
#endif
  if (&depthwiseKernels() != sets.back() && &depthwiseKernels() != sets.front())
    sets.push_back(&depthwiseKernels());
  return sets;
}

TEST(Depthwise, random_shapes_with_every_instruction_set) {
  for (const DepthwiseKernels *kernels : instructionSets()) {
    Numbers numbers(7);
    for (int trial = 0, count = 0; count < 60; ++trial) {
      dtc_convolution desc = drawn(numbers);
      if (desc.groups == 0)
        continue;
      ++count;
      SCOPED_TRACE(testing::Message()
                   << "block " << kernels->columnBlock << ", trial " << trial);
      expectDepthwise(desc, *kernels, numbers);
    }
  }
}

/// More than one strip of rows, widths around the vectors', usual kernels.
TEST(Depthwise, planes_of_several_strips) {
  for (const DepthwiseKernels *kernels : instructionSets())
    for (int64_t kernel : {3, 5, 7})
      for (int64_t stride : {1, 2}) {
        Numbers numbers(3);
        dtc_convolution desc = {};
        desc.dtype = DTC_F32;
        desc.epilogue = DTC_EPILOGUE_NONE;
        desc.spatial = 2;
        desc.groups = 2;
        const int64_t extents[] = {1, 2, 90, 1030};
        for (int dim = 0; dim < 4; ++dim)
          desc.input_shape[dim] = desc.result_shape[dim] = extents[dim];
        desc.weight_shape[0] = 2;
        desc.weight_shape[1] = 1;
        for (int i = 0; i < 2; ++i) {
          desc.weight_shape[2 + i] = kernel;
          desc.strides[i] = stride;
          desc.dilations[i] = 1;
          desc.pads_begin[i] = desc.pads_end[i] = kernel / 2;
          desc.result_shape[2 + i] = (extents[2 + i] - 1) / stride + 1;
        }
        SCOPED_TRACE(testing::Message() << kernel << " by " << stride);
        expectDepthwise(desc, *kernels, numbers);
      }
}

/// Equal, or as close as sums in single precision are.
void expectAlike(const std::vector<float> &got,
                 const std::vector<double> &expected) {
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(std::isnan(got[i]), std::isnan(expected[i])) << i;
    if (std::isinf(expected[i]))
      EXPECT_EQ(double(got[i]), expected[i]) << i;
    else if (!std::isnan(expected[i]))
      EXPECT_NEAR(got[i], expected[i], 2e-4) << i;
  }
}

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

/// Weights that are not finite reach the results whose windows meet numbers
/// there, and not those that meet the padding.
TEST(Depthwise, weights_that_are_not_finite_stay_out_of_the_padding) {
  for (const DepthwiseKernels *kernels : instructionSets()) {
    Numbers numbers(12);
    for (int trial = 0, count = 0; count < 60; ++trial) {
      dtc_convolution desc = drawn(numbers);
      if (desc.groups == 0)
        continue;
      ++count;
      SCOPED_TRACE(testing::Message()
                   << "block " << kernels->columnBlock << ", trial " << trial);
      auto x = values(numbers, sizeOf(desc, desc.input_shape));
      auto w = values(numbers, sizeOf(desc, desc.weight_shape));
      w.front() = infinity;
      w.back() = count % 2 ? nan : w.back();
      std::vector<double> expected(size_t(sizeOf(desc, desc.result_shape)));
      forEachProduct(desc, [&](int64_t from, int64_t with, int64_t to) {
        expected[size_t(to)] += double(x[size_t(from)]) * w[size_t(with)];
      });
      std::vector<float> got(expected.size(), 77.0f);
      DepthwiseConvolution(desc, *kernels)
          .run(x.data(), w.data(), nullptr, got.data());
      expectAlike(got, expected);
    }
  }
}

/// Infinities and NaNs at borders reach the elements of the kernel that meet
/// them; others meet the padding there, which counts for nothing.
TEST(Depthwise, what_is_not_finite_stays_where_it_is_seen) {
  for (const DepthwiseKernels *kernels : instructionSets()) {
    Numbers numbers(11);
    for (int trial = 0, count = 0; count < 60; ++trial) {
      dtc_convolution desc = drawn(numbers);
      if (desc.groups == 0 || desc.is_transposed)
        continue;
      ++count;
      SCOPED_TRACE(testing::Message()
                   << "block " << kernels->columnBlock << ", trial " << trial);
      auto x = values(numbers, sizeOf(desc, desc.input_shape));
      auto g = values(numbers, sizeOf(desc, desc.result_shape));
      x[size_t(between(numbers, 0, 2)) % x.size()] = infinity;
      (count % 2 ? x : g).back() = nan;
      g.front() = count % 3 ? g.front() : infinity;
      std::vector<double> expected(size_t(sizeOf(desc, desc.weight_shape)));
      forEachProduct(desc, [&](int64_t from, int64_t with, int64_t to) {
        expected[size_t(with)] += double(x[size_t(from)]) * g[size_t(to)];
      });
      std::vector<float> got(expected.size(), 77.0f);
      DepthwiseConvolution(desc, *kernels)
          .runWeightGradient(x.data(), g.data(), got.data());
      expectAlike(got, expected);
    }
  }
}

TEST(Depthwise, others_are_not_possible) {
  Numbers numbers(1);
  dtc_convolution desc = {};
  while (desc.groups == 0 || desc.is_transposed || desc.spatial != 2)
    desc = drawn(numbers);
  EXPECT_TRUE(isDepthwise(desc));
  dtc_convolution other = desc;
  other.dtype = DTC_BF16;
  EXPECT_FALSE(isDepthwise(other));
  other = desc;
  other.epilogue = DTC_EPILOGUE_RELU;
  EXPECT_FALSE(isDepthwise(other));
  other = desc;
  other.result_shape[1] = other.weight_shape[0] = 2 * desc.groups;
  EXPECT_FALSE(isDepthwise(other));
  other = desc;
  other.is_transposed = 1;
  other.strides[0] = 2;
  EXPECT_FALSE(isDepthwise(other));
}

} // namespace
