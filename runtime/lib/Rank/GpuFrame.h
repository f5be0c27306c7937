//===- GpuFrame.h - A frame whose memory is a GPU's -----------------------===//
//
// 1. open: find the GPU, load the kernels; before ranks meet, so that a machine
//    without one says so at once.
// 2. allocate: memory for what a frame points at.
// 3. upload: constants and parameters; inputs, for each training step again.
// 4. Each step: step().run(); at the end, and where a training step's values
// are
//    wanted, downloads.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_GPUFRAME_H
#define DTC_RUNTIME_LIB_RANK_GPUFRAME_H

#include "GpuLibraries.h"
#include "GpuStep.h"
#include "Program.h"
#include "dtc/runtime/RankServices.h"

namespace dtc::runtime {

/// Gives zeroed memory of the GPU.
using DeviceMemory = std::function<Result<void *>(size_t bytes)>;

class GpuFrame {
public:
  /// Null when the program is one for processors. `localRank` chooses among the
  /// host's GPUs; `folder` is the bundle's. The error says why there is no
  /// usable GPU, or what else is missing.
  static Result<std::unique_ptr<GpuFrame>> open(int64_t localRank,
                                                const std::string &folder);

  /// Points everything in `frame` but collectives at memory of the GPU, the
  /// arena at that of `forArena`. Launches that fail end the rank through
  /// `services`.
  Status allocate(const RankProgram &program, RankServices &services,
                  const DeviceMemory &forArena, dtc_frame &frame);
  /// Constants and parameters.
  Status upload(const RankProgram &program,
                const std::vector<void *> &parameters);
  Status uploadInputs(const RankProgram &program,
                      const std::vector<void *> &inputs);
  /// Waits for what loading started.
  Status finishLoading();
  /// All outputs; where one is a parameter, into that parameter's memory.
  Status download(const RankProgram &program,
                  const std::vector<void *> &outputs);
  Status downloadOutput(const RankProgram &program, size_t index, void *output);
  /// The parameters and states that steps change.
  Status downloadUpdated(const RankProgram &program,
                         const std::vector<void *> &parameters);

  cuda::Device &gpu() { return *device; }
  GpuStep &step() { return *steps; }
  /// What failed ends the rank, or the capture of a step.
  void endUnless(const Status &status);

  /// dtc_gpu_launch() of this process's frame.
  static void launch(uint32_t kernel, uint32_t blocks, uint32_t threads,
                     void **arguments);
  /// dtc_gpu_matmul_create() and dtc_gpu_matmul_run(), the same way.
  static void *createProduct(const dtc_matmul &desc);
  static void runProduct(const void *product,
                         const cuda::ProductArguments &arguments);
  static void *createConvolution(const dtc_convolution &desc,
                                 cuda::ConvolutionKind kind);
  static void *createAttention(const dtc_attention &desc);
  static void *createAttentionGradient(const dtc_attention_gradient &desc);
  static void runPlan(const void *plan,
                      const std::vector<const void *> &pointers);

private:
  Status allocateAll(const std::vector<BoundaryTensor> &tensors,
                     std::vector<void *> &pointers);
  Status uploadOne(const BoundaryTensor &tensor, void *to, const void *from);
  Status downloadOne(const BoundaryTensor &tensor, void *to, const void *from);

  std::unique_ptr<cuda::Device> device;
  std::unique_ptr<GpuLibraries> libraries;
  std::unique_ptr<GpuStep> steps;
  RankServices *services = nullptr;
  char *packed = nullptr;
  std::vector<void *> inputs, outputs, parameters, primitives;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_GPUFRAME_H
