//===- GpuLibraries.cpp - What a GPU program calls beside its kernels -----===//

#include "GpuLibraries.h"
#include "dtc/runtime/ElementType.h"
#include <cstring>

namespace dtc::runtime {

Result<std::unique_ptr<GpuLibraries>>
GpuLibraries::open(const dtc_gpu_program &program, cuda::Device &device,
                   const std::string &folder, int64_t localRank) {
  std::unique_ptr<GpuLibraries> libraries(new GpuLibraries(device));
  if (program.libraries & DTC_GPU_CUBLASLT)
    if (auto status = libraries->openBlas(folder, localRank); !status)
      return status.error();
  if (program.libraries & DTC_GPU_CUDNN)
    if (auto status = libraries->openDnn(folder, localRank); !status)
      return status.error();
  return libraries;
}

Status GpuLibraries::openBlas(const std::string &folder, int64_t localRank) {
  auto opened = cuda::openBlas();
  if (!opened)
    return opened.error();
  blas = *opened;
  algorithms = cuda::AlgorithmCache(
      folder, {"cublaslt", blas.version, device.gpuName(), localRank});
  return Done{};
}

Status GpuLibraries::openDnn(const std::string &folder, int64_t localRank) {
  auto opened = cuda::openDnn();
  if (!opened)
    return opened.error();
  dnn = *opened;
  if (cuda::DnnResult result =
          dnn.setStream(dnn.handle, device.computeStream());
      result != 0)
    return dnn.problem("cudnnSetStream", result);
  engines = cuda::AlgorithmCache(
      folder, {"cudnn", dnn.version, device.gpuName(), localRank});
  return Done{};
}

Status GpuLibraries::finishLoading() {
  algorithms.save();
  engines.save();
  return device.allocateWorkspace();
}

Result<const void *> GpuLibraries::makeOnes(int32_t dtype, int64_t count) {
  const auto element = static_cast<size_t>(elementSize(dtype));
  const uint16_t half = f16FromFloat(1), brain = bf16FromFloat(1);
  const float single = 1;
  const void *one = dtype == DTC_F16    ? static_cast<const void *>(&half)
                    : dtype == DTC_BF16 ? static_cast<const void *>(&brain)
                                        : &single;
  std::vector<char> ones(static_cast<size_t>(count) * element);
  for (size_t at = 0; at < ones.size(); at += element)
    std::memcpy(ones.data() + at, one, element);
  auto memory = device.allocate(ones.size());
  if (!memory)
    return memory.error();
  if (auto status = device.upload(*memory, ones.data(), ones.size()); !status)
    return status.error();
  return static_cast<const void *>(*memory);
}

void *GpuLibraries::createProduct(const dtc_matmul &desc,
                                  std::string &problem) {
  auto product = cuda::Product::create(
      blas, desc, algorithms, masks,
      [this](int32_t dtype, int64_t count) { return makeOnes(dtype, count); });
  if (!product) {
    problem = product.error().message;
    return nullptr;
  }
  device.reserveWorkspace((*product)->workspaceBytes());
  products.push_back(std::move(*product));
  return products.back().get();
}

Status GpuLibraries::runProduct(const void *product,
                                const cuda::ProductArguments &arguments) const {
  return static_cast<const cuda::Product *>(product)->run(
      arguments, device.workspaceMemory(), device.computeStream());
}

void *GpuLibraries::keep(Result<std::unique_ptr<cuda::DnnPlan>> plan,
                         std::string &problem) {
  if (!plan) {
    problem = plan.error().message;
    return nullptr;
  }
  device.reserveWorkspace((*plan)->workspaceBytes());
  plans.push_back(*std::move(plan));
  return plans.back().get();
}

void *GpuLibraries::createConvolution(const dtc_convolution &desc,
                                      cuda::ConvolutionKind kind,
                                      std::string &problem) {
  return keep(cuda::planConvolution(dnn, desc, kind, engines), problem);
}

void *GpuLibraries::createAttention(const dtc_attention &desc,
                                    std::string &problem) {
  return keep(cuda::planAttention(dnn, desc, engines), problem);
}

void *GpuLibraries::createAttentionGradient(const dtc_attention_gradient &desc,
                                            std::string &problem) {
  return keep(cuda::planAttentionGradient(dnn, desc, engines), problem);
}

Status GpuLibraries::runPlan(const void *plan,
                             const std::vector<const void *> &pointers) const {
  return static_cast<const cuda::DnnPlan *>(plan)->run(
      pointers, device.workspaceMemory());
}

} // namespace dtc::runtime
