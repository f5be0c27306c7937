//===- RunBundle.h - What dtc-run does ------------------------------------===//
//
// 1. Check the command line, the manifest and the files of the bundle.
// 2. Start one process a rank with a share of the processors, a common memory
//    without a name, and all options; or mpirun, which starts them.
// 3. Wait; on the first failure stop the rest and say which rank and why.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_LAUNCHER_RUNBUNDLE_H
#define DTC_RUNTIME_LIB_LAUNCHER_RUNBUNDLE_H

#include <string>
#include <vector>

namespace dtc::runtime {

/// The launcher's main(). Returns the exit status: 0; 1 bad input or a failed
/// rank; 2 wrong usage; 3 no usable device.
int runBundle(const std::vector<std::string> &arguments);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_LAUNCHER_RUNBUNDLE_H
