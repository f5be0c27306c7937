//===- GpuCommunication.h - How the ranks of a GPU program talk -----------===//
//
// `--transport nccl`: by NCCL. `shm` and `mpi`: through the host's memory.
// `auto`: by NCCL where every rank has a GPU of its own, else through the host.
// What NCCL cannot do goes through the host in any case.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_GPUCOMMUNICATION_H
#define DTC_RUNTIME_LIB_RANK_GPUCOMMUNICATION_H

#include "NcclWorld.h"
#include "Options.h"

namespace dtc::runtime {

class GpuCommunication {
public:
  /// Called by all ranks. All must outlive it.
  static Result<std::unique_ptr<GpuCommunication>>
  open(const RankProgram &program, const RankOptions &options,
       Transport &transport, GpuFrame &gpu);

  /// Zeroed memory that collectives read and write; NCCL's where that is used.
  Result<void *> allocate(size_t bytes);

  /// Collective `index` of the program.
  Result<std::unique_ptr<Collective>> create(int32_t index);

  /// Called by all ranks after each step.
  void afterStep();
  /// After the last step: what the graph and NCCL hold is given back.
  void close();

private:
  GpuCommunication(const RankProgram &programOf, Transport &transportOf,
                   GpuFrame &gpuOf)
      : program(programOf), transport(transportOf), gpu(gpuOf) {}
  Result<bool> choosesNccl(const RankOptions &options);
  bool isGpuOfOneRank();
  std::vector<int64_t> groupOf(int32_t collective) const;
  Status checkWaiting(double waited, double timeoutSeconds);
  void watch(double timeoutSeconds);
  void agreeOnGraphs();

  const RankProgram &program;
  Transport &transport;
  GpuFrame &gpu;
  std::unique_ptr<NcclWorld> nccl; ///< null without NCCL
  /// The collective that the GPU is at, by its place in the step, and since
  /// when, in seconds of waiting.
  static constexpr size_t kNone = SIZE_MAX;
  size_t seenFinished = kNone;
  double beganAt = 0;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_GPUCOMMUNICATION_H
