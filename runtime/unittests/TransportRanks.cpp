//===- TransportRanks.cpp - Forked ranks over a real transport ------------===//

#include "TransportRanks.h"
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dtc::runtime::test {
namespace {

void limitProcessors(int count) {
  cpu_set_t all, some;
  sched_getaffinity(0, sizeof all, &all);
  CPU_ZERO(&some);
  for (int cpu = 0; cpu < CPU_SETSIZE && count > 0; ++cpu)
    if (CPU_ISSET(cpu, &all)) {
      CPU_SET(cpu, &some);
      --count;
    }
  sched_setaffinity(0, sizeof some, &some);
}

[[noreturn]] void runRank(const RanksRequest &request, int64_t rank,
                          int64_t world, const RunningRanks::Body &body) {
  alarm(600);
  setenv("RANK", std::to_string(rank).c_str(), 1);
  setenv("WORLD_SIZE", std::to_string(world).c_str(), 1);
  if (request.processors > 0)
    limitProcessors(request.processors);
  TransportOptions options;
  options.name = "shm";
  options.timeoutSeconds = request.timeoutSeconds;
  options.meshSizes = request.meshSizes;
  options.meshNames.resize(request.meshSizes.size(), "axis");
  auto transport = connectTransport(options);
  if (!transport) {
    std::fprintf(stderr, "error: %s\n", transport.error().message.c_str());
    _exit(1);
  }
  body(**transport);
  transport->reset();
  _exit(0);
}

} // namespace

RunningRanks::RunningRanks(const RanksRequest &request, const Body &body) {
  int64_t world = 1;
  for (int64_t size : request.meshSizes)
    world *= size;
  int ends[2];
  if (::pipe(ends) != 0)
    std::abort();
  pipe = ends[0];
  int memory = memfd_create("dtc-test", 0);
  static int jobs = 0;
  std::string port = std::to_string(getpid()) + "-" + std::to_string(++jobs);
  setenv("MASTER_PORT", port.c_str(), 1);
  if (request.meeting == RanksRequest::InheritedMemory)
    setenv("DTC_MEMORY_FD", std::to_string(memory).c_str(), 1);
  else
    unsetenv("DTC_MEMORY_FD");
  for (int64_t rank = 0; rank < world; ++rank) {
    pid_t child = fork();
    if (child == 0) {
      dup2(ends[1], 2);
      close(ends[0]);
      close(ends[1]);
      if (request.meeting == RanksRequest::Socket)
        close(memory);
      runRank(request, rank, world, body);
    }
    processes.push_back(child);
  }
  close(ends[1]);
  close(memory);
}

RunningRanks::~RunningRanks() {
  for (pid_t process : processes)
    if (process > 0) {
      kill(process, SIGKILL);
      waitpid(process, nullptr, 0);
    }
  close(pipe);
}

int RunningRanks::join(size_t rank) {
  int status = 0;
  waitpid(processes[rank], &status, 0);
  processes[rank] = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int RunningRanks::joinAll() {
  int worst = 0;
  for (size_t rank = 0; rank < processes.size(); ++rank)
    if (processes[rank] > 0) {
      int status = join(rank);
      worst = std::max(worst, status < 0 ? 128 - status : status);
    }
  return worst;
}

std::string RunningRanks::errors() {
  std::string text;
  char buffer[4096];
  while (ssize_t got = read(pipe, buffer, sizeof buffer)) {
    if (got < 0)
      break;
    text.append(buffer, static_cast<size_t>(got));
  }
  return text;
}

} // namespace dtc::runtime::test
