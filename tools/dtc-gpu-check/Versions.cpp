//===- Versions.cpp - Which libraries programs for GPUs find --------------===//

#include "Versions.h"
#include "Blas.h"
#include "Dnn.h"
#include "Nccl.h"
#include <dlfcn.h>

namespace dtc::gpucheck {
namespace {

using namespace runtime;

/// Of what opened, or why it did not.
template <typename Library>
std::string lineOf(const std::string &name, const Result<Library> &library) {
  if (!library)
    return name + ": " + library.error().message;
  return name + " " +
         cuda::versionText(static_cast<size_t>((*library).version));
}

/// cuDNN compiles attention's kernels with it; ranks do not open it themselves.
std::string compilerLine() {
  using Version = int (*)(int *, int *);
  for (const char *name : {"libnvrtc.so.13", "libnvrtc.so.12"}) {
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library)
      continue;
    auto version = reinterpret_cast<Version>(dlsym(library, "nvrtcVersion"));
    int major = 0, minor = 0;
    if (version && version(&major, &minor) == 0)
      return "NVRTC " + std::to_string(major) + "." + std::to_string(minor);
  }
  return "NVRTC: cannot open 'libnvrtc.so.13' or 'libnvrtc.so.12'; cuDNN wants "
         "it for attention";
}

/// The libraries start on the first GPU.
Status useFirstGpu(const cuda::Driver &driver) {
  int gpu = 0;
  cuda::Handle context = nullptr;
  if (cuda::DriverResult result = driver.device(&gpu, 0); result != 0)
    return driver.problem("cuDeviceGet", result);
  if (cuda::DriverResult result = driver.retainContext(&context, gpu);
      result != 0)
    return driver.problem("cuDevicePrimaryCtxRetain", result);
  if (cuda::DriverResult result = driver.setContext(context); result != 0)
    return driver.problem("cuCtxSetCurrent", result);
  return Done{};
}

} // namespace

Result<std::vector<std::string>> libraryVersions() {
  auto driver = cuda::openDriver();
  if (!driver)
    return driver.error();
  int version = 0;
  if (cuda::DriverResult result = driver->version(&version); result != 0)
    return driver->problem("cuDriverGetVersion", result);
  if (auto status = useFirstGpu(*driver); !status)
    return status.error();
  return std::vector<std::string>{
      "driver for CUDA " + std::to_string(version / 1000) + "." +
          std::to_string(version % 1000 / 10),
      lineOf("cuBLASLt", cuda::openBlas()), lineOf("cuDNN", cuda::openDnn()),
      lineOf("NCCL", cuda::openNccl()), compilerLine()};
}

} // namespace dtc::gpucheck
