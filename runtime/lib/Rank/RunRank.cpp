//===- RunRank.cpp - From the command line to a session -------------------===//
//
// 1. Parse the options and check them against the program: wrong usage ends
//    here, before any rank waits for another.
// 2. Choose the number of threads: DTC_THREADS (set by the launcher), else the
//    processors this process may use, divided among the ranks.
// 3. A program for GPUs needs one: without, exit status 3.
// 4. Connect and run a session.
//===----------------------------------------------------------------------===//

#include "Session.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sched.h>
#include <unistd.h>

namespace dtc::runtime {
namespace {

/// What does not fit this program; empty when all does.
std::string usageProblem(const RankOptions &options, const dtc_program &table) {
  bool isTraining = table.parameter_uses != nullptr;
  if (!isTraining && (options.steps > 1 || options.checkpointEvery > 0))
    return "'--steps' and '--checkpoint-every' need a training program, and "
           "this is a forward pass: compile with --train, or use --repeat";
  if (isTraining && (options.warmup != 0 || options.repeat != 1))
    return "'--warmup' and '--repeat' repeat a forward pass, and this is a "
           "training program: expected --steps";
  if (options.checkpointEvery > 0 && options.saveParams.empty())
    return "'--checkpoint-every' saves beside the file of '--save-params': "
           "expected both";
  if (options.srcDataRank && *options.srcDataRank >= table.world_size)
    return "option '--src-data-rank': expected a rank below " +
           std::to_string(table.world_size) + ", got " +
           std::to_string(*options.srcDataRank);
  if (options.input.empty() && table.num_inputs > 0)
    return std::string("expected --input FILE.npz: the program takes '") +
           table.inputs[0].name + "'" +
           (table.num_inputs > 1 ? " and more" : "");
  return {};
}

int threadCount(int64_t ranks) {
  if (const char *text = std::getenv("DTC_THREADS"))
    if (int threads = std::atoi(text); threads > 0)
      return threads;
  cpu_set_t set;
  int processors = 1;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    processors = CPU_COUNT(&set);
  return std::max<int>(1, processors / static_cast<int>(ranks));
}

/// This rank among those of its host, as launchers say it, else among all.
int64_t localRank() {
  for (const char *name : {"LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", "RANK"})
    if (const char *text = std::getenv(name); text && *text)
      return std::max<int64_t>(std::atoll(text), 0);
  return 0;
}

/// The folder of the executable: the bundle.
std::string bundleFolder() {
  std::string path(4096, '\0');
  ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0)
    return ".";
  path.resize(static_cast<size_t>(length));
  size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

int report(const std::string &message, int status) {
  std::fprintf(stderr, "error: %s\n", message.c_str());
  return status;
}

TransportOptions transportOptions(const RankOptions &options,
                                  const dtc_program &table) {
  TransportOptions result;
  // With NCCL, ranks meet as they would without.
  result.name = options.transport == "nccl" && &dtc_gpu_rank_program
                    ? "auto"
                    : options.transport;
  result.timeoutSeconds = options.timeoutSeconds;
  for (int32_t axis = 0; axis < table.mesh_rank; ++axis) {
    result.meshNames.push_back(table.mesh[axis].name);
    result.meshSizes.push_back(table.mesh[axis].size);
  }
  return result;
}

int connectAndRun(const RankOptions &options, const dtc_program &table,
                  std::unique_ptr<GpuFrame> gpu) {
  auto transport = connectTransport(transportOptions(options, table));
  if (!transport)
    return report(transport.error().message, 1);
  auto program = readProgram(table, (*transport)->rank());
  if (!program)
    (*transport)->fail(program.error().message);
  Session session(std::move(*program), options, bundleFolder(),
                  std::move(*transport));
  session.use(std::move(gpu));
  try {
    if (auto status = session.run(); !status)
      session.fail(status.error().message.c_str());
  } catch (const std::exception &exception) {
    session.fail(exception.what());
  }
  return 0;
}

} // namespace

int runRank(const dtc_program &table,
            const std::vector<std::string> &arguments) {
  auto options = parseOptions(arguments);
  if (!options)
    return report(options.error().message, 2);
  if (options->action == RankOptions::Help) {
    std::fputs(usageText().c_str(), stdout);
    return 0;
  }
  if (std::string problem = usageProblem(*options, table); !problem.empty())
    return report(problem, 2);
  setPrimitiveThreads(threadCount(table.world_size));
  auto gpu = GpuFrame::open(localRank(), bundleFolder());
  if (!gpu)
    return report(gpu.error().message, 3);
  return connectAndRun(*options, table, std::move(*gpu));
}

} // namespace dtc::runtime
