//===- MpiRun.cpp - Starting ranks by Open MPI's mpirun -------------------===//
//
// 1. Ranks may be of different programs: `mpirun -n 1 rank0 … : -n 1 rank1 …`.
// 2. In a container one is root, has fewer processors than ranks, no ssh, and
//    may not read other processes' memory; mpirun is told so.
//===----------------------------------------------------------------------===//

#include "MpiRun.h"
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace dtc::runtime {
namespace {

bool isInPath(const std::string &program) {
  const char *path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (access((folder + "/" + program).c_str(), X_OK) == 0)
      return true;
  return false;
}

/// Whether processes of one user may read each other's memory.
bool mayReadOthers() {
  std::ifstream file("/proc/sys/kernel/yama/ptrace_scope");
  int scope = 0;
  return !(file >> scope) || scope == 0;
}

} // namespace

Result<ProcessCommand> mpiCommand(const MpiRequest &request) {
  if (!isInPath("mpirun"))
    return Error{"transport 'mpi': expected 'mpirun' in PATH, found none; "
                 "install Open MPI (openmpi-bin), or use --transport shm"};
  ProcessCommand command;
  command.path = "mpirun";
  command.name = "mpirun";
  // It ends its ranks when it is asked to, and not when it is killed.
  command.deathSignal = SIGTERM;
  std::string threads = std::to_string(request.threads);
  command.environment = {{"DTC_THREADS", threads},
                         {"OMP_NUM_THREADS", threads}};
  auto &arguments = command.arguments;
  arguments = {"--allow-run-as-root",
               "--oversubscribe",
               "--bind-to",
               "none",
               "-x",
               "DTC_THREADS",
               "-x",
               "OMP_NUM_THREADS"};
  if (!mayReadOthers())
    arguments.insert(arguments.end(),
                     {"--mca", "btl_vader_single_copy_mechanism", "none"});
  if (!isInPath("ssh") && !isInPath("rsh"))
    arguments.insert(arguments.end(), {"--mca", "plm", "isolated"});
  for (size_t rank = 0; rank < request.executables.size(); ++rank) {
    if (rank > 0)
      arguments.push_back(":");
    arguments.insert(arguments.end(), {"-n", "1", request.executables[rank]});
    arguments.insert(arguments.end(), request.arguments.begin(),
                     request.arguments.end());
  }
  return command;
}

} // namespace dtc::runtime
