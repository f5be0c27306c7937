//===- NcclMemory.h - Memory that NCCL reaches without a copy -------------===//
//
// 1. The arena is memory of NCCL.
// 2. NCCL wants what a collective works on registered by all ranks of the
//    communicator or by none, and at the same offset. The first step notes the
//    offsets; after it, ranks register with those communicators where all can
//    and all offsets are the same. Where shards are uneven they often are not.
// 3. What is registered is deregistered when the last step is over.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_NCCLMEMORY_H
#define DTC_RUNTIME_LIB_RANK_NCCLMEMORY_H

#include "../Cuda/Nccl.h"
#include "GpuFrame.h"
#include "dtc/runtime/Transport.h"

namespace dtc::runtime {

class NcclMemory {
public:
  NcclMemory(const cuda::Nccl &ncclOf, GpuFrame &gpuOf, size_t numAxes)
      : nccl(ncclOf), gpu(gpuOf), layouts(numAxes) {}

  /// False where DTC_NCCL_REGISTER=0 in this rank's environment.
  static bool isWanted();
  /// Nothing is registered. Called by all ranks, where one of them wants none.
  void doWithout() { isSettled = true; }

  /// Zeroed; plain memory where NCCL has none, and where nothing is to be
  /// registered. Called once.
  Result<void *> allocate(size_t bytes);

  /// A collective along this axis starts.
  void note(int32_t axis, const void *source, const void *result);

  /// Called by all ranks, after the first step; does nothing after others.
  /// `communicators` has one an axis, null where that has one rank.
  void registerOnce(Transport &transport,
                    const std::vector<cuda::Handle> &communicators);
  /// Nothing may run.
  void deregisterAll();

private:
  struct Registration {
    cuda::Handle communicator, handle;
  };

  bool registerWith(cuda::Handle communicator);
  void deregisterLast();
  int64_t offsetOf(const void *data) const;

  const cuda::Nccl &nccl;
  GpuFrame &gpu;
  char *memory = nullptr; ///< null: not NCCL's
  size_t size = 0;
  /// By axis: stands for all offsets of its collectives.
  std::vector<uint64_t> layouts;
  bool isSettled = false;
  std::vector<Registration> registrations;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_NCCLMEMORY_H
