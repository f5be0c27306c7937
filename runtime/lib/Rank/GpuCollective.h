//===- GpuCollective.h - A collective on the communication stream ---------===//

#ifndef DTC_RUNTIME_LIB_RANK_GPUCOLLECTIVE_H
#define DTC_RUNTIME_LIB_RANK_GPUCOLLECTIVE_H

#include "GpuFrame.h"
#include "dtc/runtime/Transport.h"

namespace dtc::runtime {

/// A rank in a collective's group.
struct GroupPlace {
  int64_t members, member;
};

/// Lets the communication stream wait for what has been computed when it
/// starts, and the compute stream for the result where it is waited for.
class GpuCollective : public Collective {
public:
  void start(const void *source, void *result) final;
  void wait() final;

protected:
  /// `index` is the collective's in the program.
  GpuCollective(GpuFrame &gpuOf, int32_t indexOf)
      : gpu(gpuOf), index(indexOf) {}
  Status createEvents();

  /// Puts everything on the communication stream.
  virtual Status put(const void *source, void *result) = 0;

  GpuFrame &gpu;

private:
  Status startTimed(const void *source, void *result);

  int32_t index;
  cuda::Handle isReady = nullptr, isDone = nullptr;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_GPUCOLLECTIVE_H
