//===- StandInDnnTest.cpp - Attention's gradient by the emulated cuDNN ----===//
//
// What is chosen for shapes that are too large to be computed in a test.
//===----------------------------------------------------------------------===//

#include "../lib/Cuda/DnnAttention.h"
#include <cstdlib>
#include <gtest/gtest.h>

using namespace dtc::runtime;
using namespace dtc::runtime::cuda;

namespace {

class StandInDnnTest : public testing::Test {
protected:
  void SetUp() override {
    const char *chosen = std::getenv("DTC_CUDNN");
    std::string before = chosen ? chosen : "";
    setenv("DTC_CUDNN", DTC_EMULATED_CUDA, 1);
    auto opened = openDnn();
    if (chosen)
      setenv("DTC_CUDNN", before.c_str(), 1);
    else
      unsetenv("DTC_CUDNN");
    ASSERT_TRUE(opened) << opened.error().message;
    dnn = *opened;
  }

  Dnn dnn;
  AlgorithmCache cache;
};

constexpr int64_t kBatch = 2, kHeads = 16;

/// As many keys as queries, all tensors without gaps.
dtc_attention_gradient gradientOf(int64_t rows, int64_t depth) {
  dtc_attention_gradient desc = {};
  dtc_attention &attention = desc.attention;
  attention.dtype = DTC_F16;
  attention.has_sums = 1;
  attention.scale = 0.125F;
  for (int64_t *shape : {attention.query_shape, attention.key_shape,
                         attention.value_shape, attention.result_shape})
    std::copy_n(
        std::initializer_list<int64_t>{kBatch, kHeads, rows, depth}.begin(), 4,
        shape);
  for (int64_t *strides :
       {attention.query_strides, attention.key_strides, attention.value_strides,
        attention.result_strides, desc.gradient_strides,
        desc.query_gradient_strides, desc.key_gradient_strides,
        desc.value_gradient_strides})
    std::copy_n(std::initializer_list<int64_t>{kHeads * rows * depth,
                                               rows * depth, depth, 1}
                    .begin(),
                4, strides);
  return desc;
}

constexpr size_t kEngine = 256, kDepth = 64;

/// Bytes of f32 for each row, and of the gradient of the queries.
size_t rowBytes(int64_t rows) { return 4 * kBatch * kHeads * size_t(rows); }
size_t queryBytes(int64_t rows) { return rowBytes(rows) * kDepth; }

TEST_F(StandInDnnTest, ScoresThatFitAreSummedInOrder) {
  auto plan = planAttentionGradient(dnn, gradientOf(1024, kDepth), cache);
  ASSERT_TRUE(plan) << plan.error().message;
  size_t scores = 2 * kBatch * kHeads * size_t(1024 * 1024);
  EXPECT_EQ((*plan)->workspaceBytes(), kEngine + scores + rowBytes(1024));
}

TEST_F(StandInDnnTest, ScoresThatDoNotFitAreSummedInAnyOrder) {
  // The second time by what was chosen the first time.
  for (int i = 0; i < 2; ++i) {
    auto plan = planAttentionGradient(dnn, gradientOf(4096, kDepth), cache);
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ((*plan)->workspaceBytes(),
              kEngine + rowBytes(4096) + queryBytes(4096));
  }
}

TEST_F(StandInDnnTest, RowsThatDoNotFitAreNamed) {
  auto plan = planAttentionGradient(dnn, gradientOf(64, 12), cache);
  ASSERT_FALSE(plan);
  EXPECT_NE(plan.error().message.find("cuDNN 9.19.0 has no engine for it"),
            std::string::npos)
      << plan.error().message;
}

} // namespace
