//===- Driver.h - The CUDA driver, opened at run time ---------------------===//
//
// The driver's functions that a rank uses, in one table: a machine without a
// driver gets a sentence instead of a loader's error, and tests put a driver of
// their own in its place. The types are those of CUDA's driver interface, so
// that no header of the toolkit is needed.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_CUDA_DRIVER_H
#define DTC_RUNTIME_LIB_CUDA_DRIVER_H

#include "dtc/runtime/Result.h"
#include <cstddef>
#include <cstdint>

namespace dtc::runtime::cuda {

using Address = uint64_t; ///< CUdeviceptr
using Handle = void *;    ///< of contexts, modules, functions, streams
using DriverResult = int; ///< CUresult; 0 is success
constexpr DriverResult kNoDevice = 100;
constexpr DriverResult kOutOfMemory = 2;
constexpr DriverResult kNotReady = 600;
constexpr DriverResult kInvalidHandle = 400;
/// CUdevice_attribute
constexpr int kMaxPitch = 11, kCapabilityMajor = 75, kCapabilityMinor = 76;

/// CUuuid: of a GPU, or a part of one, in the world.
struct GpuId {
  char bytes[16];
};

/// CUDA_MEMCPY2D, of which memory types, addresses and pitches of the GPU are
/// set.
struct RowsCopy {
  size_t sourceX, sourceY;
  int sourceType;
  const void *sourceHost;
  Address source;
  void *sourceArray;
  size_t sourcePitch;
  size_t targetX, targetY;
  int targetType;
  void *targetHost;
  Address target;
  void *targetArray;
  size_t targetPitch;
  size_t width, height; ///< bytes, rows
};
constexpr int kMemoryOfGpu = 2; ///< CU_MEMORYTYPE_DEVICE

/// MEMBER, NAME in the library, PARAMETERS; all return a DriverResult.
#define DTC_CUDA_DRIVER_FUNCTIONS(X)                                           \
  X(init, "cuInit", (unsigned))                                                \
  X(version, "cuDriverGetVersion", (int *))                                    \
  X(deviceCount, "cuDeviceGetCount", (int *))                                  \
  X(device, "cuDeviceGet", (int *, int))                                       \
  X(deviceName, "cuDeviceGetName", (char *, int, int))                         \
  X(deviceId, "cuDeviceGetUuid_v2", (GpuId *, int))                            \
  X(deviceAttribute, "cuDeviceGetAttribute", (int *, int, int))                \
  X(retainContext, "cuDevicePrimaryCtxRetain", (Handle *, int))                \
  X(setContext, "cuCtxSetCurrent", (Handle))                                   \
  X(memoryInfo, "cuMemGetInfo_v2", (size_t *, size_t *))                       \
  X(loadModule, "cuModuleLoadData", (Handle *, const void *))                  \
  X(moduleFunction, "cuModuleGetFunction", (Handle *, Handle, const char *))   \
  X(moduleGlobal, "cuModuleGetGlobal_v2",                                      \
    (Address *, size_t *, Handle, const char *))                               \
  X(allocate, "cuMemAlloc_v2", (Address *, size_t))                            \
  X(fill, "cuMemsetD8Async", (Address, unsigned char, size_t, Handle))         \
  X(upload, "cuMemcpyHtoDAsync_v2", (Address, const void *, size_t, Handle))   \
  X(download, "cuMemcpyDtoHAsync_v2", (void *, Address, size_t, Handle))       \
  X(allocateHost, "cuMemHostAlloc", (void **, size_t, unsigned))               \
  X(copy, "cuMemcpyDtoDAsync_v2", (Address, Address, size_t, Handle))          \
  X(copyRows, "cuMemcpy2DAsync_v2", (const RowsCopy *, Handle))                \
  X(priorities, "cuCtxGetStreamPriorityRange", (int *, int *))                 \
  X(createStream, "cuStreamCreateWithPriority", (Handle *, unsigned, int))     \
  X(synchronize, "cuStreamSynchronize", (Handle))                              \
  X(query, "cuStreamQuery", (Handle))                                          \
  X(waitEvent, "cuStreamWaitEvent", (Handle, Handle, unsigned))                \
  X(createEvent, "cuEventCreate", (Handle *, unsigned))                        \
  X(recordEvent, "cuEventRecordWithFlags", (Handle, Handle, unsigned))         \
  X(synchronizeEvent, "cuEventSynchronize", (Handle))                          \
  X(queryEvent, "cuEventQuery", (Handle))                                      \
  X(elapsed, "cuEventElapsedTime", (float *, Handle, Handle))                  \
  X(callHost, "cuLaunchHostFunc", (Handle, void (*)(void *), void *))          \
  X(beginCapture, "cuStreamBeginCapture_v2", (Handle, int))                    \
  X(endCapture, "cuStreamEndCapture", (Handle, Handle *))                      \
  X(makeGraph, "cuGraphInstantiateWithFlags",                                  \
    (Handle *, Handle, unsigned long long))                                    \
  X(destroyGraph, "cuGraphDestroy", (Handle))                                  \
  X(destroyExecutable, "cuGraphExecDestroy", (Handle))                         \
  X(launchGraph, "cuGraphLaunch", (Handle, Handle))                            \
  X(launch, "cuLaunchKernel",                                                  \
    (Handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,       \
     unsigned, Handle, void **, void **))                                      \
  X(errorText, "cuGetErrorString", (DriverResult, const char **))

struct Driver {
#define X(MEMBER, NAME, PARAMETERS) DriverResult(*MEMBER) PARAMETERS = nullptr;
  DTC_CUDA_DRIVER_FUNCTIONS(X)
#undef X

  /// Why a call failed: "cuMemAlloc_v2: out of memory".
  Error problem(const char *call, DriverResult result) const;
};

/// The version as cuBLASLt, cuDNN and NCCL number themselves: "9.19.0" of
/// 91900.
std::string versionText(size_t version);

/// Opens the driver's library, or that of $DTC_CUDA_DRIVER, and initialises it.
/// The error is a sentence for the user.
Result<Driver> openDriver();

} // namespace dtc::runtime::cuda

#endif // DTC_RUNTIME_LIB_CUDA_DRIVER_H
