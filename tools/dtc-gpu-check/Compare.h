//===- Compare.h - Arrays against expected ones ---------------------------===//

#ifndef DTC_TOOLS_DTC_GPU_CHECK_COMPARE_H
#define DTC_TOOLS_DTC_GPU_CHECK_COMPARE_H

#include "dtc/runtime/Result.h"
#include <string>

namespace dtc::gpucheck {

struct ArrayPaths {
  std::string expected; ///< npz
  std::string actual;   ///< npz; may have more arrays
  /// Lines "NAME RTOL ATOL"; the name "*" is for all that have no line.
  std::string tolerances;
};

/// The largest deviation. The error names the first array that is missing, of
/// another type or shape, or further from the expected one than ATOL and RTOL
/// of the expected value. NaNs and infinities must be in the same places.
runtime::Result<double> compareArrays(const ArrayPaths &paths);

} // namespace dtc::gpucheck

#endif // DTC_TOOLS_DTC_GPU_CHECK_COMPARE_H
