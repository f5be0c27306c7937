//===- Dnn.cpp - cuDNN 9, opened at run time ------------------------------===//

#include "Dnn.h"
#include <cstdlib>
#include <dlfcn.h>

namespace dtc::runtime::cuda {
namespace {

constexpr size_t kOldest = 90800;

} // namespace

Error Dnn::problem(const char *call, DnnResult result) const {
  char reason[512] = {};
  lastError(reason, sizeof reason - 1);
  std::string text = std::string(call) + ": " + errorText(result) + " (" +
                     std::to_string(result) + ")";
  return Error{*reason ? text + ": " + reason : text};
}

Result<Dnn> openDnnLibrary() {
  const char *chosen = std::getenv("DTC_CUDNN");
  std::string path = chosen && *chosen ? chosen : "libcudnn.so.9";
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return Error{"no cuDNN: cannot open '" + path +
                 "'; install cuDNN 9.8 or newer, or name its folder in "
                 "LD_LIBRARY_PATH"};
  Dnn dnn;
#define X(MEMBER, NAME, PARAMETERS)                                            \
  dnn.MEMBER = reinterpret_cast<decltype(dnn.MEMBER)>(dlsym(library, NAME));   \
  if (!dnn.MEMBER)                                                             \
    return Error{"the cuDNN '" + path + "' is too old: it has no '" NAME "'"};
  DTC_CUDA_DNN_FUNCTIONS(X)
#undef X
  dnn.errorText = reinterpret_cast<const char *(*)(DnnResult)>(
      dlsym(library, "cudnnGetErrorString"));
  dnn.lastError = reinterpret_cast<void (*)(char *, size_t)>(
      dlsym(library, "cudnnGetLastErrorString"));
  auto *version =
      reinterpret_cast<size_t (*)()>(dlsym(library, "cudnnGetVersion"));
  dnn.version = version ? version() : 0;
  if (!dnn.errorText || !dnn.lastError || dnn.version < kOldest ||
      dnn.version / 10000 != kOldest / 10000)
    return Error{"the cuDNN '" + path + "' is " + versionText(dnn.version) +
                 ", expected " + versionText(kOldest) + " or a newer cuDNN 9"};
  return dnn;
}

Result<Dnn> openDnn() {
  auto dnn = openDnnLibrary();
  if (!dnn)
    return dnn.error();
  if (DnnResult result = dnn->create(&dnn->handle); result != 0)
    return Error{"cuDNN does not start: " +
                 dnn->problem("cudnnCreate", result).message};
  return dnn;
}

} // namespace dtc::runtime::cuda
