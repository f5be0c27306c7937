//===- Passes.h - Passes on dtc programs ------------------------*- C++ -*-===//

#ifndef DTC_TRANSFORMS_PASSES_H
#define DTC_TRANSFORMS_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace dtc {

#define GEN_PASS_DECL
#include "dtc/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "dtc/Transforms/Passes.h.inc"

/// Registers all passes with the command-line parser of dtc-opt.
inline void registerPasses() { registerDtcPasses(); }

} // namespace dtc

#endif // DTC_TRANSFORMS_PASSES_H
