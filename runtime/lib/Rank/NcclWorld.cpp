//===- NcclWorld.cpp - NCCL's communicators of a rank ---------------------===//

#include "NcclWorld.h"
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <string_view>
#include <thread>

namespace dtc::runtime {
namespace {

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

bool registersMemory() {
  const char *text = std::getenv("DTC_NCCL_REGISTER");
  return !text || std::string_view(text) != "0";
}

} // namespace

Result<std::unique_ptr<NcclWorld>> NcclWorld::join(const RankProgram &program,
                                                   Transport &transport,
                                                   GpuFrame &gpu,
                                                   double timeoutSeconds) {
  auto nccl = cuda::openNccl();
  if (!nccl)
    return nccl.error();
  shareGpu(program.rank);
  auto joined = std::make_unique<NcclWorld>(gpu);
  joined->nccl = *nccl;
  if (auto status = joined->shareId(program, transport); !status)
    return status.error();
  // NCCL waits for the other ranks for as long as it takes.
  std::promise<Status> promise;
  std::future<Status> met = promise.get_future();
  std::thread([&gpu, &program, world = joined.get(),
               promise = std::move(promise)]() mutable {
    gpu.gpu().useInThisThread();
    promise.set_value(world->meet(program));
  }).detach();
  std::chrono::duration<double> limit(std::min(timeoutSeconds, kLongest));
  if (met.wait_for(limit) == std::future_status::ready) {
    if (auto status = met.get(); !status)
      return status.error();
    return joined;
  }
  // The thread still uses it, until the process ends.
  joined.release();
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%g", timeoutSeconds);
  return Error{std::string("NCCL did not bring the ranks together within ") +
               seconds +
               " s: one of them did not arrive, or the network does not lead "
               "to it (NCCL_DEBUG=INFO says more)"};
}

Status NcclWorld::meet(const RankProgram &program) {
  if (cuda::NcclResult result =
          nccl.initRank(&world, static_cast<int>(program.worldSize()), id,
                        static_cast<int>(program.rank));
      result != 0)
    return Error{"GPU '" + gpu.gpu().gpuName() +
                 "': " + nccl.problem("ncclCommInitRank", result).message +
                 "; ranks that share a GPU need DTC_NCCL_SHARED_GPU=1 or "
                 "--transport shm"};
  return splitAxes(program);
}

/// A broadcast along each axis in turn reaches everyone.
Status NcclWorld::shareId(const RankProgram &program, Transport &transport) {
  if (program.rank == 0)
    if (cuda::NcclResult result = nccl.getId(&id); result != 0)
      return nccl.problem("ncclGetUniqueId", result);
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

Status NcclWorld::splitAxes(const RankProgram &program) {
  int64_t stride = 1;
  communicators.resize(program.meshSizes.size());
  for (size_t axis = program.meshSizes.size(); axis-- > 0;) {
    int64_t place = program.coordinates[axis];
    if (program.meshSizes[axis] > 1)
      if (cuda::NcclResult result = nccl.split(
              world, static_cast<int>(program.rank - place * stride),
              static_cast<int>(place), &communicators[axis], nullptr);
          result != 0)
        return nccl.problem("ncclCommSplit", result);
    stride *= program.meshSizes[axis];
  }
  return Done{};
}

/// Memory that NCCL has none of, or cannot register, is as good, but slower.
Result<void *> NcclWorld::allocate(size_t bytes) {
  void *memory = nullptr;
  if (!nccl.canRegister() || !registersMemory() || bytes == 0 ||
      nccl.allocate(&memory, bytes) != 0)
    return gpu.gpu().allocate(bytes);
  if (auto status = gpu.gpu().clear(memory, bytes); !status)
    return status.error();
  for (cuda::Handle communicator : communicators) {
    cuda::Handle handle = nullptr;
    if (communicator &&
        nccl.registerMemory(communicator, memory, bytes, &handle) == 0 &&
        handle)
      registrations.push_back({communicator, handle});
  }
  return memory;
}

void NcclWorld::deregisterAll() {
  for (const Registration &registration : registrations)
    nccl.deregister(registration.communicator, registration.handle);
  registrations.clear();
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
