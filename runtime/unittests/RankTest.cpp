//===- RankTest.cpp - The parts of a rank by themselves -------------------===//

#include "../lib/Rank/Assemble.h"
#include "../lib/Rank/Options.h"
#include "../lib/Rank/Recorder.h"
#include "PerceptronProgram.h"
#include "dtc/runtime/ElementType.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace dtc::runtime;
using namespace dtc::runtime::test;

namespace {

TEST(Options, values_may_follow_or_be_attached) {
  auto options = parseOptions({"--input", "a.npz", "--repeat=20",
                               "--src-data-rank", "none", "--timeout", "1.5"});
  ASSERT_TRUE(bool(options));
  EXPECT_EQ(options->input, "a.npz");
  EXPECT_EQ(options->repeat, 20);
  EXPECT_EQ(options->timeoutSeconds, 1.5);
  EXPECT_FALSE(options->srcDataRank.has_value());
  EXPECT_EQ(parseOptions({"--src-data-rank=2"})->srcDataRank, 2);
}

TEST(Options, mistakes_are_explained) {
  auto refusal = [](std::vector<std::string> arguments) {
    auto options = parseOptions(arguments);
    return options ? "accepted" : options.error().message;
  };
  EXPECT_EQ(refusal({"--inptu", "x"}),
            "unknown argument '--inptu' (--help lists the options)");
  EXPECT_EQ(refusal({"x"}), "unknown argument 'x' (--help lists the options)");
  EXPECT_EQ(refusal({"--input"}), "option '--input': expected FILE.npz");
  EXPECT_EQ(refusal({"--repeat", "0"}),
            "option '--repeat': expected a number of at least 1, got '0'");
  EXPECT_EQ(refusal({"--repeat", "1x"}),
            "option '--repeat': expected a number of at least 1, got '1x'");
  EXPECT_EQ(refusal({"--repeat", "99999999999999999999"}),
            "option '--repeat': expected a number of at least 1, got "
            "'99999999999999999999'");
  EXPECT_EQ(refusal({"--timeout", "-1"}),
            "option '--timeout': expected a number of seconds above 0, got "
            "'-1'");
  EXPECT_EQ(refusal({"--transport", "tcp"}),
            "option '--transport': expected auto, shm, mpi or nccl, got 'tcp'");
  EXPECT_EQ(refusal({"--repeat", "1", "--repeat", "2"}),
            "option '--repeat' is given twice");
}

TEST(Options, help_lists_every_option) {
  EXPECT_EQ(parseOptions({"--help"})->action, RankOptions::Help);
  for (const char *name :
       {"--input", "--output", "--local-output", "--steps", "--warmup",
        "--repeat", "--stats", "--trace", "--transport", "--src-data-rank",
        "--params", "--save-params", "--random-params", "--checkpoint-every",
        "--timeout"})
    EXPECT_NE(usageText().find(name), std::string::npos) << name;
}

/// A program of one tensor on a mesh.
RankProgram programOn(std::vector<int64_t> mesh, dtc_program &table) {
  RankProgram program;
  table = {};
  table.world_size = 1;
  for (int64_t size : mesh)
    table.world_size *= int32_t(size);
  program.table = &table;
  program.meshSizes = std::move(mesh);
  program.coordinates.assign(program.meshSizes.size(), 0);
  return program;
}

TEST(Program, tables_that_do_not_fit_are_refused) {
  auto refusal = [](const dtc_program &table, int64_t rank) {
    auto program = readProgram(table, rank);
    return program ? "accepted" : program.error().message;
  };
  dtc_program table = perceptronProgram(2, 2);
  EXPECT_EQ(refusal(table, 3), "accepted");
  EXPECT_EQ(refusal(table, 4),
            "expected a rank below 4 (the bundle's mesh), got 4");
  table.world_size = 3;
  EXPECT_EQ(refusal(table, 0), "the program's mesh has 4 ranks, expected 3");
  table.abi = 99;
  EXPECT_NE(refusal(table, 0).find("runtime interface 99, expected " +
                                   std::to_string(DTC_PROGRAM_ABI)),
            std::string::npos);
  table = perceptronProgram(2, 2);
  dtc_parameter_use uses[] = {{DTC_UPDATED, 0, 0}, {DTC_STATE, -1, 0.5}};
  table.parameter_uses = uses;
  EXPECT_NE(refusal(table, 0).find("is no memory for output"),
            std::string::npos);
  uses[0].output = table.num_outputs;
  EXPECT_NE(refusal(table, 0).find("has an invalid use"), std::string::npos);
  uses[0].output = -1;
  EXPECT_EQ(refusal(table, 0), "accepted");
  table = perceptronProgram(2, 2);
  dtc_tensor input = table.inputs[0];
  table.inputs = &input;
  table.num_inputs = 1;
  const dtc_placement outside[] = {{DTC_SHARD, 2, 0}, {DTC_REPLICATE, 0, 0}};
  input.placements = outside;
  EXPECT_EQ(refusal(table, 0),
            "'x' is sharded on dimension 2 of shape [7, 10]");
  const int64_t huge[] = {int64_t(1) << 40, int64_t(1) << 40};
  input.shape = huge;
  EXPECT_NE(refusal(table, 0).find("invalid type or shape"), std::string::npos);
}

TEST(Assemble, mixed_partials_reduce_the_first_axis_first) {
  dtc_program table;
  RankProgram program = programOn({2, 2}, table);
  BoundaryTensor tensor;
  tensor.dtype = DTC_F32;
  tensor.shape = {1};
  tensor.placements = {{DTC_PARTIAL, 0, DTC_SUM}, {DTC_PARTIAL, 0, DTC_MAX}};
  const float values[] = {1, 10, 5, 2};
  float whole = 0;
  assemble(
      program, tensor, [&](int64_t rank) { return &values[rank]; }, &whole);
  EXPECT_EQ(whole, 12.0f); // max(1 + 5, 10 + 2), not max(1, 10) + max(5, 2)
}

TEST(Assemble, shards_of_partials_and_averages) {
  dtc_program table;
  RankProgram program = programOn({2, 2}, table);
  BoundaryTensor tensor;
  tensor.dtype = DTC_F32;
  tensor.shape = {3};
  tensor.placements = {{DTC_PARTIAL, 0, DTC_AVG}, {DTC_SHARD, 0, 0}};
  const float pieces[4][2] = {{1, 2}, {3, 0}, {5, 6}, {7, 0}};
  float whole[3] = {};
  assemble(program, tensor, [&](int64_t rank) { return pieces[rank]; }, whole);
  EXPECT_EQ(whole[0], 3.0f);
  EXPECT_EQ(whole[1], 4.0f);
  EXPECT_EQ(whole[2], 5.0f);
}

TEST(Assemble, of_replicas_only_the_first_is_needed) {
  dtc_program table;
  RankProgram program = programOn({2, 2}, table);
  BoundaryTensor tensor;
  tensor.dtype = DTC_F32;
  tensor.shape = {4};
  tensor.placements = {{DTC_REPLICATE, 0, 0}, {DTC_SHARD, 0, 0}};
  EXPECT_TRUE(contributes(program, tensor, 0));
  EXPECT_TRUE(contributes(program, tensor, 1));
  EXPECT_FALSE(contributes(program, tensor, 2));
  EXPECT_FALSE(contributes(program, tensor, 3));
}

TEST(Assemble, every_reduction_of_integers_halves_and_booleans) {
  int32_t a[] = {3, -4}, b[] = {-5, -6};
  reduceInto(DTC_I32, DTC_MIN, a, b, 2);
  EXPECT_EQ(a[0], -5);
  reduceInto(DTC_I32, DTC_PRODUCT, a, b, 2);
  EXPECT_EQ(a[1], 36);
  int32_t top = INT32_MAX, one = 1;
  reduceInto(DTC_I32, DTC_SUM, &top, &one, 1);
  EXPECT_EQ(top, INT32_MIN);
  uint16_t half = f16FromFloat(1.5f), other = f16FromFloat(2.25f);
  reduceInto(DTC_F16, DTC_SUM, &half, &other, 1);
  EXPECT_EQ(floatFromF16(half), 3.75f);
  uint8_t yes = 1, no = 0;
  reduceInto(DTC_BOOL, DTC_PRODUCT, &yes, &no, 1);
  EXPECT_EQ(yes, 0);
  float number = 1, nan = NAN;
  reduceInto(DTC_F32, DTC_MAX, &number, &nan, 1);
  EXPECT_TRUE(number != number);
  reduceInto(DTC_F32, DTC_MAX, &nan, &number, 1);
  EXPECT_TRUE(nan != nan);
}

TEST(Recorder, result_bytes_follow_the_kind) {
  dtc_collective collective = {};
  collective.dtype = DTC_F32;
  collective.outer = 2;
  collective.extent = 5;
  collective.inner = 3;
  EXPECT_EQ(resultBytes(collective, 4, 3), 120);
  collective.kind = DTC_REDUCE_SCATTER;
  EXPECT_EQ(resultBytes(collective, 4, 0), 48);
  EXPECT_EQ(resultBytes(collective, 4, 3), 0);
  const int64_t shape[] = {5, 6};
  collective.kind = DTC_ALL_TO_ALL;
  collective.ndim = 2;
  collective.to_dim = 1;
  collective.shape = shape;
  EXPECT_EQ(resultBytes(collective, 4, 0), 5 * 2 * 4);
}

TEST(Recorder, the_process_is_older_than_nothing_and_uses_memory) {
  EXPECT_LT(processAgeNanoseconds(), int64_t(3600) * 1'000'000'000);
  EXPECT_GT(highestMemoryBytes(), 1 << 20);
}

} // namespace
