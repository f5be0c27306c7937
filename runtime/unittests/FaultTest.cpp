//===- FaultTest.cpp - What the launcher does when things go wrong --------===//
//
// The perceptron repeats its step for hours, until something happens to one of
// its processes.
//===----------------------------------------------------------------------===//

#include "PerceptronFixture.h"
#include "dtc/runtime/Checksum.h"
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

using namespace dtc::runtime;
using namespace dtc::runtime::test;
namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

class FaultTest : public PerceptronFixture {
protected:
  void SetUp() override {
    PerceptronFixture::SetUp();
    setMesh(1, 2);
    writeWeights();
    fs::copy_file(DTC_PERCEPTRON_RANK, at("rank0"));
    fs::create_hard_link(at("rank0"), at("rank1"));
    writeManifest();
  }
  void TearDown() override {
    if (launcher > 0) {
      kill(launcher, SIGKILL);
      waitpid(launcher, nullptr, 0);
    }
    PerceptronFixture::TearDown();
  }

  void writeManifest() {
    nlohmann::json manifest = {
        {"abi", DTC_PROGRAM_ABI},
        {"model", "perceptron"},
        {"target", "cpu"},
        {"mesh",
         {{{"name", "dp"}, {"size", 1}}, {{"name", "tp"}, {"size", 2}}}}};
    for (const char *rank : {"rank0", "rank1"}) {
      manifest["ranks"].push_back({{"executable", rank}});
      std::ifstream in(at(rank), std::ios::binary);
      std::string bytes((std::istreambuf_iterator<char>(in)), {});
      manifest["files"].push_back(
          {{"name", rank},
           {"size", bytes.size()},
           {"dtc64", checksumText(checksum(bytes.data(), bytes.size()))}});
    }
    std::ofstream(at("manifest.json")) << manifest;
  }

  /// Starts dtc-run in the background and returns when its ranks compute.
  void launch(const std::vector<std::string> &more) {
    std::vector<std::string> arguments = {
        DTC_RUN,    folder,        "--input",  at("in.npz"),
        "--output", at("out.npz"), "--repeat", "1000000000"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    launcher = fork();
    if (launcher == 0) {
      // A sanitizer would turn a crash into an exit.
      setenv("ASAN_OPTIONS", "handle_segv=0", 1);
      int log = open(at("log").c_str(), O_WRONLY | O_CREAT, 0600);
      dup2(log, 2);
      std::vector<char *> pointers;
      for (std::string &argument : arguments)
        pointers.push_back(argument.data());
      pointers.push_back(nullptr);
      execv(DTC_RUN, pointers.data());
      _exit(99);
    }
    for (int i = 0; i < 200 && ranks().size() < 2; ++i)
      usleep(5000);
    ASSERT_EQ(ranks().size(), 2u);
    usleep(100000);
  }

  /// Processes whose executable lies in the bundle, by its name.
  std::map<std::string, pid_t> ranks() const {
    std::map<std::string, pid_t> found;
    for (const auto &entry : fs::directory_iterator("/proc")) {
      std::error_code error;
      fs::path executable = fs::read_symlink(entry.path() / "exe", error);
      if (error || executable.parent_path() != fs::canonical(folder))
        continue;
      std::ifstream name(entry.path() / "comm");
      std::string command;
      name >> command;
      found[command] = std::stoi(entry.path().filename());
    }
    return found;
  }

  /// The launcher's exit status.
  int join() {
    int status = 0;
    waitpid(launcher, &status, 0);
    launcher = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  std::string log() const {
    std::ifstream in(at("log"));
    return {std::istreambuf_iterator<char>(in), {}};
  }

  void expectNothingLeft() {
    for (int i = 0; i < 200 && !ranks().empty(); ++i)
      usleep(10000);
    EXPECT_TRUE(ranks().empty());
    EXPECT_FALSE(fs::exists(at("out.npz")));
  }

  pid_t launcher = -1;
};

TEST_F(FaultTest, a_killed_rank_is_named_twenty_times_of_twenty) {
  for (int round = 0; round < 20; ++round) {
    launch({});
    std::string victim = round % 2 ? "rank1" : "rank0";
    auto begin = Clock::now();
    kill(ranks()[victim], SIGKILL);
    EXPECT_EQ(join(), 1);
    EXPECT_LT(Clock::now() - begin, std::chrono::seconds(2));
    EXPECT_EQ(log(), std::string("dtc-run: error: rank ") + victim.back() +
                         " was killed by signal 9 (SIGKILL)\n");
    expectNothingLeft();
    fs::remove(at("log"));
  }
}

TEST_F(FaultTest, ranks_that_fail_together_say_why) {
  std::ofstream(at("bad.npz")) << "no archive";
  std::string command = std::string(DTC_RUN) + " " + folder + " --input " +
                        at("bad.npz") + " 2> " + at("log");
  for (int round = 0; round < 100; ++round) {
    EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1);
    ASSERT_NE(log().find("bad.npz'"), std::string::npos) << log();
  }
}

TEST_F(FaultTest, a_crashed_rank_is_named) {
  launch({});
  kill(ranks()["rank1"], SIGSEGV);
  EXPECT_EQ(join(), 1);
  EXPECT_EQ(log(),
            "dtc-run: error: rank 1 was killed by signal 11 (SIGSEGV)\n");
  expectNothingLeft();
}

TEST_F(FaultTest, a_stopped_rank_is_named_after_the_timeout) {
  for (const char *victim : {"rank0", "rank1"}) {
    launch({"--timeout", "0.5"});
    auto begin = Clock::now();
    kill(ranks()[victim], SIGSTOP);
    EXPECT_EQ(join(), 1);
    EXPECT_LT(Clock::now() - begin, std::chrono::milliseconds(2500));
    EXPECT_NE(log().find(std::string("rank ") + (victim + 4) +
                         " did not arrive at the all_reduce"),
              std::string::npos)
        << log();
    expectNothingLeft();
    fs::remove(at("log"));
  }
}

TEST_F(FaultTest, ranks_die_with_the_launcher) {
  for (int signal : {SIGKILL, SIGTERM, SIGINT}) {
    launch({});
    kill(ranks()["rank1"], SIGSTOP);
    kill(launcher, signal);
    int status = join();
    EXPECT_EQ(status, signal == SIGKILL ? -SIGKILL : 128 + signal);
    expectNothingLeft();
  }
}

TEST_F(FaultTest, a_damaged_executable_is_refused) {
  fs::remove(at("rank1"));
  fs::copy_file(at("rank0"), at("rank1"));
  std::fstream file(at("rank1"), std::ios::in | std::ios::out);
  file.seekp(5000);
  file.put('!');
  file.close();
  std::string command = std::string(DTC_RUN) + " " + folder + " --input " +
                        at("in.npz") + " 2> " + at("log");
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1);
  EXPECT_NE(log().find("rank1' is damaged: expected checksum"),
            std::string::npos)
      << log();
}

TEST_F(FaultTest, a_file_outside_of_the_bundle_is_refused) {
  fs::rename(at("rank1"), at("elsewhere"));
  fs::create_symlink(at("elsewhere"), at("rank1"));
  std::string command = std::string(DTC_RUN) + " " + folder + " --input " +
                        at("in.npz") + " 2> " + at("log");
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1);
  EXPECT_NE(log().find("rank1"), std::string::npos) << log();
}

#ifdef DTC_HAS_MPI
TEST_F(FaultTest, mpi_runs_a_bundle_and_reports_failures) {
  std::string base = std::string(DTC_RUN) + " " + folder +
                     " --transport mpi --output " + at("out.npz") + " --input ";
  std::string end = " 2> " + at("log");
  ASSERT_EQ(std::system((base + at("in.npz") + end).c_str()), 0) << log();
  expectNear(read(at("out.npz"), "y"), expectedY(w1, w2, 2));
  fs::remove(at("out.npz"));
  int status = std::system((base + at("none.npz") + end).c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_NE(log().find("none.npz"), std::string::npos) << log();
  expectNothingLeft();
}

TEST_F(FaultTest, mpi_names_a_stopped_rank) {
  launch({"--transport", "mpi", "--timeout", "1"});
  usleep(1000000);
  kill(ranks()["rank1"], SIGSTOP);
  EXPECT_EQ(join(), 1);
  EXPECT_NE(log().find("rank 1 did not arrive"), std::string::npos) << log();
  expectNothingLeft();
}
#endif

} // namespace
