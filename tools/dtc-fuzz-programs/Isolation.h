//===- Isolation.h - Checks in processes of their own -----------*- C++ -*-===//
//
// A check that crashes or does not end is an outcome like any other.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_FUZZ_ISOLATION_H
#define DTC_FUZZ_ISOLATION_H

#include "Check.h"

namespace dtc::fuzz {

/// Seconds that one program may take before it counts as not ending.
constexpr unsigned patience = 60;

/// Runs `body` in a child process. A signal is a failure of stage "crash".
Outcome isolated(llvm::function_ref<Outcome()> body);

/// "crash" by the signal of a process's exit status.
Outcome crashOutcome(int status);

} // namespace dtc::fuzz

#endif // DTC_FUZZ_ISOLATION_H
