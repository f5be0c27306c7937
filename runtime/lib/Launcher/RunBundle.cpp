//===- RunBundle.cpp - What dtc-run does ----------------------------------===//

#include "RunBundle.h"
#include "CommandLine.h"
#include "Manifest.h"
#include "MpiRun.h"
#include "Supervisor.h"
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace dtc::runtime {
namespace {

int report(const std::string &message, int status) {
  std::fprintf(stderr, "dtc-run: error: %s\n", message.c_str());
  return status;
}

/// A path that is not taken for an option or looked for in PATH.
std::string pathOf(const std::string &bundle, const std::string &name) {
  std::string folder = bundle;
  while (folder.size() > 1 && folder.back() == '/')
    folder.pop_back();
  bool anchored = folder[0] == '/' || folder[0] == '.';
  return (anchored ? "" : "./") + folder + "/" + name;
}

ProcessCommand rankCommand(const CommandLine &line, const Manifest &manifest,
                           int64_t rank, int memory) {
  const int64_t ranks = static_cast<int64_t>(manifest.ranks.size());
  ProcessorShare share = processorShare(availableProcessors(), ranks, rank);
  ProcessCommand command;
  command.name = "rank " + std::to_string(rank);
  command.path =
      pathOf(line.bundle, manifest.ranks[static_cast<size_t>(rank)].executable);
  command.arguments = line.rankArguments;
  command.processors = share.processors;
  std::string threads = std::to_string(share.threads);
  std::string world = std::to_string(ranks), own = std::to_string(rank);
  command.environment = {
      {"RANK", own},         {"LOCAL_RANK", own},
      {"WORLD_SIZE", world}, {"LOCAL_WORLD_SIZE", world},
      {"DTC_LAUNCHED", "1"}, {"DTC_MEMORY_FD", std::to_string(memory)}};
  for (const char *name : {"DTC_THREADS", "OMP_NUM_THREADS"})
    if (!std::getenv(name))
      command.environment.push_back({name, threads});
  return command;
}

RunOutcome runRanks(const CommandLine &line, const Manifest &manifest) {
  // Inherited by the ranks, hence not close-on-exec.
  Descriptor memory(memfd_create("dtc", 0));
  if (memory.get() < 0)
    return {1, std::string("cannot create shared memory: ") +
                   std::strerror(errno)};
  Supervisor supervisor;
  for (size_t rank = 0; rank < manifest.ranks.size(); ++rank) {
    auto status = supervisor.start(
        rankCommand(line, manifest, static_cast<int64_t>(rank), memory.get()));
    if (!status)
      return {1, status.error().message};
  }
  return supervisor.wait();
}

RunOutcome runByMpi(const CommandLine &line, const Manifest &manifest) {
  MpiRequest request;
  request.arguments = line.rankArguments;
  request.threads =
      processorShare(availableProcessors(),
                     static_cast<int64_t>(manifest.ranks.size()), 0)
          .threads;
  for (const BundleRank &rank : manifest.ranks)
    request.executables.push_back(pathOf(line.bundle, rank.executable));
  auto command = mpiCommand(request);
  if (!command)
    return {1, command.error().message};
  Supervisor supervisor;
  if (auto status = supervisor.start(*command); !status)
    return {1, status.error().message};
  return supervisor.wait();
}

} // namespace

int runBundle(const std::vector<std::string> &arguments) {
  auto line = parseCommandLine(arguments);
  if (!line)
    return report(line.error().message, 2);
  if (line->action == CommandLine::Help) {
    std::fputs(launcherUsage().c_str(), stdout);
    return 0;
  }
  if (line->action == CommandLine::Version) {
    std::puts("dtc-run " DTC_VERSION);
    return 0;
  }
  auto manifest = readManifest(line->bundle);
  if (!manifest)
    return report(manifest.error().message, 1);
  if (auto status = checkFiles(line->bundle, *manifest); !status)
    return report(status.error().message, 1);
  if (line->options.transport == "nccl" && manifest->target != "cuda")
    return report("transport 'nccl' needs a cuda bundle, this one is for '" +
                      manifest->target + "'; compile with --target cuda",
                  1);
  if (isatty(2))
    setenv("DTC_PROGRESS", "1", 0);
  RunOutcome outcome = line->options.transport == "mpi"
                           ? runByMpi(*line, *manifest)
                           : runRanks(*line, *manifest);
  return outcome.exitStatus == 0 ? 0
                                 : report(outcome.message, outcome.exitStatus);
}

} // namespace dtc::runtime
