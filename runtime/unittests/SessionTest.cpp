//===- SessionTest.cpp - A hand-written program on several ranks ----------===//
//
// Runs the perceptron on forked ranks and compares every run with the same sums
// in one process.
//===----------------------------------------------------------------------===//

#include "../lib/Rank/Session.h"
#include "NaiveTransport.h"
#include "PerceptronFixture.h"
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace dtc::runtime;
using namespace dtc::runtime::test;
namespace fs = std::filesystem;

namespace {

class SessionTest : public PerceptronFixture {
protected:
  std::vector<RankOutcome> run(std::vector<std::string> arguments) {
    auto options = parseOptions(arguments);
    EXPECT_TRUE(bool(options));
    return runRanks(mesh, [&](std::unique_ptr<Transport> transport) {
      auto program = readProgram(*table, transport->rank());
      selectPerceptronRank(transport->rank());
      Session session(std::move(*program), *options, folder,
                      std::move(transport));
      if (auto status = session.run(); !status)
        session.fail(status.error().message.c_str());
    });
  }

  void expectSuccess(const std::vector<RankOutcome> &outcomes) {
    for (const RankOutcome &outcome : outcomes)
      EXPECT_EQ(outcome.exitStatus, 0) << outcome.message;
  }

  /// Runs and expects that some rank refuses with `text`, and no output.
  void expectRefused(std::vector<std::string> arguments,
                     const std::string &text) {
    arguments.insert(arguments.end(), {"--output", at("refused.npz")});
    std::string messages;
    for (const RankOutcome &outcome : run(arguments)) {
      EXPECT_NE(outcome.exitStatus, 0);
      messages += outcome.message + "\n";
    }
    EXPECT_NE(messages.find(text), std::string::npos) << messages;
    EXPECT_FALSE(fs::exists(at("refused.npz")));
    for (const auto &entry : fs::directory_iterator(folder))
      EXPECT_NE(entry.path().extension(), ".tmp");
  }
};

TEST_F(SessionTest, outputs_are_whole_on_every_mesh) {
  for (auto [dp, tp] : {std::pair<int64_t, int64_t>{1, 1},
                        {1, 2},
                        {1, 4},
                        {2, 2},
                        {4, 1},
                        {1, 6}}) {
    SCOPED_TRACE(std::to_string(dp) + "x" + std::to_string(tp));
    setMesh(dp, tp);
    writeWeights();
    expectSuccess(run({"--input", at("in.npz"), "--output", at("out.npz")}));
    Values hidden, y = expectedY(w1, w2, tp, &hidden);
    expectNear(read(at("out.npz"), "y"), y);
    expectNear(read(at("out.npz"), "p"), y);
    expectNear(read(at("out.npz"), "h"), hidden);
  }
}

TEST_F(SessionTest, local_outputs_are_each_ranks_own_pieces) {
  setMesh(1, 2);
  writeWeights();
  expectSuccess(
      run({"--input", at("in.npz"), "--local-output", at("local.npz")}));
  Values p0 = read(at("local.npz"), "p.rank0"),
         p1 = read(at("local.npz"), "p.rank1");
  EXPECT_NE(p0, p1);
  for (size_t i = 0; i < p0.size(); ++i)
    p0[i] += p1[i];
  expectNear(p0, read(at("local.npz"), "y.rank1"));
  EXPECT_EQ(read(at("local.npz"), "h.rank0").size(), size_t(kBatch * 5));
  EXPECT_EQ(read(at("local.npz"), "h.rank1").size(), size_t(kBatch * 4));
}

TEST_F(SessionTest, one_rank_may_bring_its_own_contribution) {
  setMesh(1, 2);
  writeWeights();
  Values zero(c.size(), 0.0f);
  writeArrays(at("own.npz"),
              {source("x", {kBatch, kIn}, x), source("c", {kBatch, kOut}, c),
               source("c.rank1", {kBatch, kOut}, zero)});
  expectSuccess(run({"--input", at("own.npz"), "--output", at("out.npz")}));
  expectNear(read(at("out.npz"), "y"), expectedY(w1, w2, 1));
}

TEST_F(SessionTest, stats_and_trace_say_what_ran) {
  setMesh(1, 2);
  writeWeights();
  expectSuccess(run({"--input", at("in.npz"), "--warmup", "3", "--repeat", "5",
                     "--stats", at("s.json"), "--trace", at("t.json")}));
  auto stats = nlohmann::json::parse(std::ifstream(at("s.json")));
  ASSERT_EQ(stats["ranks"].size(), 2u);
  for (size_t rank = 0; rank < 2; ++rank) {
    const auto &one = stats["ranks"][rank];
    EXPECT_EQ(one["rank"], rank);
    ASSERT_EQ(one["step_seconds"].size(), 5u);
    ASSERT_EQ(one["collective_seconds"].size(), 5u);
    for (size_t i = 0; i < 5; ++i) {
      EXPECT_GT(double(one["collective_seconds"][i]), 0.0);
      EXPECT_LT(double(one["collective_seconds"][i]),
                double(one["step_seconds"][i]));
    }
    EXPECT_EQ(one["collectives"], nlohmann::json({{"all_reduce", 5}}));
    EXPECT_EQ(one["bytes_moved"], 5 * kBatch * kOut * 4);
    EXPECT_GT(int64_t(one["peak_memory_bytes"]), 1 << 20);
    EXPECT_GT(double(one["load_seconds"]), 0.0);
    EXPECT_GT(double(one["startup_seconds"]), 0.0);
  }
  auto trace = nlohmann::json::parse(std::ifstream(at("t.json")));
  std::map<std::string, int> calls;
  for (const auto &event : trace["traceEvents"])
    if (event["ph"] == "X") {
      ++calls[event["name"]];
      EXPECT_GE(double(event["dur"]), 0.0);
      if (event["tid"] == 1)
        EXPECT_EQ(event["args"]["cause"], kPerceptronCause);
    }
  EXPECT_EQ(calls["all_reduce"], 2 * 8);
  EXPECT_EQ(calls["all_reduce start"], 2 * 8);
  EXPECT_GE(calls["compute"], 2 * 8);
}

TEST_F(SessionTest, parameters_are_replaced_saved_and_distributed) {
  for (auto [dp, tp] : {std::pair<int64_t, int64_t>{1, 3}, {2, 2}}) {
    setMesh(dp, tp);
    writeWeights();
    Values other = randomValues(kIn * kHidden, 9);
    writeArrays(at("p.npz"), {source("net.w1", {kIn, kHidden}, other)});
    expectSuccess(
        run({"--input", at("in.npz"), "--params", at("p.npz"), "--save-params",
             at("p.safetensors"), "--output", at("out.npz")}));
    expectNear(read(at("out.npz"), "y"), expectedY(other, w2, tp));
    EXPECT_EQ(read(at("p.safetensors"), "net.w1"), other);
    EXPECT_EQ(read(at("p.safetensors"), "net.w2"), w2);
    for (const char *from : {"0", "1", "2"}) {
      expectSuccess(
          run({"--input", at("in.npz"), "--params", at("p.safetensors"),
               "--src-data-rank", from, "--output", at("again.npz")}));
      expectNear(read(at("again.npz"), "y"), expectedY(other, w2, tp));
      expectSuccess(run({"--input", at("in.npz"), "--src-data-rank", from,
                         "--output", at("bundle.npz")}));
      expectNear(read(at("bundle.npz"), "y"), expectedY(w1, w2, tp));
    }
  }
}

TEST_F(SessionTest, with_a_source_rank_all_ranks_get_its_parameters) {
  setMesh(1, 2);
  writeWeights();
  Values own = randomValues(kIn * kHidden, 9);
  writeArrays(at("p.npz"), {source("net.w1", {kIn, kHidden}, w1),
                            source("net.w1.rank1", {kIn, kHidden}, own)});
  expectSuccess(
      run({"--input", at("in.npz"), "--params", at("p.npz"), "--src-data-rank",
           "1", "--output", at("out.npz"), "--stats", at("s.json")}));
  expectNear(read(at("out.npz"), "y"), expectedY(own, w2, 2));
  auto stats = nlohmann::json::parse(std::ifstream(at("s.json")));
  EXPECT_EQ(stats["ranks"][0]["collectives"],
            nlohmann::json({{"all_reduce", 1}, {"scatter", 2}}));
  expectSuccess(run({"--input", at("in.npz"), "--params", at("p.npz"),
                     "--save-params", at("mixed.safetensors")}));
  Values mixed = read(at("mixed.safetensors"), "net.w1");
  for (size_t i = 0; i < mixed.size(); ++i)
    EXPECT_EQ(mixed[i], (i % kHidden < 5 ? w1 : own)[i]);
}

TEST_F(SessionTest, random_parameters_are_the_same_on_every_mesh) {
  Values first;
  for (auto [dp, tp] : {std::pair<int64_t, int64_t>{1, 1}, {1, 4}, {2, 2}}) {
    setMesh(dp, tp);
    for (std::vector<std::string> extra :
         {std::vector<std::string>{},
          {"--src-data-rank", std::to_string(dp * tp - 1)}}) {
      std::vector<std::string> arguments = {
          "--input", at("in.npz"),    "--random-params",
          "7",       "--save-params", at("r.safetensors")};
      arguments.insert(arguments.end(), extra.begin(), extra.end());
      expectSuccess(run(arguments));
      Values values = read(at("r.safetensors"), "net.w1");
      if (first.empty())
        first = values;
      EXPECT_EQ(values, first);
    }
  }
  std::sort(first.begin(), first.end());
  EXPECT_GT(first.back(), 0.03f);
  EXPECT_LT(first.front(), -0.03f);
  EXPECT_LE(first.back(), 0.05f);
}

TEST_F(SessionTest, inputs_must_match_exactly) {
  setMesh(1, 2);
  writeWeights();
  auto refused = [&](const std::vector<ArraySource> &arrays,
                     const std::string &text) {
    writeArrays(at("bad.npz"), arrays);
    expectRefused({"--input", at("bad.npz")}, text);
  };
  ArraySource goodX = source("x", {kBatch, kIn}, x),
              goodC = source("c", {kBatch, kOut}, c);
  refused({goodX}, "array 'c' is missing: expected f32 [7, 5]");
  refused({goodX, goodC, source("z", {1}, {1.0f})},
          "array 'z' is not an input of the program: expected 'x', 'c'");
  refused({goodX, goodC, source("x.rank0", {kBatch, kIn}, x)},
          "array 'x.rank0' is not an input");
  refused({goodC, source("x", {kIn, kBatch}, x)},
          "array 'x': expected f32 [7, 10], got f32 [10, 7]");
  ArraySource wide = goodX;
  wide.dtype = DTC_I32;
  refused({wide, goodC}, "array 'x': expected f32 [7, 10], got i32 [7, 10]");
  expectRefused({"--input", at("none.npz")}, "none.npz': cannot open");
}

TEST_F(SessionTest, weights_must_be_those_of_the_program) {
  setMesh(1, 2);
  expectRefused({"--input", at("in.npz")}, "weights.rank");
  writeWeights();
  fs::copy_file(at("weights.rank0.safetensors"),
                at("weights.rank1.safetensors"),
                fs::copy_options::overwrite_existing);
  expectRefused({"--input", at("in.npz")},
                "tensor 'net.w1': expected f32 [10, 4], got f32 [10, 5]");
  writeWeights();
  fs::resize_file(at("weights.rank1.safetensors"),
                  fs::file_size(at("weights.rank1.safetensors")) - 4);
  expectRefused({"--input", at("in.npz")}, "cut short");
  writeWeights();
  std::fstream file(at("weights.rank0.safetensors"),
                    std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-3, std::ios::end);
  file.put('\x55');
  file.close();
  expectRefused({"--input", at("in.npz")}, "is damaged");
  writeArrays(at("p.npz"), {source("net.w9", {1}, {1.0f})});
  expectRefused({"--input", at("in.npz"), "--params", at("p.npz")},
                "array 'net.w9' is not a parameter");
}

TEST_F(SessionTest, an_unwritable_output_is_known_before_the_run) {
  setMesh(1, 2);
  writeWeights();
  expectRefused({"--input", at("in.npz"), "--stats", at("no/such/s.json")},
                "no/such/s.json': cannot create");
}

} // namespace
