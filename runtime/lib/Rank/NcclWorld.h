//===- NcclWorld.h - NCCL's communicators of a rank -----------------------===//
//
// 1. Rank 0 makes an id and gives it to the others through their host
//    transport; the communicator of all is then split along each axis of the
//    mesh, unless an axis has them all.
// 2. NCCL waits for the other ranks for as long as it takes, so it does that in
//    a thread, which a timeout leaves behind.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_NCCLWORLD_H
#define DTC_RUNTIME_LIB_RANK_NCCLWORLD_H

#include "../Cuda/Nccl.h"
#include "NcclMemory.h"
#include "Program.h"
#include "dtc/runtime/Transport.h"

namespace dtc::runtime {

class NcclWorld {
public:
  /// Called by all ranks; they have to meet within the time, or the error says
  /// so. Where DTC_NCCL_SHARED_GPU=1, ranks may share a GPU: NCCL is told that
  /// each is a host of its own.
  static Result<std::unique_ptr<NcclWorld>> join(const RankProgram &program,
                                                 Transport &transport,
                                                 GpuFrame &gpu,
                                                 double timeoutSeconds);

  NcclWorld(const cuda::Nccl &ncclOf, GpuFrame &gpu, size_t numAxes)
      : nccl(ncclOf), arena(nccl, gpu, numAxes) {}
  NcclWorld(const NcclWorld &) = delete;

  const cuda::Nccl &functions() const { return nccl; }
  /// Of the ranks that differ along this axis only.
  cuda::Handle along(int32_t axis) const { return communicators[size_t(axis)]; }

  NcclMemory &memory() { return arena; }
  /// Called by all ranks after each step.
  void afterStep(Transport &transport) {
    arena.registerOnce(transport, communicators);
  }

  /// An error that a communicator met while the GPU worked on it.
  Status check() const;

private:
  cuda::Nccl nccl;
  NcclMemory arena;
  std::vector<cuda::Handle> communicators; ///< null along axes of one rank
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_NCCLWORLD_H
