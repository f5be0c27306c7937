//===- GpuCommunication.cpp - How the ranks of a GPU program talk ---------===//

#include "GpuCommunication.h"
#include "Agreement.h"
#include "NcclCollectives.h"
#include "StagedCollectives.h"
#include <algorithm>
#include <cstdio>
#include <set>

namespace dtc::runtime {
namespace {

/// Who waits for longer, in seconds, is not who is waited for.
constexpr double kShortWait = 0.25;

} // namespace

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
  auto world = NcclWorld::join(program, transport, gpu, options.timeoutSeconds);
  if (!world)
    return world.error();
  opened->nccl = std::move(*world);
  opened->watch(options.timeoutSeconds);
  opened->agreeOnGraphs();
  return opened;
}

Result<bool> GpuCommunication::choosesNccl(const RankOptions &options) {
  if (program.worldSize() == 1)
    return false;
  if (options.transport != "auto")
    return options.transport == "nccl";
  return leastOfAll(program, transport, isGpuOfOneRank() ? 1 : 0) == 1;
}

/// On rank 0: that no two ranks have the same GPU, whatever number each knows
/// it by. True on others.
bool GpuCommunication::isGpuOfOneRank() {
  const cuda::GpuId &own = gpu.gpu().gpuId();
  std::set<std::vector<char>> seen;
  for (std::vector<char> &id : transport.gather(own.bytes, sizeof own.bytes))
    if (!seen.insert(std::move(id)).second)
      return false;
  return true;
}

/// The ranks that take part in a collective of this one.
std::vector<int64_t> GpuCommunication::groupOf(int32_t collective) const {
  size_t axis = size_t(program.table->collectives[collective].axis);
  int64_t stride = 1;
  for (size_t inner = axis + 1; inner < program.meshSizes.size(); ++inner)
    stride *= program.meshSizes[inner];
  std::vector<int64_t> ranks;
  for (int64_t place = 0; place < program.meshSizes[axis]; ++place)
    ranks.push_back(program.rank +
                    (place - program.coordinates[axis]) * stride);
  return ranks;
}

/// The time that one collective takes is bounded, and not that of a step: the
/// GPU may compute for as long as it likes. Loading has no collectives.
Status GpuCommunication::checkWaiting(double waited, double timeoutSeconds) {
  if (auto status = nccl->check(); !status)
    return status.error();
  auto progress = gpu.step().progress();
  if (!progress)
    return progress.error();
  bool isCommunicating = progress->collective >= 0;
  bool isSame = isCommunicating && waited >= beganAt &&
                seenFinished == progress->finished;
  if (!isSame) {
    transport.endWaiting();
    beganAt = waited;
    seenFinished = isCommunicating ? progress->finished : kNone;
  }
  double waitedHere = waited - beganAt;
  if (waitedHere > std::min(kShortWait, timeoutSeconds / 2))
    transport.beginWaiting();
  if (waitedHere <= timeoutSeconds)
    return Done{};
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%g", timeoutSeconds);
  std::string late = transport.idleRanks(groupOf(progress->collective));
  return Error{std::string("the GPU waited ") + seconds +
               " s for a collective: " +
               (late.empty() ? "another rank" : late) + " did not arrive"};
}

/// After an error the process ends, and with it what the GPU waits for.
/// ncclCommAbort would wait for the graph to be destroyed that waits for the
/// collective.
void GpuCommunication::watch(double timeoutSeconds) {
  auto look = [this, timeoutSeconds](double waited) {
    return checkWaiting(waited, timeoutSeconds);
  };
  gpu.gpu().watch({look, [this] { transport.endWaiting(); }});
}

/// NCCL wants an operation captured by all ranks or by none.
void GpuCommunication::agreeOnGraphs() {
  auto least = [this](int64_t value) {
    return leastOfAll(program, transport, value);
  };
  if (least(gpu.step().usesGraphs() ? 1 : 0) == 0)
    gpu.step().startCallByCall();
  gpu.step().agreeBy(least);
}

Result<void *> GpuCommunication::allocate(size_t bytes) {
  if (!nccl)
    return gpu.gpu().allocate(bytes);
  return nccl->memory().allocate(bytes);
}

void GpuCommunication::close() {
  if (!nccl)
    return;
  gpu.step().destroyGraph();
  nccl->memory().deregisterAll();
}

void GpuCommunication::afterStep() {
  if (nccl)
    nccl->afterStep(transport);
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
