//===- allreduce_dtc.cpp - dtc's all_reduce, size by size -----------------===//
//
// One rank of the measurement: started by dtc-run's environment, torchrun's or
// mpirun's. Without RANK it starts RANKS ranks itself: allreduce-dtc RANKS
// [TRANSPORT]
//===----------------------------------------------------------------------===//

#include "dtc/runtime/Transport.h"
#include "timing.h"
#include <cstdlib>
#include <cstring>
#include <sched.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace {

/// As dtc-run does: processors in turn, if they are shared out evenly.
void pin(int rank, int ranks) {
  cpu_set_t all, own;
  sched_getaffinity(0, sizeof all, &all);
  int count = CPU_COUNT(&all);
  if (ranks > count && ranks % count != 0)
    return;
  CPU_ZERO(&own);
  for (int cpu = 0, seen = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &all) && seen++ == rank % count)
      CPU_SET(cpu, &own);
  sched_setaffinity(0, sizeof own, &own);
}

int measure(int ranks, const char *name) {
  dtc::runtime::TransportOptions options;
  options.name = name;
  options.timeoutSeconds = 60;
  options.meshNames = {"tp"};
  options.meshSizes = {ranks};
  auto connected = dtc::runtime::connectTransport(options);
  if (!connected) {
    std::fprintf(stderr, "error: %s\n", connected.error().message.c_str());
    return 1;
  }
  dtc::runtime::Transport &transport = **connected;
  for (size_t bytes = timing::kSmallest; bytes <= timing::kLargest;
       bytes *= 4) {
    std::vector<char> plainSource(bytes), plainResult(bytes);
    void *shared = transport.allocate(2 * bytes);
    auto *source = static_cast<float *>(
        shared ? shared : static_cast<void *>(plainSource.data()));
    float *result = shared ? source + bytes / sizeof(float)
                           : reinterpret_cast<float *>(plainResult.data());
    dtc_collective desc = {};
    desc.kind = DTC_ALL_REDUCE;
    desc.dtype = DTC_F32;
    desc.outer = desc.inner = 1;
    desc.extent = static_cast<int64_t>(bytes / sizeof(float));
    auto collective = transport.createCollective(desc);
    timing::Times own = timing::measure(
        source, result, bytes, ranks,
        [&] {
          collective->start(source, result);
          collective->wait();
        },
        [&] { transport.barrier(); });
    if (own.empty())
      transport.fail("a sum is wrong");
    auto blobs = transport.gather(own.data(), own.size() * sizeof(double));
    std::vector<timing::Times> all;
    for (const std::vector<char> &blob : blobs) {
      all.emplace_back(own.size());
      std::memcpy(all.back().data(), blob.data(), blob.size());
    }
    if (transport.rank() == 0)
      timing::print(bytes, timing::median(all));
  }
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  int ranks = argc > 1 ? std::atoi(argv[1]) : 2;
  const char *name = argc > 2 ? argv[2] : "shm";
  if (std::getenv("RANK") || std::getenv("OMPI_COMM_WORLD_RANK"))
    return measure(ranks, name);
  setenv("WORLD_SIZE", std::to_string(ranks).c_str(), 1);
  setenv("MASTER_PORT", std::to_string(getpid()).c_str(), 1);
  for (int rank = 0; rank < ranks; ++rank) {
    if (fork() == 0) {
      setenv("RANK", std::to_string(rank).c_str(), 1);
      pin(rank, ranks);
      return measure(ranks, name);
    }
  }
  int worst = 0, status = 0;
  while (wait(&status) > 0)
    worst |= status;
  return worst != 0;
}
