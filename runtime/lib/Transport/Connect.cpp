//===- Connect.cpp - Choosing a transport ---------------------------------===//
//
// 1. auto: shared memory when all ranks are on this host, else MPI if mpirun
//    started them.
// 2. MPI comes from a plugin, so that rank executables do without its
//    libraries. It is looked for in the folders of DTC_PLUGIN_PATH, beside the
//    executable, where it was built, and where the dynamic linker looks.
//===----------------------------------------------------------------------===//

#include "Plugin.h"
#include "ShmTransport.h"
#include <cstdlib>
#include <dlfcn.h>
#include <sstream>
#include <unistd.h>

namespace dtc::runtime {
namespace {

constexpr const char *kMpiPlugin = "libdtc-transport-mpi.so";

std::vector<std::string> pluginPaths() {
  std::vector<std::string> paths;
  if (const char *folders = std::getenv("DTC_PLUGIN_PATH")) {
    std::istringstream list(folders);
    for (std::string folder; std::getline(list, folder, ':');)
      if (!folder.empty())
        paths.push_back(folder + "/" + kMpiPlugin);
  }
  char path[4096];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  if (length > 0) {
    std::string executable(path, static_cast<size_t>(length));
    paths.push_back(executable.substr(0, executable.rfind('/') + 1) +
                    kMpiPlugin);
  }
  paths.push_back(std::string(DTC_PLUGIN_FOLDER "/") + kMpiPlugin);
  paths.push_back(kMpiPlugin);
  return paths;
}

/// The first plugin that is there. The error is that of one that is there and
/// does not load.
Result<void *> openPlugin() {
  std::string problem;
  for (const std::string &path : pluginPaths()) {
    bool named = path.find('/') != std::string::npos;
    if (named && access(path.c_str(), F_OK) != 0)
      continue;
    // MPI's own plugins look for its symbols.
    if (void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL))
      return library;
    if (problem.empty())
      problem = dlerror();
  }
  return Error{"transport 'mpi': cannot load '" + std::string(kMpiPlugin) +
               "' (" + problem +
               "); name its folder in DTC_PLUGIN_PATH, or install Open MPI"};
}

Result<std::unique_ptr<Transport>>
connectPlugin(const TransportOptions &options) {
  auto library = openPlugin();
  if (!library)
    return library.error();
  auto *abi = static_cast<const uint32_t *>(dlsym(*library, "dtcPluginAbi"));
  if (!abi || *abi != kPluginAbi)
    return Error{"transport 'mpi': expected a plugin of version " +
                 std::to_string(kPluginAbi) + ", got " +
                 (abi ? std::to_string(*abi) : "another library")};
  auto connect =
      reinterpret_cast<PluginConnect *>(dlsym(*library, "dtcConnectTransport"));
  if (!connect)
    return Error{"transport 'mpi': the plugin has no entry"};
  std::string problem;
  if (Transport *transport = connect(options, problem))
    return std::unique_ptr<Transport>(transport);
  return Error{problem};
}

} // namespace

Result<std::unique_ptr<Transport>>
connectTransport(const TransportOptions &options) {
  int64_t worldSize = 1;
  for (int64_t size : options.meshSizes)
    worldSize *= size;
  auto environment = readEnvironment(worldSize);
  if (!environment)
    return environment.error();
  bool oneHost = environment->localSize == worldSize;
  std::string name = options.name;
  if (name == "nccl")
    return Error{"transport 'nccl' needs a cuda bundle: compile with --target "
                 "cuda, or use --transport shm"};
  if (name == "auto" && !oneHost &&
      environment->launcher == Environment::MpiRun)
    name = "mpi";
  if (name == "mpi")
    return connectPlugin(options);
  if (!oneHost)
    return Error{"transport 'shm' needs all ranks on one host: expected " +
                 std::to_string(worldSize) + " here, got " +
                 std::to_string(environment->localSize) +
                 "; use --transport mpi under mpirun"};
  return ShmTransport::connect(options, *environment);
}

} // namespace dtc::runtime
