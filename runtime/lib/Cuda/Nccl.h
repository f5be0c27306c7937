//===- Nccl.h - NCCL, opened at run time ----------------------------------===//
//
// The functions of NCCL that collectives use, in one table, as Driver.h has the
// driver's. Types and numbers are those of nccl.h.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_CUDA_NCCL_H
#define DTC_RUNTIME_LIB_CUDA_NCCL_H

#include "Driver.h"

namespace dtc::runtime::cuda {

using NcclResult = int; ///< ncclResult_t; 0 is success
constexpr NcclResult kNcclInProgress = 7;

/// ncclUniqueId: what the ranks of a communicator know.
struct NcclId {
  char bytes[128];
};

/// ncclDataType_t
enum NcclType {
  kNcclI8 = 0,
  kNcclU8 = 1,
  kNcclI32 = 2,
  kNcclU32 = 3,
  kNcclI64 = 4,
  kNcclU64 = 5,
  kNcclF16 = 6,
  kNcclF32 = 7,
  kNcclF64 = 8,
  kNcclBf16 = 9
};
/// ncclRedOp_t
enum NcclReduction {
  kNcclSum = 0,
  kNcclProduct = 1,
  kNcclMax = 2,
  kNcclMin = 3,
  kNcclAverage = 4
};

/// MEMBER, NAME in the library, PARAMETERS; all return a NcclResult. Types and
/// reductions are ints; communicators and streams are handles, in this order.
#define DTC_CUDA_NCCL_FUNCTIONS(X)                                             \
  X(getVersion, "ncclGetVersion", (int *))                                     \
  X(getId, "ncclGetUniqueId", (NcclId *))                                      \
  X(initRank, "ncclCommInitRank", (Handle *, int, NcclId, int))                \
  X(split, "ncclCommSplit", (Handle, int, int, Handle *, void *))              \
  X(allReduce, "ncclAllReduce",                                                \
    (const void *, void *, size_t, int, int, Handle, Handle))                  \
  X(allGather, "ncclAllGather",                                                \
    (const void *, void *, size_t, int, Handle, Handle))                       \
  X(reduceScatter, "ncclReduceScatter",                                        \
    (const void *, void *, size_t, int, int, Handle, Handle))                  \
  X(reduce, "ncclReduce",                                                      \
    (const void *, void *, size_t, int, int, int, Handle, Handle))             \
  X(broadcast, "ncclBroadcast",                                                \
    (const void *, void *, size_t, int, int, Handle, Handle))                  \
  X(send, "ncclSend", (const void *, size_t, int, int, Handle, Handle))        \
  X(receive, "ncclRecv", (void *, size_t, int, int, Handle, Handle))           \
  X(beginGroup, "ncclGroupStart", ())                                          \
  X(endGroup, "ncclGroupEnd", ())                                              \
  X(asyncError, "ncclCommGetAsyncError", (Handle, NcclResult *))

/// Of NCCL 2.19 and newer; null in older ones.
#define DTC_CUDA_NCCL_REGISTRATION(X)                                          \
  X(allocate, "ncclMemAlloc", (void **, size_t))                               \
  X(registerMemory, "ncclCommRegister", (Handle, void *, size_t, Handle *))    \
  X(deregister, "ncclCommDeregister", (Handle, Handle))

struct Nccl {
#define X(MEMBER, NAME, PARAMETERS) NcclResult(*MEMBER) PARAMETERS = nullptr;
  DTC_CUDA_NCCL_FUNCTIONS(X)
  DTC_CUDA_NCCL_REGISTRATION(X)
#undef X
  /// ncclGetVersion(): 22809 is 2.28.9.
  int version = 0;
  bool canRegister() const { return allocate && registerMemory && deregister; }
  const char *(*errorText)(NcclResult) = nullptr;

  /// "ncclAllReduce: unhandled system error (2)".
  Error problem(const char *call, NcclResult result) const;
};

/// Opens NCCL 2.18 or newer: libnccl.so.2, or the library of $DTC_NCCL. The
/// error is a sentence for the user.
Result<Nccl> openNccl();

} // namespace dtc::runtime::cuda

#endif // DTC_RUNTIME_LIB_CUDA_NCCL_H
