//===- Nccl.cpp - NCCL, opened at run time --------------------------------===//

#include "Nccl.h"
#include <cstdlib>
#include <dlfcn.h>

namespace dtc::runtime::cuda {
namespace {

/// The first that splits communicators.
constexpr int kOldest = 21800;

} // namespace

Error Nccl::problem(const char *call, NcclResult result) const {
  return Error{std::string(call) + ": " + errorText(result) + " (" +
               std::to_string(result) + ")"};
}

Result<Nccl> openNccl() {
  const char *chosen = std::getenv("DTC_NCCL");
  const char *path = chosen && *chosen ? chosen : "libnccl.so.2";
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return Error{std::string("no NCCL: cannot open '") + path +
                 "'; install NCCL 2.18 or newer, or use --transport shm"};
  Nccl nccl;
#define X(MEMBER, NAME, PARAMETERS)                                            \
  nccl.MEMBER = reinterpret_cast<decltype(nccl.MEMBER)>(dlsym(library, NAME)); \
  if (!nccl.MEMBER)                                                            \
    return Error{std::string("the NCCL '") + path +                            \
                 "' is too old: it has no '" NAME "'"};
  DTC_CUDA_NCCL_FUNCTIONS(X)
#undef X
#define X(MEMBER, NAME, PARAMETERS)                                            \
  nccl.MEMBER = reinterpret_cast<decltype(nccl.MEMBER)>(dlsym(library, NAME));
  DTC_CUDA_NCCL_REGISTRATION(X)
#undef X
  nccl.errorText = reinterpret_cast<const char *(*)(NcclResult)>(
      dlsym(library, "ncclGetErrorString"));
  if (!nccl.errorText || nccl.getVersion(&nccl.version) != 0 ||
      nccl.version < kOldest)
    return Error{std::string("the NCCL '") + path + "' is " +
                 versionText(static_cast<size_t>(nccl.version)) +
                 ", expected " + versionText(kOldest) + " or newer"};
  return nccl;
}

} // namespace dtc::runtime::cuda
