//===- StagedCollectives.cpp - Collectives through the host's memory ------===//

#include "StagedCollectives.h"
#include "../Transport/StridedCopy.h"

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
  for (auto [memory, size] :
       {std::pair(&staged->hostSource, staged->sourceSize),
        std::pair(&staged->hostResult, staged->resultSize)}) {
    auto pinned = gpu.gpu().allocateHost(size);
    if (!pinned)
      return pinned.error();
    *memory = *pinned;
  }
  if (auto status = staged->createEvents(); !status)
    return status.error();
  return std::unique_ptr<Collective>(std::move(staged));
}

void StagedCollective::exchange(void *collective) {
  auto *staged = static_cast<StagedCollective *>(collective);
  staged->inner->start(staged->hostSource, staged->hostResult);
  staged->inner->wait();
}

Status StagedCollective::put(const void *source, void *result) {
  constexpr auto stream = cuda::StreamKind::Communication;
  cuda::Device &device = gpu.gpu();
  if (auto status =
          device.startDownload(stream, hostSource, source, sourceSize);
      !status)
    return status.error();
  if (auto status = device.startCall(stream, exchange, this); !status)
    return status.error();
  return device.startUpload(stream, result, hostResult, resultSize);
}

} // namespace dtc::runtime
