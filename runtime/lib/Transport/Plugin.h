//===- Plugin.h - What a transport plugin exports -------------------------===//
//
//   const uint32_t dtcPluginAbi            kPluginAbi
//   PluginConnect  dtcConnectTransport
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_TRANSPORT_PLUGIN_H
#define DTC_RUNTIME_LIB_TRANSPORT_PLUGIN_H

#include "dtc/runtime/Transport.h"

namespace dtc::runtime {

/// Changes with Transport.h and program.h.
constexpr uint32_t kPluginAbi = 2;

/// Connects; null and a `problem` on failure.
using PluginConnect = Transport *(const TransportOptions &options,
                                  std::string &problem);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_TRANSPORT_PLUGIN_H
