//===- TransportTest.cpp - Meeting, gathering, failing --------------------===//

#include "TransportRanks.h"
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <set>
#include <thread>
#include <unistd.h>

using namespace dtc::runtime;
using namespace dtc::runtime::test;

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// All-reduces without end.
void reduceForever(Transport &transport) {
  dtc_collective desc = {};
  desc.kind = DTC_ALL_REDUCE;
  desc.dtype = DTC_F32;
  desc.outer = desc.inner = 1;
  desc.extent = 100;
  desc.module = "net2";
  auto collective = transport.createCollective(desc);
  std::vector<float> source(100, 1), result(100);
  for (;;) {
    collective->start(source.data(), result.data());
    collective->wait();
  }
}

RanksRequest requestOf(int64_t ranks) {
  RanksRequest request;
  request.meshSizes = {ranks};
  return request;
}

TEST(Transport, gathers_blobs_of_any_size_on_rank_zero) {
  RunningRanks running(requestOf(3), [](Transport &transport) {
    for (size_t unit : {size_t(0), size_t(1), size_t(70000), size_t(3000000)}) {
      size_t own = unit * static_cast<size_t>(transport.rank() + 1);
      std::vector<char> data(own, static_cast<char>('a' + transport.rank()));
      auto blobs = transport.gather(data.data(), own);
      if (transport.rank() != 0) {
        if (!blobs.empty())
          transport.fail("blobs away from rank 0");
        continue;
      }
      for (size_t rank = 0; rank < 3; ++rank)
        if (blobs[rank] !=
            std::vector<char>(unit * (rank + 1), static_cast<char>('a' + rank)))
          transport.fail("wrong blob");
    }
    transport.barrier();
  });
  int status = running.joinAll();
  EXPECT_EQ(status, 0) << running.errors();
}

TEST(Transport, ranks_meet_over_a_socket) {
  RanksRequest request = requestOf(4);
  request.meeting = RanksRequest::Socket;
  for (int round = 0; round < 5; ++round) {
    RunningRanks running(request, [](Transport &transport) {
      auto status = transport.handshake(7);
      if (!status)
        transport.fail(status.error().message);
      transport.barrier();
    });
    int status = running.joinAll();
    EXPECT_EQ(status, 0) << running.errors();
  }
}

TEST(Transport, a_handshake_names_the_rank_that_differs) {
  RunningRanks running(requestOf(4), [](Transport &transport) {
    auto status = transport.handshake(transport.rank() == 2 ? 8 : 7);
    if (status)
      transport.fail("accepted");
    transport.fail(status.error().message);
  });
  int status = running.joinAll();
  EXPECT_EQ(status, 1);
  std::string errors = running.errors();
  EXPECT_NE(errors.find("error: rank 2 is of another program: expected"),
            std::string::npos)
      << errors;
  // One rank tells.
  EXPECT_EQ(errors.find("error:"), errors.rfind("error:")) << errors;
}

TEST(Transport, a_rank_that_does_not_start_is_named) {
  for (auto meeting : {RanksRequest::InheritedMemory, RanksRequest::Socket}) {
    RanksRequest request = requestOf(3);
    request.timeoutSeconds = 1;
    request.meeting = meeting;
    RunningRanks running(request, [](Transport &) {
      std::this_thread::sleep_for(std::chrono::seconds(2));
    });
    kill(running.process(1), SIGKILL);
    Clock::time_point begin = Clock::now();
    // Ranks may have met before the signal arrives; then the watch ends them.
    int status = running.joinAll();
    EXPECT_LT(secondsSince(begin), 4);
    std::string errors = running.errors();
    if (errors.find("did not start") != std::string::npos)
      EXPECT_NE(errors.find("rank 1 did not start within 1 s"),
                std::string::npos)
          << errors;
    EXPECT_EQ(status, 128 + SIGKILL);
  }
}

TEST(Transport, a_killed_rank_ends_all_others_at_once) {
  for (int round = 0; round < 20; ++round) {
    RunningRanks running(requestOf(3), reduceForever);
    usleep(30000);
    size_t victim = static_cast<size_t>(round % 3);
    Clock::time_point begin = Clock::now();
    kill(running.process(victim), round % 2 ? SIGKILL : SIGABRT);
    for (size_t rank = 0; rank < 3; ++rank)
      if (rank != victim)
        EXPECT_EQ(running.join(rank), 1) << round;
    EXPECT_LT(secondsSince(begin), 1.0) << round;
    running.joinAll();
    EXPECT_EQ(running.errors(),
              "error: rank " + std::to_string(victim) + " died\n");
  }
}

TEST(Transport, a_stopped_rank_is_named_after_the_timeout) {
  for (int round = 0; round < 20; ++round) {
    RanksRequest request = requestOf(4);
    request.timeoutSeconds = 0.3;
    RunningRanks running(request, reduceForever);
    usleep(60000);
    size_t victim = static_cast<size_t>(round % 4);
    Clock::time_point begin = Clock::now();
    kill(running.process(victim), SIGSTOP);
    for (size_t rank = 0; rank < 4; ++rank)
      if (rank != victim)
        EXPECT_EQ(running.join(rank), 1) << round;
    EXPECT_LT(secondsSince(begin), 2.3) << round;
    kill(running.process(victim), SIGKILL);
    running.joinAll();
    std::string errors = running.errors();
    EXPECT_EQ(errors.find("error: rank " + std::to_string(victim) +
                          " did not arrive at the all_reduce of 'net2' within "
                          "0.3 s"),
              0u)
        << errors;
  }
}

TEST(Transport, a_failure_is_told_once) {
  RunningRanks running(requestOf(3), [](Transport &transport) {
    if (transport.rank() == 1)
      transport.fail("no such luck");
    reduceForever(transport);
  });
  EXPECT_EQ(running.joinAll(), 1);
  EXPECT_EQ(running.errors(), "error: no such luck\n");
}

TEST(Transport, ranks_that_finish_early_disturb_nobody) {
  RunningRanks running(requestOf(4), [](Transport &transport) {
    transport.barrier();
    if (transport.rank() == 3)
      usleep(100000);
  });
  int status = running.joinAll();
  EXPECT_EQ(status, 0) << running.errors();
}

TEST(Transport, nothing_has_a_name) {
  auto names = [] {
    std::set<std::string> found;
    for (const auto &entry : std::filesystem::directory_iterator("/dev/shm"))
      if (entry.path().filename().string().find("dtc") != std::string::npos)
        found.insert(entry.path().filename());
    return found;
  };
  auto before = names();
  RanksRequest request = requestOf(2);
  request.meeting = RanksRequest::Socket;
  RunningRanks running(request, reduceForever);
  usleep(50000);
  EXPECT_EQ(names(), before);
}

} // namespace
