//===- GpuLibraries.h - What a GPU program calls beside its kernels -------===//

#ifndef DTC_RUNTIME_LIB_RANK_GPULIBRARIES_H
#define DTC_RUNTIME_LIB_RANK_GPULIBRARIES_H

#include "../Cuda/Device.h"
#include "../Cuda/Product.h"
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

  /// Everything has been created.
  void finishLoading() { algorithms.save(); }

private:
  explicit GpuLibraries(cuda::Device &deviceOf) : device(deviceOf) {}

  cuda::Device &device;
  cuda::Blas blas;
  cuda::AlgorithmCache algorithms;
  std::vector<std::unique_ptr<cuda::Product>> products;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_GPULIBRARIES_H
