//===- Session.h - One run of a compiled program on one rank --------------===//
//
// 1. connect: meet the other ranks, compare hashes, create output files.
// 2. load: map or make the parameters, read the inputs, prefault the arena, let
//    the program create its primitives.
// 3. run: warm-up and timed repetitions of the step; training steps, each with
//    inputs of its own, and checkpoints between them.
// 4. finish: gather and write what was asked for, give the files their names.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_SESSION_H
#define DTC_RUNTIME_LIB_RANK_SESSION_H

#include "GpuCommunication.h"
#include "GpuFrame.h"
#include "Inputs.h"
#include "Options.h"
#include "Outputs.h"
#include "Parameters.h"
#include "Recorder.h"
#include "dtc/runtime/RankServices.h"
#include "dtc/runtime/Transport.h"

namespace dtc::runtime {

/// What `dtc_frame::collectives` points at.
struct RankCollective {
  std::unique_ptr<Collective> collective;
  Recorder *recorder; ///< null where a GPU takes the times
  int32_t index;
};

class Session final : public RankServices, private Peers {
public:
  Session(RankProgram program, RankOptions options, std::string folder,
          std::unique_ptr<Transport> transport);

  /// Steps run on this GPU; null: on processors.
  void use(std::unique_ptr<GpuFrame> frameOf) { gpu = std::move(frameOf); }

  /// Runs all phases; the first error, if there is one.
  Status run();

  [[noreturn]] void fail(const char *message) override;
  void weightPacked(const void *weight, size_t bytes) override;
  void enterPhase(int32_t phase) override;

private:
  Status load();
  Status allocate();
  Status allocateProcessorFrame();
  Status allocateGpuFrame();
  Result<void *> carve(int64_t bytes);
  Status createCollectives();
  Status repeat();
  Status train();
  Status runStep();
  Status nextInputs(int64_t step);
  Status writeCheckpoint(int64_t steps);
  Status keepLoss();
  void showProgress(int64_t step);
  Status finish();

  std::vector<std::vector<char>> gather(const void *data,
                                        size_t bytes) override;
  void runCollective(const dtc_collective &collective, const void *source,
                     void *result) override;

  RankProgram program;
  RankOptions options;
  std::string folder;
  std::unique_ptr<Transport> transport;
  Recorder recorder;
  ParameterStore parameters;
  InputArrays inputArrays;
  OutputFiles files;
  std::vector<AlignedBuffer> buffers;
  std::vector<void *> inputs, outputs, primitives, handles;
  std::vector<RankCollective> collectives;
  std::unique_ptr<GpuFrame> gpu;
  std::unique_ptr<GpuCommunication> communication;
  dtc_frame frame = {};
  int64_t lossOutput = -1;  ///< the output called "loss", in training
  std::vector<char> losses; ///< its values, step by step
  int64_t lastProgress = 0;
};

/// A rank's main(): parses `arguments`, connects, runs. Returns the exit
/// status: 0, 1 for bad input or a failed rank, 2 for wrong usage.
int runRank(const dtc_program &table,
            const std::vector<std::string> &arguments);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_SESSION_H
