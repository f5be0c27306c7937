//===- StagedCollectives.cpp - Collectives through the host's memory ------===//

#include "StagedCollectives.h"
#include "../Transport/StridedCopy.h"
#include <algorithm>

namespace dtc::runtime {

Result<std::unique_ptr<Collective>>
StagedCollective::create(std::unique_ptr<Collective> inner, GpuFrame &gpu,
                         GroupPlace place, const dtc_collective &desc,
                         int32_t index) {
  std::unique_ptr<StagedCollective> staged(
      new StagedCollective(std::move(inner), gpu, index));
  staged->sourceSize =
      static_cast<size_t>(sourceBytes(desc, place.members, place.member));
  staged->resultSize =
      static_cast<size_t>(resultBytesOf(desc, place.members, place.member));
  // All collectives use the same memory: they run one after the other, those
  // that were started and not waited for, too.
  constexpr size_t alignment = 256;
  staged->resultOffset =
      (staged->sourceSize + alignment - 1) / alignment * alignment;
  gpu.gpu().reserveHostWorkspace(
      std::max<size_t>(staged->resultOffset + staged->resultSize, 1));
  if (auto status = staged->createEvents(); !status)
    return status.error();
  return std::unique_ptr<Collective>(std::move(staged));
}

void StagedCollective::exchange(void *collective) {
  auto *staged = static_cast<StagedCollective *>(collective);
  char *memory = staged->hostMemory();
  staged->inner->start(memory, memory + staged->resultOffset);
  staged->inner->wait();
}

Status StagedCollective::put(const void *source, void *result) {
  constexpr auto stream = cuda::StreamKind::Communication;
  cuda::Device &device = gpu.gpu();
  if (auto status =
          device.startDownload(stream, hostMemory(), source, sourceSize);
      !status)
    return status.error();
  if (auto status = device.startCall(stream, exchange, this); !status)
    return status.error();
  return device.startUpload(stream, result, hostMemory() + resultOffset,
                            resultSize);
}

} // namespace dtc::runtime
