//===- Interruption.h - Tidying up when the user stops the process -*- C++
//-*-===//

#ifndef DTC_LIB_DRIVER_INTERRUPTION_H
#define DTC_LIB_DRIVER_INTERRUPTION_H

#include <functional>

namespace dtc {

/// Has `action` run, in a thread of its own, when SIGINT, SIGTERM, SIGHUP or
/// SIGQUIT arrives; then the process ends by that signal. One action at a time;
/// null takes it away, and waits for one that runs.
void onInterruption(std::function<void()> action);

} // namespace dtc

#endif // DTC_LIB_DRIVER_INTERRUPTION_H
