//===- Driver.cpp - The CUDA driver, opened at run time -------------------===//

#include "Driver.h"
#include <cstdlib>
#include <dlfcn.h>

namespace dtc::runtime::cuda {
namespace {

constexpr char kNeeds[] =
    "; a bundle for cuda needs an NVIDIA GPU and its driver";

} // namespace

Error Driver::problem(const char *call, DriverResult result) const {
  const char *text = nullptr;
  if (!errorText || errorText(result, &text) != 0 || !text)
    text = "unknown error";
  return Error{std::string(call) + ": " + text + " (" + std::to_string(result) +
               ")"};
}

std::string versionText(size_t version) {
  return std::to_string(version / 10000) + "." +
         std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

Result<Driver> openDriver() {
  const char *chosen = std::getenv("DTC_CUDA_DRIVER");
  const char *path = chosen && *chosen ? chosen : "libcuda.so.1";
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return Error{std::string("no CUDA driver: cannot open '") + path + "'" +
                 kNeeds};
  Driver driver;
#define X(MEMBER, NAME, PARAMETERS)                                            \
  driver.MEMBER =                                                              \
      reinterpret_cast<decltype(driver.MEMBER)>(dlsym(library, NAME));         \
  if (!driver.MEMBER)                                                          \
    return Error{std::string("the CUDA driver '") + path +                     \
                 "' is too old: it has no '" NAME "'"};
  DTC_CUDA_DRIVER_FUNCTIONS(X)
#undef X
  if (DriverResult result = driver.init(0); result == kNoDevice)
    return Error{std::string("no GPU that the CUDA driver knows") + kNeeds};
  else if (result != 0)
    return Error{"the CUDA driver does not start: " +
                 driver.problem("cuInit", result).message};
  return driver;
}

} // namespace dtc::runtime::cuda
