//===- StepTimes.h - How long a step takes --------------------------------===//

#ifndef DTC_TOOLS_DTC_GPU_CHECK_STEPTIMES_H
#define DTC_TOOLS_DTC_GPU_CHECK_STEPTIMES_H

#include "dtc/runtime/Result.h"
#include <string>

namespace dtc::gpucheck {

/// The median of a run's steps in seconds, of each step the slowest rank's
/// time, without the first `skipped`. The error says what is wrong with the
/// file that `dtc-run --stats` wrote.
runtime::Result<double> medianStep(const std::string &statsPath,
                                   size_t skipped);

} // namespace dtc::gpucheck

#endif // DTC_TOOLS_DTC_GPU_CHECK_STEPTIMES_H
