//===- GpuLibraries.h - What a GPU program calls beside its kernels -------===//

#ifndef DTC_RUNTIME_LIB_RANK_GPULIBRARIES_H
#define DTC_RUNTIME_LIB_RANK_GPULIBRARIES_H

#include "../Cuda/Device.h"
#include "../Cuda/DnnAttention.h"
#include "../Cuda/DnnConvolution.h"
#include "../Cuda/Product.h"
#include "../Cuda/ReluCheck.h"
#include "dtc/runtime/RankServices.h"

namespace dtc::runtime {

class GpuLibraries {
public:
  /// Opens those of `program`. `folder` keeps what was chosen on this GPU. The
  /// error is a sentence about the first that is missing.
  static Result<std::unique_ptr<GpuLibraries>>
  open(const dtc_gpu_program &program, cuda::Device &device,
       const std::string &folder, int64_t localRank);

  /// Null after an error that is left in `problem`.
  void *createProduct(const dtc_matmul &desc, std::string &problem);
  Status runProduct(const void *product,
                    const cuda::ProductArguments &arguments) const;

  /// The same for what cuDNN computes.
  void *createConvolution(const dtc_convolution &desc,
                          cuda::ConvolutionKind kind, std::string &problem);
  void *createAttention(const dtc_attention &desc, std::string &problem);
  void *createAttentionGradient(const dtc_attention_gradient &desc,
                                std::string &problem);
  /// `pointers` are those of the plan's tensors.
  Status runPlan(const void *plan,
                 const std::vector<const void *> &pointers) const;

  /// Everything has been created; before anything runs.
  Status finishLoading();

private:
  explicit GpuLibraries(cuda::Device &deviceOf) : device(deviceOf) {}
  Status openBlas(const std::string &folder, int64_t localRank);
  Status openDnn(const std::string &folder, int64_t localRank);
  Result<const void *> makeOnes(int32_t dtype, int64_t count);
  void *keep(Result<std::unique_ptr<cuda::DnnPlan>> plan, std::string &problem);

  cuda::Device &device;
  cuda::Blas blas;
  cuda::Dnn dnn;
  cuda::AlgorithmCache algorithms, engines;
  cuda::ReluMasks masks{[this](int32_t dtype) {
    return cuda::passesReluGradients(blas, device, dtype);
  }};
  std::vector<std::unique_ptr<cuda::Product>> products;
  std::vector<std::unique_ptr<cuda::DnnPlan>> plans;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_GPULIBRARIES_H
