//===- StandIn.h - What the stand-in libraries share ----------------------===//
//
// The driver, cuBLASLt and NCCL of tests are one library: they see the same
// memory, and write what they are asked for, one call a line, to the file that
// $DTC_EMULATED_LOG names.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_EMULATOR_STANDIN_H
#define DTC_RUNTIME_LIB_EMULATOR_STANDIN_H

#include "Executor.h"
#include <functional>
#include <string>

namespace dtc::emulated {

/// Memory that the driver gave out.
ptx::DeviceMemory &deviceMemory();

/// Puts work on a stream of the driver; its result is a DriverResult. Work that
/// is not ready is run again.
void enqueue(void *stream, std::function<int()> run);
std::string streamName(void *stream);

/// A line of the log.
void logCall(const std::string &line);

/// Says on stderr what was wrong; returns `result`.
int report(const std::string &message, int result);

} // namespace dtc::emulated

#endif // DTC_RUNTIME_LIB_EMULATOR_STANDIN_H
