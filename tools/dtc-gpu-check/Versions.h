//===- Versions.h - Which libraries programs for GPUs find ----------------===//
//
// What a report of a machine begins with: most of what goes wrong there is a
// library that is missing, or one of another CUDA than the driver's.
//===----------------------------------------------------------------------===//

#ifndef DTC_TOOLS_DTC_GPU_CHECK_VERSIONS_H
#define DTC_TOOLS_DTC_GPU_CHECK_VERSIONS_H

#include "dtc/runtime/Result.h"
#include <string>
#include <vector>

namespace dtc::gpucheck {

/// Lines "cuDNN 9.19.0", or "cuDNN: " with what a rank would say in its place:
/// the newest CUDA that the driver knows, cuBLASLt, cuDNN, NCCL, NVRTC. The
/// error says why there is no usable GPU.
runtime::Result<std::vector<std::string>> libraryVersions();

} // namespace dtc::gpucheck

#endif // DTC_TOOLS_DTC_GPU_CHECK_VERSIONS_H
