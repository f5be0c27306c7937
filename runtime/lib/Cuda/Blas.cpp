//===- Blas.cpp - cuBLASLt, opened at run time ----------------------------===//

#include "Blas.h"
#include <cstdlib>
#include <dlfcn.h>
#include <vector>

namespace dtc::runtime::cuda {
namespace {

constexpr size_t kOldest = 120000;

/// What dlopen() takes, newest first: cuBLASLt of CUDA 13 is found, and does
/// not start, where the driver is one of CUDA 12.
std::vector<std::string> libraryNames() {
  const char *chosen = std::getenv("DTC_CUBLASLT");
  if (chosen && *chosen)
    return {chosen};
  return {"libcublasLt.so.13", "libcublasLt.so.12"};
}

} // namespace

Error Blas::problem(const char *call, BlasResult result) const {
  return Error{std::string(call) + ": cuBLASLt status " +
               std::to_string(result)};
}

static Result<Blas> startBlas(void *library, const std::string &name) {
  Blas blas;
#define X(MEMBER, NAME, PARAMETERS)                                            \
  blas.MEMBER = reinterpret_cast<decltype(blas.MEMBER)>(dlsym(library, NAME)); \
  if (!blas.MEMBER)                                                            \
    return Error{"the cuBLASLt '" + name +                                     \
                 "' is too old: it has no '" NAME "'"};
  DTC_CUDA_BLAS_FUNCTIONS(X)
#undef X
  auto *version =
      reinterpret_cast<size_t (*)()>(dlsym(library, "cublasLtGetVersion"));
  blas.version = version ? version() : 0;
  if (blas.version < kOldest)
    return Error{"the cuBLASLt '" + name + "' is " + versionText(blas.version) +
                 ", expected " + versionText(kOldest) + " or newer"};
  if (BlasResult result = blas.create(&blas.handle); result != 0)
    return Error{"the cuBLASLt '" + name + "' does not start: " +
                 blas.problem("cublasLtCreate", result).message +
                 "; it must not be of a newer CUDA than the driver"};
  return blas;
}

Result<Blas> openBlas() {
  std::vector<std::string> names = libraryNames();
  Error problem{"no cuBLASLt: cannot open '" + names.front() +
                "'; install cuBLAS of CUDA 12 or 13, or name its folder in "
                "LD_LIBRARY_PATH"};
  for (const std::string &name : names) {
    void *library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library)
      continue;
    auto blas = startBlas(library, name);
    if (blas)
      return blas;
    problem = blas.error();
  }
  return problem;
}

} // namespace dtc::runtime::cuda
