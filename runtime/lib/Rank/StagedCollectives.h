//===- StagedCollectives.h - Collectives through the host's memory --------===//
//
// The ranks' processes exchange what the GPU copied to pinned memory, with the
// transports of processors: also where several ranks share a GPU. The exchange
// is a call of the host on the communication stream, so that the rank itself
// goes on.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_STAGEDCOLLECTIVES_H
#define DTC_RUNTIME_LIB_RANK_STAGEDCOLLECTIVES_H

#include "GpuCollective.h"

namespace dtc::runtime {

class StagedCollective final : public GpuCollective {
public:
  /// Collective `index` of the program, done by `inner`.
  static Result<std::unique_ptr<Collective>>
  create(std::unique_ptr<Collective> inner, GpuFrame &gpu, GroupPlace place,
         const dtc_collective &desc, int32_t index);

private:
  StagedCollective(std::unique_ptr<Collective> innerOf, GpuFrame &gpuOf,
                   int32_t indexOf)
      : GpuCollective(gpuOf, indexOf), inner(std::move(innerOf)) {}
  Status put(const void *source, void *result) override;
  static void exchange(void *collective);
  /// What it sends, and behind that what it gets.
  char *hostMemory() const {
    return static_cast<char *>(gpu.gpu().hostWorkspaceMemory());
  }

  std::unique_ptr<Collective> inner;
  size_t sourceSize = 0, resultOffset = 0, resultSize = 0;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_STAGEDCOLLECTIVES_H
