//===- GpuLibraries.cpp - What a GPU program calls beside its kernels -----===//

#include "GpuLibraries.h"

namespace dtc::runtime {

Result<std::unique_ptr<GpuLibraries>>
GpuLibraries::open(const dtc_gpu_program &program, cuda::Device &device,
                   const std::string &folder, int64_t localRank) {
  std::unique_ptr<GpuLibraries> libraries(new GpuLibraries(device));
  if (!(program.libraries & DTC_GPU_CUBLASLT))
    return libraries;
  auto blas = cuda::openBlas();
  if (!blas)
    return blas.error();
  libraries->blas = *blas;
  libraries->algorithms = cuda::AlgorithmCache(
      folder + "/cublaslt.gpu" + std::to_string(localRank) + ".cache",
      blas->version, device.gpuName());
  return libraries;
}

void *GpuLibraries::createProduct(const dtc_matmul &desc,
                                  std::string &problem) {
  auto product = cuda::Product::create(blas, desc, algorithms);
  if (!product) {
    problem = product.error().message;
    return nullptr;
  }
  if (auto status = device.reserveWorkspace((*product)->workspaceBytes());
      !status) {
    problem = status.error().message;
    return nullptr;
  }
  products.push_back(std::move(*product));
  return products.back().get();
}

Status GpuLibraries::runProduct(const void *product,
                                const cuda::ProductArguments &arguments) const {
  return static_cast<const cuda::Product *>(product)->run(
      arguments, device.workspaceMemory(), device.computeStream());
}

} // namespace dtc::runtime
