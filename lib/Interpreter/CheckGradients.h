//===- CheckGradients.h - Gradients against finite differences --*- C++ -*-===//

#ifndef DTC_LIB_INTERPRETER_CHECKGRADIENTS_H
#define DTC_LIB_INTERPRETER_CHECKGRADIENTS_H

#include "dtc/Interpreter/Interpreter.h"

namespace dtc {

/// Differentiates a plain function by a training spec that returns the loss and
/// gradients, runs it on `inputs` (random ones where there are none) and
/// compares each returned gradient with central differences of the loss, at up
/// to 40 places. Prints a line for each. Errors: a gradient that is further off
/// than 1e-6 of 1 and its size, a function of other numbers than f64.
mlir::LogicalResult checkGradients(mlir::func::FuncOp function,
                                   llvm::StringRef specFile, uint64_t seed,
                                   ProgramInputs inputs);

} // namespace dtc

#endif // DTC_LIB_INTERPRETER_CHECKGRADIENTS_H
