//===- NcclWorld.cpp - NCCL's communicators of a rank ---------------------===//

#include "NcclWorld.h"
#include "Agreement.h"
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <string_view>
#include <thread>

namespace dtc::runtime {
namespace {

/// NCCL 2.19 and newer register what a captured collective works on, too. All
/// ranks have to do so or none. The user's own word counts. Before NCCL reads
/// its environment.
void keepOutOfGraphs() { setenv("NCCL_GRAPH_REGISTER", "0", 0); }

/// Before NCCL reads its environment.
void shareGpu(int64_t rank) {
  const char *text = std::getenv("DTC_NCCL_SHARED_GPU");
  if (!text || std::string_view(text) != "1")
    return;
  setenv("NCCL_HOSTID", ("dtc-rank-" + std::to_string(rank)).c_str(), 1);
  setenv("NCCL_P2P_DISABLE", "1", 1);
  setenv("NCCL_SHM_DISABLE", "1", 1);
}

/// Seconds.
constexpr double kLongest = 1e8;

/// All that bringing the ranks together takes. It belongs to the thread, which
/// may still be there when the session is not.
struct Meeting {
  cuda::Nccl nccl;
  std::function<void()> useGpu;
  std::string gpuName;
  int64_t rank = 0, ranks = 0;
  std::vector<int64_t> meshSizes, coordinates;
  cuda::NcclId id = {};
  cuda::Handle world = nullptr;
  std::vector<cuda::Handle> communicators;

  Status run();
  Status splitAxes();
};

Status Meeting::run() {
  useGpu();
  if (cuda::NcclResult result = nccl.initRank(&world, static_cast<int>(ranks),
                                              id, static_cast<int>(rank));
      result != 0)
    return Error{"GPU '" + gpuName +
                 "': " + nccl.problem("ncclCommInitRank", result).message +
                 "; ranks that share a GPU need DTC_NCCL_SHARED_GPU=1 or "
                 "--transport shm"};
  return splitAxes();
}

Status Meeting::splitAxes() {
  int64_t stride = 1;
  communicators.resize(meshSizes.size());
  for (size_t axis = meshSizes.size(); axis-- > 0;) {
    int64_t place = coordinates[axis];
    // Ranks are numbered along the only axis that has several.
    if (meshSizes[axis] == ranks)
      communicators[axis] = world;
    else if (meshSizes[axis] > 1)
      if (cuda::NcclResult result = nccl.split(
              world, static_cast<int>(rank - place * stride),
              static_cast<int>(place), &communicators[axis], nullptr);
          result != 0)
        return nccl.problem("ncclCommSplit", result);
    stride *= meshSizes[axis];
  }
  return Done{};
}

/// A broadcast along each axis in turn reaches everyone.
Status shareId(const RankProgram &program, Transport &transport,
               Meeting &meeting) {
  cuda::NcclId &id = meeting.id;
  if (program.rank == 0)
    if (cuda::NcclResult result = meeting.nccl.getId(&id); result != 0)
      return meeting.nccl.problem("ncclGetUniqueId", result);
  for (size_t axis = 0; axis < program.meshSizes.size(); ++axis) {
    if (program.meshSizes[axis] == 1)
      continue;
    dtc_collective desc = {};
    desc.kind = DTC_BROADCAST;
    desc.dtype = DTC_U8;
    desc.axis = static_cast<int32_t>(axis);
    desc.outer = desc.inner = 1;
    desc.extent = sizeof id.bytes;
    cuda::NcclId received = id;
    auto broadcast = transport.createCollective(desc);
    broadcast->start(id.bytes, received.bytes);
    broadcast->wait();
    id = received;
  }
  return Done{};
}

Status runWithin(double timeoutSeconds,
                 const std::shared_ptr<Meeting> &meeting) {
  std::promise<Status> promise;
  std::future<Status> met = promise.get_future();
  std::thread([meeting, promise = std::move(promise)]() mutable {
    promise.set_value(meeting->run());
  }).detach();
  std::chrono::duration<double> limit(std::min(timeoutSeconds, kLongest));
  if (met.wait_for(limit) == std::future_status::ready)
    return met.get();
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%g", timeoutSeconds);
  return Error{std::string("NCCL did not bring the ranks together within ") +
               seconds +
               " s: one of them did not arrive, or the network does not lead "
               "to it (NCCL_DEBUG=INFO says more)"};
}

} // namespace

Result<std::unique_ptr<NcclWorld>> NcclWorld::join(const RankProgram &program,
                                                   Transport &transport,
                                                   GpuFrame &gpu,
                                                   double timeoutSeconds) {
  auto nccl = cuda::openNccl();
  if (!nccl)
    return nccl.error();
  bool isRegistering =
      leastOfAll(program, transport, NcclMemory::isWanted() ? 1 : 0) == 1;
  if (!isRegistering)
    keepOutOfGraphs();
  shareGpu(program.rank);
  auto meeting = std::make_shared<Meeting>();
  meeting->nccl = *nccl;
  meeting->useGpu = gpu.gpu().entryOfThreads();
  meeting->gpuName = gpu.gpu().gpuName();
  meeting->rank = program.rank;
  meeting->ranks = program.worldSize();
  meeting->meshSizes = program.meshSizes;
  meeting->coordinates = program.coordinates;
  if (auto status = shareId(program, transport, *meeting); !status)
    return status.error();
  if (auto status = runWithin(timeoutSeconds, meeting); !status)
    return status.error();
  auto joined =
      std::make_unique<NcclWorld>(*nccl, gpu, program.meshSizes.size());
  if (!isRegistering)
    joined->arena.doWithout();
  joined->communicators = meeting->communicators;
  return joined;
}

Status NcclWorld::check() const {
  for (cuda::Handle communicator : communicators) {
    cuda::NcclResult state = 0;
    if (!communicator)
      continue;
    if (cuda::NcclResult result = nccl.asyncError(communicator, &state);
        result != 0)
      return nccl.problem("ncclCommGetAsyncError", result);
    if (state != 0 && state != cuda::kNcclInProgress)
      return nccl.problem("a collective failed", state);
  }
  return Done{};
}

} // namespace dtc::runtime
