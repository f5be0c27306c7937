//===- NcclWorld.h - NCCL's communicators of a rank -----------------------===//
//
// Rank 0 makes an id and gives it to the others through their host transport;
// the communicator of all is then split along each axis of the mesh.
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
  /// Called by all ranks. Where DTC_NCCL_SHARED_GPU=1, ranks may share a GPU:
  /// NCCL is told that each is a host of its own.
  static Result<std::unique_ptr<NcclWorld>>
  join(const RankProgram &program, Transport &transport, GpuFrame &gpu);

  const cuda::Nccl &functions() const { return nccl; }
  /// Of the ranks that differ along this axis only.
  cuda::Handle along(int32_t axis) const { return communicators[size_t(axis)]; }

  /// An error that a communicator met while the GPU worked on it.
  Status check() const;

private:
  Status shareId(const RankProgram &program, Transport &transport);
  Status splitAxes(const RankProgram &program);

  cuda::Nccl nccl;
  cuda::NcclId id = {};
  cuda::Handle world = nullptr;
  std::vector<cuda::Handle> communicators; ///< null along axes of one rank
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_NCCLWORLD_H
