//===- GpuCommunication.cpp - How the ranks of a GPU program talk ---------===//

#include "GpuCommunication.h"
#include "../Transport/Environment.h"
#include "NcclCollectives.h"
#include "StagedCollectives.h"

namespace dtc::runtime {

Result<std::unique_ptr<GpuCommunication>>
GpuCommunication::open(const RankProgram &program, const RankOptions &options,
                       Transport &transport, GpuFrame &gpu) {
  std::unique_ptr<GpuCommunication> opened(
      new GpuCommunication(program, transport, gpu));
  auto chooses = opened->choosesNccl(options);
  if (!chooses)
    return chooses.error();
  if (!*chooses)
    return opened;
  auto world = NcclWorld::join(program, transport, gpu);
  if (!world)
    return world.error();
  opened->nccl = std::move(*world);
  opened->watch(options.timeoutSeconds);
  return opened;
}

Result<bool> GpuCommunication::choosesNccl(const RankOptions &options) {
  if (program.worldSize() == 1)
    return false;
  if (options.transport != "auto")
    return options.transport == "nccl";
  auto environment = readEnvironment(program.worldSize());
  if (!environment)
    return environment.error();
  return doAllAgree(environment->localSize <= gpu.gpu().gpuCount() ? 1 : 0);
}

/// A minimum along each axis in turn is that of all ranks.
bool GpuCommunication::doAllAgree(int32_t vote) {
  for (size_t axis = 0; axis < program.meshSizes.size(); ++axis) {
    if (program.meshSizes[axis] == 1)
      continue;
    dtc_collective desc = {};
    desc.kind = DTC_ALL_REDUCE;
    desc.reduce = DTC_MIN;
    desc.dtype = DTC_I32;
    desc.axis = static_cast<int32_t>(axis);
    desc.outer = desc.inner = desc.extent = 1;
    int32_t least = vote;
    auto minimum = transport.createCollective(desc);
    minimum->start(&vote, &least);
    minimum->wait();
    vote = least;
  }
  return vote != 0;
}

void GpuCommunication::watch(double timeoutSeconds) {
  gpu.gpu().watch([this, timeoutSeconds](double waited) -> Status {
    auto status = nccl->check();
    if (status && waited <= timeoutSeconds)
      return Done{};
    // The process ends, and with it what the GPU waits for. ncclCommAbort would
    // wait for the graph to be destroyed that waits for the collective.
    if (!status)
      return status.error();
    return Error{"the GPU waited " + std::to_string(int64_t(timeoutSeconds)) +
                 " s for a collective: another rank did not arrive"};
  });
}

Result<std::unique_ptr<Collective>> GpuCommunication::create(int32_t index) {
  const dtc_collective &desc = program.table->collectives[index];
  size_t axis = static_cast<size_t>(desc.axis);
  GroupPlace place{program.meshSizes[axis], program.coordinates[axis]};
  if (nccl && place.members > 1 && NcclCollective::canDo(desc))
    return NcclCollective::create(*nccl, gpu, place, desc, index);
  return StagedCollective::create(transport.createCollective(desc), gpu, place,
                                  desc, index);
}

} // namespace dtc::runtime
