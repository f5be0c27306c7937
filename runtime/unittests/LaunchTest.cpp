//===- LaunchTest.cpp - The perceptron through the launcher ---------------===//
//
// Puts a bundle together from the perceptron's executable and runs it as a user
// does: exit statuses, outputs, statistics, and nothing left behind.
//===----------------------------------------------------------------------===//

#include "PerceptronFixture.h"
#include "dtc/runtime/Checksum.h"
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sys/wait.h>

using namespace dtc::runtime;
using namespace dtc::runtime::test;
namespace fs = std::filesystem;

namespace {

struct Outcome {
  int status;
  std::string text; ///< stdout and stderr
};

Outcome execute(const std::string &command) {
  FILE *pipe = popen((command + " 2>&1").c_str(), "r");
  Outcome outcome{-1, ""};
  char buffer[512];
  while (size_t got = fread(buffer, 1, sizeof buffer, pipe))
    outcome.text.append(buffer, got);
  int status = pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

std::set<std::string> sharedMemoryNames() {
  std::set<std::string> names;
  for (const auto &entry : fs::directory_iterator("/dev/shm"))
    if (entry.path().filename().string().find("dtc") != std::string::npos)
      names.insert(entry.path().filename());
  return names;
}

class LaunchTest : public PerceptronFixture {
protected:
  void SetUp() override {
    PerceptronFixture::SetUp();
    setMesh(1, 2);
    writeWeights();
    fs::copy_file(DTC_PERCEPTRON_RANK, at("rank0"));
    fs::create_hard_link(at("rank0"), at("rank1"));
    writeManifest();
    shared = sharedMemoryNames();
  }

  void writeManifest() {
    nlohmann::json manifest = {
        {"dtc_version", "test"},
        {"abi", DTC_PROGRAM_ABI},
        {"model", "perceptron"},
        {"target", "cpu"},
        {"mesh",
         {{{"name", "dp"}, {"size", 1}}, {{"name", "tp"}, {"size", 2}}}},
        {"inputs", nlohmann::json::array()},
        {"outputs", nlohmann::json::array()},
        {"collective_hash", checksumText(0x5eed)}};
    for (const char *rank : {"0", "1"}) {
      std::string executable = std::string("rank") + rank;
      std::string weights = std::string("weights.rank") + rank + ".safetensors";
      manifest["ranks"].push_back(
          {{"executable", executable}, {"weights", weights}});
      for (const std::string &name : {executable, weights})
        manifest["files"].push_back(fileEntry(name));
    }
    std::ofstream(at("manifest.json")) << manifest;
  }

  nlohmann::json fileEntry(const std::string &name) const {
    std::ifstream in(at(name), std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), {});
    return {{"name", name},
            {"size", bytes.size()},
            {"dtc64", checksumText(checksum(bytes.data(), bytes.size()))}};
  }

  Outcome launch(const std::string &arguments) const {
    return execute(std::string(DTC_RUN) + " " + folder + " " + arguments);
  }

  void expectNothingLeft() const {
    EXPECT_EQ(sharedMemoryNames(), shared);
    EXPECT_FALSE(fs::exists(at("out.npz")));
    for (const auto &entry : fs::directory_iterator(folder))
      EXPECT_NE(entry.path().extension(), ".tmp");
  }

  std::set<std::string> shared;
};

TEST_F(LaunchTest, a_bundle_runs) {
  Outcome outcome = launch(
      "--input " + at("in.npz") + " --output " + at("out.npz") + " --stats " +
      at("s.json") + " --trace " + at("t.json") + " --warmup 2 --repeat 50");
  ASSERT_EQ(outcome.status, 0) << outcome.text;
  expectNear(read(at("out.npz"), "y"), expectedY(w1, w2, 2));
  auto stats = nlohmann::json::parse(std::ifstream(at("s.json")));
  ASSERT_EQ(stats["ranks"].size(), 2u);
  for (const auto &rank : stats["ranks"]) {
    EXPECT_EQ(rank["collectives"], nlohmann::json({{"all_reduce", 50}}));
    EXPECT_LT(double(rank["startup_seconds"]), 5.0);
  }
  auto trace = nlohmann::json::parse(std::ifstream(at("t.json")));
  EXPECT_GT(trace["traceEvents"].size(), 200u);
  EXPECT_EQ(sharedMemoryNames(), shared);
}

TEST_F(LaunchTest, parameters_may_come_from_one_rank) {
  Outcome outcome =
      launch("--src-data-rank 1 --input " + at("in.npz") + " --output " +
             at("out.npz") + " --save-params " + at("p.safetensors"));
  ASSERT_EQ(outcome.status, 0) << outcome.text;
  expectNear(read(at("out.npz"), "y"), expectedY(w1, w2, 2));
  EXPECT_EQ(read(at("p.safetensors"), "net.w1"), w1);
}

TEST_F(LaunchTest, a_bad_input_ends_all_ranks_with_its_name) {
  writeArrays(at("bad.npz"), {source("x", {kBatch, kIn}, x)});
  Outcome outcome =
      launch("--input " + at("bad.npz") + " --output " + at("out.npz"));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.text.find("array 'c' is missing"), std::string::npos)
      << outcome.text;
  expectNothingLeft();
}

TEST_F(LaunchTest, damaged_weights_end_all_ranks) {
  fs::remove(at("weights.rank1.safetensors"));
  Outcome outcome =
      launch("--input " + at("in.npz") + " --output " + at("out.npz"));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.text.find("weights.rank1.safetensors"), std::string::npos)
      << outcome.text;
  expectNothingLeft();
}

TEST_F(LaunchTest, wrong_usage_is_status_two) {
  for (const char *arguments :
       {"--repeat 0", "--no-such-option", "--steps 2", "--src-data-rank 2", ""})
    EXPECT_EQ(launch(arguments + std::string(arguments[0] ? " --input " : "") +
                     (arguments[0] ? at("in.npz") : ""))
                  .status,
              2)
        << arguments;
  expectNothingLeft();
}

TEST_F(LaunchTest, a_rank_runs_under_any_launcher_that_sets_its_environment) {
  std::string options =
      " --transport shm --input " + at("in.npz") + " --output " + at("out.npz");
  std::string base = "WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=" +
                     std::to_string(20000 + getpid() % 20000) + " ";
  Outcome outcome =
      execute("(" + base + "RANK=1 " + at("rank1") + options + " & " + base +
              "RANK=0 " + at("rank0") + options + "; wait)");
  EXPECT_EQ(outcome.status, 0) << outcome.text;
  expectNear(read(at("out.npz"), "y"), expectedY(w1, w2, 2));
  EXPECT_EQ(sharedMemoryNames(), shared);
}

} // namespace
