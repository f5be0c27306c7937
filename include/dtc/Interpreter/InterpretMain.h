//===- InterpretMain.h - The interpreter as a program -----------*- C++ -*-===//
//
// Runs programs of any stage on the same inputs and compares what they give.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_INTERPRETER_INTERPRETMAIN_H
#define DTC_INTERPRETER_INTERPRETMAIN_H

#include "dtc/Interpreter/HostTensor.h"

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace mlir {
class MLIRContext;
} // namespace mlir

namespace dtc {

/// The command line program `dtc-interpret`. 0: it ran and all runs agree; 1:
/// an error, or results that differ by more than the tolerance.
int interpretMain(int argc, char **argv);

/// Answers requests for runs of model files until the standard input ends, one
/// line each; see ServeModels.cpp. Returns the exit status.
int serveModels(mlir::MLIRContext &context);

/// The elements in nested brackets, six significant digits: `[[1, 2], [3, 4]]`.
void printElements(llvm::raw_ostream &os, const HostTensor &tensor);

/// The largest absolute difference of two arrays of one shape; infinite where
/// only one side is not a number. Negative when shapes or types differ.
double largestDifference(const HostTensor &a, const HostTensor &b);

} // namespace dtc

#endif // DTC_INTERPRETER_INTERPRETMAIN_H
