//===- GpuStep.h - Steps of a GPU program ---------------------------------===//
//
// 1. The first step is started call by call: libraries set themselves up.
// 2. The second is captured, with everything on both streams, and from then on
//    a step is one launch of the graph. DTC_CUDA_GRAPH=0 in the environment
//    leaves all steps as the first; so does a capture that fails.
// 3. Timers stand at the step's ends, at phases and around collectives, in the
//    graph too.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_GPUSTEP_H
#define DTC_RUNTIME_LIB_RANK_GPUSTEP_H

#include "../Cuda/Device.h"
#include "Recorder.h"
#include <functional>
#include <string>

namespace dtc::runtime {

class GpuStep {
public:
  explicit GpuStep(cuda::Device &deviceOf);

  Status prepare(size_t numCollectives);

  /// Runs a step and waits for it.
  Status run(const dtc_program &table, dtc_frame &frame);
  enum class Detail { Step, All };
  /// Of the last step; with phases and collectives only when asked for.
  Result<DeviceTimes> times(Detail detail) const;

  /// False where steps are started call by call.
  bool usesGraphs() const { return wantsGraph; }
  void startCallByCall() { wantsGraph = false; }
  /// `least` gives the least number of all ranks. All of them have graphs or
  /// none: so NCCL wants it.
  void agreeBy(std::function<int64_t(int64_t)> least) {
    leastOfAll = std::move(least);
  }
  /// While a step is captured, what fails ends the capture and not the rank:
  /// then this keeps the problem and is true.
  bool keepProblem(const Error &problem);

  /// What is started from here on belongs to another dtc_phase.
  Status enterPhase(int32_t phase);
  /// Around what a collective has on the communication stream.
  Status beginCollective(int32_t index);
  Status endCollective(int32_t index);

  /// Collectives of the running step that the GPU is done with, and the one
  /// that it is at: waits for other ranks, or moves what they have.
  struct Progress {
    size_t finished = 0;
    /// The next one, by its place in the program; -1: the GPU computes.
    int32_t collective = -1;
  };
  Result<Progress> progress();

  /// The graph gives back what it holds; nothing may run.
  void destroyGraph();

private:
  struct PhaseMark {
    int32_t phase;
    cuda::Handle timer;
  };
  struct CollectiveTimers {
    cuda::Handle begin = nullptr, end = nullptr;
  };

  Status start(const dtc_program &table, dtc_frame &frame);
  void startCalls(const dtc_program &table, dtc_frame &frame);
  Status capture(const dtc_program &table, dtc_frame &frame);
  Result<double> since(cuda::Handle timer) const {
    return device.secondsBetween(begin, timer);
  }
  Status addPhases(DeviceTimes &times) const;

  cuda::Device &device;
  bool wantsGraph, isCapturing = false;
  std::function<int64_t(int64_t)> leastOfAll;
  /// The first of a capture; empty without.
  std::string captureProblem;
  cuda::Handle begin = nullptr, end = nullptr, graph = nullptr;
  std::vector<CollectiveTimers> collectives;
  /// In the order that a step starts them, and how far the running one got.
  std::vector<int32_t> order;
  size_t numFinished = 0;
  /// Those of the step, in order, and timers for more.
  std::vector<PhaseMark> marks;
  size_t numMarks = 0;
  int64_t numSteps = 0;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_GPUSTEP_H
