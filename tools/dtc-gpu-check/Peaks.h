//===- Peaks.h - What a GPU can do at best --------------------------------===//
//
// Measured, not looked up: a copy much larger than any cache, and a product of
// square matrices by cuBLASLt, of random numbers, for each type.
//===----------------------------------------------------------------------===//

#ifndef DTC_TOOLS_DTC_GPU_CHECK_PEAKS_H
#define DTC_TOOLS_DTC_GPU_CHECK_PEAKS_H

#include "dtc/runtime/Result.h"
#include <cstdint>
#include <string>

namespace dtc::gpucheck {

struct PeakSizes {
  int64_t copiedBytes = int64_t(1) << 30;
  int64_t extent = 8192; ///< of the square matrices
  int repetitions = 10;  ///< timed together; two run before
};

struct Peaks {
  std::string gpu;           ///< its name
  int64_t count = 0;         ///< of the machine's GPUs
  double bytesPerSecond = 0; ///< read and written
  /// Operations, of which a multiplication and an addition are two.
  double f32PerSecond = 0, f16PerSecond = 0, bf16PerSecond = 0;
  /// The types whose gradients of relu are made by masks of cuBLASLt, with
  /// spaces between.
  std::string maskedTypes;
};

/// Measures on the first GPU. The error is a sentence: no driver, no GPU, no
/// cuBLASLt, too little memory.
runtime::Result<Peaks> measurePeaks(const PeakSizes &sizes);

} // namespace dtc::gpucheck

#endif // DTC_TOOLS_DTC_GPU_CHECK_PEAKS_H
