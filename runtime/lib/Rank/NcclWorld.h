//===- NcclWorld.h - NCCL's communicators of a rank -----------------------===//
//
// 1. Rank 0 makes an id and gives it to the others through their host
//    transport; the communicator of all is then split along each axis of the
//    mesh.
// 2. Memory that collectives work on is NCCL's own and registered with every
//    communicator, where the version has that: others then reach it without a
//    copy.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_NCCLWORLD_H
#define DTC_RUNTIME_LIB_RANK_NCCLWORLD_H

#include "../Cuda/Nccl.h"
#include "GpuFrame.h"
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

  explicit NcclWorld(GpuFrame &gpuOf) : gpu(gpuOf) {}

  const cuda::Nccl &functions() const { return nccl; }
  /// Of the ranks that differ along this axis only.
  cuda::Handle along(int32_t axis) const { return communicators[size_t(axis)]; }

  /// Zeroed and registered; plain memory without registration, which
  /// DTC_NCCL_REGISTER=0 in the environment asks for.
  Result<void *> allocate(size_t bytes);
  /// Before the process ends, when nothing runs.
  void deregisterAll();

  /// An error that a communicator met while the GPU worked on it.
  Status check() const;

private:
  Status shareId(const RankProgram &program, Transport &transport);
  Status meet(const RankProgram &program);
  Status splitAxes(const RankProgram &program);

  /// What deregistering takes.
  struct Registration {
    cuda::Handle communicator, handle;
  };

  GpuFrame &gpu;
  cuda::Nccl nccl;
  cuda::NcclId id = {};
  cuda::Handle world = nullptr;
  std::vector<cuda::Handle> communicators; ///< null along axes of one rank
  std::vector<Registration> registrations;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_NCCLWORLD_H
