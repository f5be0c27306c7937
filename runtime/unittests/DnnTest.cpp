//===- DnnTest.cpp - What cuDNN itself says to our descriptions -----------===//
//
// cuDNN chooses engines for a GPU that is only described to it. So where the
// library is installed, its own checks and its proposals are tested without a
// GPU. Nothing is run. Skipped where there is no cuDNN, or one that does not
// know the description.
//===----------------------------------------------------------------------===//

#include "../lib/Cuda/DnnAttention.h"
#include "../lib/Cuda/DnnConvolution.h"
#include <cstdlib>
#include <dlfcn.h>
#include <gtest/gtest.h>

using namespace dtc::runtime;
using namespace dtc::runtime::cuda;

namespace {

/// What GPUs of a generation differ in.
struct Gpu {
  int version, multiprocessors, sharedMemory;
};

/// A GPU as cuDNN describes it.
std::string describe(const Gpu &gpu) {
  return R"({"deviceName": "NVIDIA", "driverVer": 13000, "cudaDeviceId": 0,
  "pciDeviceId": 0, "isTccDriver": 0, "supportCoopLaunch": 1, "warpSize": 32,
  "maxGridSize": [2147483647, 65535, 65535], "maxBlockSize": [1024, 1024, 64],
  "regsPerBlock": 65536, "maxRegistersPerSM": 65536, "maxCtasPerSM": 32,
  "maxThreadsPerBlock": 1024, "maxThreadsPerSM": 1536,
  "maxSharedMemoryPerBlock": 49152, "reservedSharedMemoryPerBlock": 1024,
  "totalGlobalMem": 85899345920, "smClockRateKHz": 1980000,
  "memClockRateKHz": 2619000, "l2CacheSize": 41943040, "deviceVer": )" +
         std::to_string(gpu.version) +
         ", \"multiProcessorCount\": " + std::to_string(gpu.multiprocessors) +
         ", \"maxSharedMemoryPerBlockOptin\": " +
         std::to_string(gpu.sharedMemory) + "}";
}

/// Values of cudnn_graph.h that only a description of a GPU needs.
constexpr int kCharacters = 24, kDeviceProperties = 38, kDeviceJson = 2702;

class DnnTest : public testing::TestWithParam<Gpu> {
protected:
  void SetUp() override {
    const char *home = std::getenv("CUDA_HOME");
    std::string library =
        std::string(home ? home : "/usr/local/cuda") + "/lib64/libcudnn.so.9";
    setenv("DTC_CUDNN", library.c_str(), 0);
    auto opened = openDnnLibrary();
    if (!opened)
      GTEST_SKIP() << opened.error().message;
    dnn = *opened;
    std::string gpu = describe(GetParam());
    DnnResult result = dnn.createDescriptor(kDeviceProperties, &dnn.absentGpu);
    if (result == 0)
      result = dnn.setAttribute(dnn.absentGpu, kDeviceJson, kCharacters,
                                static_cast<int64_t>(gpu.size()), gpu.data());
    if (result == 0)
      result = dnn.finalize(dnn.absentGpu);
    if (result != 0)
      GTEST_SKIP() << dnn.problem("description of a GPU", result).message;
  }

  /// Why there is no plan; empty when there is one.
  std::string plan(const dtc_convolution &desc,
                   ConvolutionKind kind = ConvolutionKind::Forward) {
    auto made = planConvolution(dnn, desc, kind, cache);
    return made ? "" : made.error().message;
  }

  /// The same with and without what may join it.
  std::string planJoined(dtc_convolution desc) {
    std::string problems = plan(desc);
    desc.has_bias = 1;
    problems += plan(desc);
    desc.epilogue = DTC_EPILOGUE_RELU;
    return problems + plan(desc);
  }

  /// The gradients of weight and input, which is a transposed convolution.
  void expectGradients(dtc_convolution desc) {
    EXPECT_EQ(plan(desc, ConvolutionKind::WeightGradient), "")
        << "type " << desc.dtype;
    std::swap(desc.input_shape, desc.result_shape);
    desc.is_transposed = 1;
    EXPECT_EQ(plan(desc), "") << "transposed, type " << desc.dtype;
  }

  Dnn dnn;
  AlgorithmCache cache;
};

void assign(int64_t *to, std::initializer_list<int64_t> values) {
  std::copy(values.begin(), values.end(), to);
}

constexpr int32_t kTypes[] = {DTC_F32, DTC_F16, DTC_BF16};

/// 3 by 3 windows over an image of 14 by 12, with padding.
dtc_convolution image(int32_t type) {
  dtc_convolution desc = {};
  desc.dtype = type;
  desc.spatial = 2;
  desc.groups = 1;
  desc.alignment = 64;
  assign(desc.input_shape, {2, 16, 14, 12});
  assign(desc.weight_shape, {32, 16, 3, 3});
  assign(desc.result_shape, {2, 32, 14, 12});
  for (int64_t *ones :
       {desc.strides, desc.dilations, desc.pads_begin, desc.pads_end})
    assign(ones, {1, 1});
  return desc;
}

TEST_P(DnnTest, ImagesOfAllTypes) {
  for (int32_t type : kTypes)
    EXPECT_EQ(planJoined(image(type)), "") << "type " << type;
}

TEST_P(DnnTest, GradientsOfAllTypes) {
  for (int32_t type : kTypes) {
    dtc_convolution desc = image(type);
    expectGradients(desc);
  }
}

TEST_P(DnnTest, LinesAreImages) {
  for (int32_t type : kTypes) {
    dtc_convolution desc = image(type);
    desc.spatial = 1;
    assign(desc.input_shape, {2, 16, 25});
    assign(desc.weight_shape, {32, 16, 3});
    assign(desc.result_shape, {2, 32, 12});
    assign(desc.strides, {2});
    desc.pads_begin[0] = desc.pads_end[0] = 0;
    EXPECT_EQ(planJoined(desc), "");
    expectGradients(desc);
  }
}

TEST_P(DnnTest, Volumes) {
  for (int32_t type : kTypes) {
    dtc_convolution desc = image(type);
    desc.spatial = 3;
    assign(desc.input_shape, {1, 4, 8, 9, 10});
    assign(desc.weight_shape, {8, 4, 3, 3, 3});
    assign(desc.result_shape, {1, 8, 6, 7, 8});
    for (int64_t *ones : {desc.strides, desc.dilations})
      assign(ones, {1, 1, 1});
    for (int64_t *zeros : {desc.pads_begin, desc.pads_end})
      assign(zeros, {0, 0, 0});
    EXPECT_EQ(planJoined(desc), "");
    expectGradients(desc);
  }
}

TEST_P(DnnTest, GroupsStridesDilationsAndOddChannels) {
  for (int32_t type : kTypes) {
    dtc_convolution desc = image(type);
    desc.groups = 16;
    assign(desc.weight_shape, {16, 1, 3, 3});
    assign(desc.result_shape, {2, 16, 14, 12});
    EXPECT_EQ(planJoined(desc), "") << "each channel, type " << type;
    EXPECT_EQ(plan(desc, ConvolutionKind::WeightGradient), "");
    desc = image(type);
    assign(desc.input_shape, {1, 3, 15, 13});
    assign(desc.weight_shape, {5, 3, 3, 3});
    assign(desc.result_shape, {1, 5, 7, 11});
    assign(desc.strides, {2, 1});
    assign(desc.dilations, {2, 2});
    EXPECT_EQ(planJoined(desc), "") << "odd, type " << type;
    desc.alignment = 2;
    if (type != DTC_F32)
      EXPECT_EQ(planJoined(desc), "") << "aligned to elements, type " << type;
  }
}

TEST_P(DnnTest, GradientsOfGroupsAndOfWhatIsAlignedToElements) {
  for (int32_t type : kTypes) {
    dtc_convolution desc = image(type);
    desc.alignment = type == DTC_F32 ? 4 : 2;
    expectGradients(desc);
    desc = image(type);
    desc.spatial = 3;
    desc.groups = 2;
    assign(desc.input_shape, {1, 4, 8, 9, 10});
    assign(desc.weight_shape, {8, 2, 3, 3, 3});
    assign(desc.result_shape, {1, 8, 6, 7, 8});
    for (int64_t *ones : {desc.strides, desc.dilations})
      assign(ones, {1, 1, 1});
    for (int64_t *zeros : {desc.pads_begin, desc.pads_end})
      assign(zeros, {0, 0, 0});
    EXPECT_EQ(planJoined(desc), "") << "volume, type " << type;
    expectGradients(desc);
  }
}

TEST_P(DnnTest, WhatWasChosenIsTakenAgain) {
  dtc_convolution desc = image(DTC_F32);
  std::string folder = testing::TempDir();
  CacheOwner owner{"cudnn", dnn.version, "a GPU", 7};
  std::remove((folder + "/cudnn.gpu7.cache").c_str());
  cache = AlgorithmCache(folder, owner);
  ASSERT_EQ(plan(desc), "");
  cache.save();
  cache = AlgorithmCache(folder, owner);
  ASSERT_EQ(plan(desc), "");
  std::string before = testing::TempDir() + "/cudnn.gpu7.cache";
  // Nothing was added: there is nothing to save.
  ASSERT_EQ(std::remove(before.c_str()), 0);
  cache.save();
  EXPECT_NE(std::remove(before.c_str()), 0);
}

TEST_P(DnnTest, ShapesThatDoNotFitAreRefused) {
  dtc_convolution desc = image(DTC_F32);
  desc.result_shape[2] = 15;
  EXPECT_NE(plan(desc).find("cudnnBackend"), std::string::npos) << plan(desc);
  desc = image(DTC_F64);
  EXPECT_NE(plan(desc).find("expected f32, f16 or bf16"), std::string::npos);
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// Its kernels are compiled when an engine is made and loaded by a plan, which
/// needs a driver: so engines are counted.
class DnnAttentionTest : public DnnTest {
protected:
  void SetUp() override {
    DnnTest::SetUp();
    // Who compiles looks for the driver's library; that of the toolkit, in
    // which everything fails, is enough.
    const char *home = std::getenv("CUDA_HOME");
    std::string stub = std::string(home ? home : "/usr/local/cuda") +
                       "/lib64/stubs/libcuda.so";
    if (!dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL) &&
        !dlopen(stub.c_str(), RTLD_NOW | RTLD_GLOBAL))
      GTEST_SKIP() << "no library of a driver, and no stub of it";
  }

  int64_t engines(const dtc_attention &desc) {
    return engines(describeAttention(dnn, desc));
  }

  /// Of its gradient, of all that lies as attention's own tensors do.
  int64_t gradientEngines(const dtc_attention &desc, SumOrder order) {
    dtc_attention_gradient gradient = {};
    gradient.attention = desc;
    auto lieAs = [](int64_t (&to)[4], const int64_t (&from)[4]) {
      std::copy(from, from + 4, to);
    };
    lieAs(gradient.gradient_strides, desc.result_strides);
    lieAs(gradient.query_gradient_strides, desc.query_strides);
    lieAs(gradient.key_gradient_strides, desc.key_strides);
    lieAs(gradient.value_gradient_strides, desc.value_strides);
    return engines(describeAttentionGradient(dnn, gradient, order));
  }

  /// With the logarithms of the sums, and the gradient.
  void expectGradient(dtc_attention desc, const std::string &name) {
    desc.has_sums = 1;
    EXPECT_GT(engines(desc), 0) << name << ", with sums";
    EXPECT_GT(gradientEngines(desc, SumOrder::Fixed), 0)
        << name << ", gradient in a fixed order";
    EXPECT_GT(gradientEngines(desc, SumOrder::Any), 0)
        << name << ", gradient in any order";
  }

  /// Engines that take the graph; -1 when it was refused.
  int64_t engines(std::unique_ptr<DnnGraph> graph) {
    auto operations = graph->finish();
    if (!operations) {
      ADD_FAILURE() << operations.error().message;
      return -1;
    }
    DnnDescriptor heuristics(dnn, kDnnHeuristics);
    heuristics.setDescriptor(kDnnHeuristicsGraph, *operations);
    heuristics.setNumber(kDnnHeuristicsMode, kDnnHeuristicModes, kDnnBest);
    heuristics.setDescriptor(kDnnHeuristicsDevice, dnn.absentGpu);
    DnnDescriptor config(dnn, kDnnEngineConfig);
    Handle handle = config.handle();
    int64_t count = 0;
    if (!heuristics.finalize() ||
        dnn.getAttribute(heuristics.handle(), kDnnHeuristicsResults,
                         kDnnDescriptors, 1, &count, &handle) != 0)
      return -1;
    return count;
  }
};

enum class Layout { HeadsOutside, HeadsInside };

struct AttentionShape {
  int64_t heads, keyHeads, rows, keys, depth;
};

dtc_attention attention(int32_t type, const AttentionShape &shape,
                        Layout layout) {
  dtc_attention desc = {};
  desc.dtype = type;
  desc.scale = 0.125F;
  auto set = [&](int64_t (&extents)[4], int64_t (&strides)[4], int64_t heads,
                 int64_t rows) {
    int64_t d = shape.depth;
    assign(extents, {2, heads, rows, d});
    if (layout == Layout::HeadsOutside)
      assign(strides, {heads * rows * d, rows * d, d, 1});
    else
      assign(strides, {heads * rows * d, d, heads * d, 1});
  };
  set(desc.query_shape, desc.query_strides, shape.heads, shape.rows);
  set(desc.key_shape, desc.key_strides, shape.keyHeads, shape.keys);
  set(desc.value_shape, desc.value_strides, shape.keyHeads, shape.keys);
  set(desc.result_shape, desc.result_strides, shape.heads, shape.rows);
  return desc;
}

void addMask(dtc_attention &desc, int64_t batch, int64_t heads) {
  int64_t rows = desc.query_shape[2], keys = desc.key_shape[2];
  desc.has_mask = 1;
  assign(desc.mask_shape, {batch, heads, rows, keys});
  assign(desc.mask_strides, {heads * rows * keys, rows * keys, keys, 1});
}

TEST_P(DnnAttentionTest, ShapesAndMasks) {
  constexpr AttentionShape shapes[] = {
      {8, 8, 128, 128, 64}, {8, 2, 128, 128, 128}, {8, 8, 100, 77, 64},
      {8, 1, 7, 5, 32},     {8, 8, 1, 128, 64},    {4, 4, 64, 64, 8}};
  for (int32_t type : {DTC_F16, DTC_BF16})
    for (const AttentionShape &shape : shapes)
      for (Layout layout : {Layout::HeadsOutside, Layout::HeadsInside}) {
        std::string name = "type " + std::to_string(type) + ", rows " +
                           std::to_string(shape.rows) + ", layout " +
                           std::to_string(int(layout));
        dtc_attention desc = attention(type, shape, layout);
        EXPECT_GT(engines(desc), 0) << name;
        desc.is_causal = 1;
        EXPECT_GT(engines(desc), 0) << name << ", causal";
        desc.is_causal = 0;
        for (int64_t batch : {1, 2})
          for (int64_t heads : {int64_t(1), shape.heads}) {
            addMask(desc, batch, heads);
            EXPECT_GT(engines(desc), 0)
                << name << ", mask of " << batch << " and " << heads;
          }
      }
}

/// Of heads that lie inside, which is how projections leave them.
TEST_P(DnnAttentionTest, Gradients) {
  constexpr AttentionShape shapes[] = {{8, 8, 128, 128, 64},
                                       {8, 2, 100, 77, 128},
                                       {8, 1, 7, 5, 32},
                                       {4, 4, 1, 64, 8}};
  for (int32_t type : {DTC_F16, DTC_BF16})
    for (const AttentionShape &shape : shapes) {
      std::string name = "type " + std::to_string(type) + ", rows " +
                         std::to_string(shape.rows);
      dtc_attention desc = attention(type, shape, Layout::HeadsInside);
      expectGradient(desc, name);
      desc.is_causal = 1;
      expectGradient(desc, name + ", causal");
      desc.is_causal = 0;
      addMask(desc, 1, shape.heads);
      expectGradient(desc, name + ", mask");
    }
}

/// The library looks at the graphs: rows of other than 8 elements it refuses.
TEST_P(DnnAttentionTest, RowsThatDoNotFitAreRefused) {
  dtc_attention desc =
      attention(DTC_F16, {8, 8, 128, 128, 12}, Layout::HeadsOutside);
  EXPECT_LE(engines(desc), 0);
  EXPECT_LE(gradientEngines(desc, SumOrder::Fixed), 0);
  EXPECT_LE(gradientEngines(desc, SumOrder::Any), 0);
}

TEST_P(DnnAttentionTest, KnownBugsAreRefused) {
  dtc_attention_gradient desc = {};
  desc.attention =
      attention(DTC_F16, {8, 8, 128, 100, 64}, Layout::HeadsOutside);
  auto problem = [&](size_t version) {
    dnn.version = version;
    auto plan = planAttentionGradient(dnn, desc, cache);
    return plan ? "" : plan.error().message;
  };
  EXPECT_NE(problem(91500).find("over 100 keys, no multiple of 128, has known "
                                "bugs in cuDNN 9.15.0"),
            std::string::npos)
      << problem(91500);
  EXPECT_NE(problem(91001).find("attention of cuDNN 9.10.1 has known bugs"),
            std::string::npos);
}

constexpr Gpu kGenerations[] = {{800, 108, 166912},
                                {900, 132, 232448},
                                {1000, 148, 232448},
                                {1200, 188, 101376}};

std::string nameOf(const testing::TestParamInfo<Gpu> &info) {
  return "sm" + std::to_string(info.param.version / 10);
}

INSTANTIATE_TEST_SUITE_P(Generations, DnnAttentionTest,
                         testing::ValuesIn(kGenerations), nameOf);
INSTANTIATE_TEST_SUITE_P(Generations, DnnTest, testing::ValuesIn(kGenerations),
                         nameOf);

} // namespace
