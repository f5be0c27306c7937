//===- Shrink.h - Smaller programs that still fail --------------*- C++ -*-===//
//
// Tries, over and over while one of them still fails in the same way:
//
// 1. one result instead of all;
// 2. an argument, or an operand of the same type, instead of an op;
// 3. no layout, no wish, one placement less;
// 4. a smaller mesh, an axis less;
// 5. a smaller size instead of a size, everywhere;
// 6. f32 instead of other floats.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_FUZZ_SHRINK_H
#define DTC_FUZZ_SHRINK_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace dtc::fuzz {

/// Whether a candidate fails as the original does; called at most `budget`
/// times.
using StillFails = llvm::function_ref<bool(mlir::ModuleOp)>;

mlir::OwningOpRef<mlir::ModuleOp> shrink(mlir::ModuleOp program,
                                         StillFails stillFails, int budget);

} // namespace dtc::fuzz

#endif // DTC_FUZZ_SHRINK_H
