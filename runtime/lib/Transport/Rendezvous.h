//===- Rendezvous.h - Getting hold of the ranks' common memory ------------===//
//
// With dtc-run every rank inherits it. Otherwise rank 0 creates it and listens
// on an abstract Unix socket named after the job; the others connect and are
// sent the descriptor. Neither the memory nor such a socket has a name in a
// file system: nothing is left behind however the ranks end.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_TRANSPORT_RENDEZVOUS_H
#define DTC_RUNTIME_LIB_TRANSPORT_RENDEZVOUS_H

#include "Environment.h"
#include "dtc/runtime/Result.h"
#include <vector>

namespace dtc::runtime {

/// The descriptor of the common memory. The error names the ranks that did not
/// come before the timeout.
Result<int> meetForMemory(const Environment &environment,
                          double timeoutSeconds);

/// `rank 2` or `ranks 1, 2 and 5`.
std::string rankList(const std::vector<int64_t> &ranks);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_TRANSPORT_RENDEZVOUS_H
