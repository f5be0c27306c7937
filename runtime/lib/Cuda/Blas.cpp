//===- Blas.cpp - cuBLASLt, opened at run time ----------------------------===//

#include "Blas.h"
#include <cstdlib>
#include <dlfcn.h>
#include <initializer_list>

namespace dtc::runtime::cuda {
namespace {

constexpr size_t kOldest = 120000;

/// The library and the name that it was found by.
struct Opened {
  void *library = nullptr;
  std::string name;
};

Opened openLibrary() {
  const char *chosen = std::getenv("DTC_CUBLASLT");
  if (chosen && *chosen)
    return {dlopen(chosen, RTLD_NOW | RTLD_LOCAL), chosen};
  for (const char *name : {"libcublasLt.so.13", "libcublasLt.so.12"})
    if (void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL))
      return {library, name};
  return {nullptr, "libcublasLt.so.13"};
}

std::string versionText(size_t version) {
  return std::to_string(version / 10000) + "." +
         std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

} // namespace

Error Blas::problem(const char *call, BlasResult result) const {
  return Error{std::string(call) + ": cuBLASLt status " +
               std::to_string(result)};
}

Result<Blas> openBlas() {
  Opened opened = openLibrary();
  if (!opened.library)
    return Error{"no cuBLASLt: cannot open '" + opened.name +
                 "'; install cuBLAS of CUDA 12 or 13, or name its folder in "
                 "LD_LIBRARY_PATH"};
  Blas blas;
#define X(MEMBER, NAME, PARAMETERS)                                            \
  blas.MEMBER =                                                                \
      reinterpret_cast<decltype(blas.MEMBER)>(dlsym(opened.library, NAME));    \
  if (!blas.MEMBER)                                                            \
    return Error{"the cuBLASLt '" + opened.name +                              \
                 "' is too old: it has no '" NAME "'"};
  DTC_CUDA_BLAS_FUNCTIONS(X)
#undef X
  auto *version = reinterpret_cast<size_t (*)()>(
      dlsym(opened.library, "cublasLtGetVersion"));
  blas.version = version ? version() : 0;
  if (blas.version < kOldest)
    return Error{"the cuBLASLt '" + opened.name + "' is " +
                 versionText(blas.version) + ", expected " +
                 versionText(kOldest) + " or newer"};
  if (BlasResult result = blas.create(&blas.handle); result != 0)
    return Error{"cuBLASLt does not start: " +
                 blas.problem("cublasLtCreate", result).message};
  return blas;
}

} // namespace dtc::runtime::cuda
