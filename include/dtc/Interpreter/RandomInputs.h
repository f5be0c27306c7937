//===- RandomInputs.h - Arrays to run programs on ---------------*- C++ -*-===//
//
// Numbers for tests: the same for a name, a type and a seed, whatever the
// stage of the program.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_INTERPRETER_RANDOMINPUTS_H
#define DTC_INTERPRETER_RANDOMINPUTS_H

#include "dtc/Interpreter/Interpreter.h"

namespace dtc {

/// Adds an array for every input and parameter of `function` that `inputs` does
/// not have. Floats are multiples of 1/64 in [-1, 1], so that sums of products
/// are exact; integers are in 0..7, or in the argument's `dtc.range = [lo,
/// hi]`; a parameter with `dtc.constant` has that value. Partial inputs get a
/// contribution a rank. Fails with an error on a malformed attribute.
mlir::LogicalResult addRandomInputs(mlir::func::FuncOp function, uint64_t seed,
                                    ProgramInputs &inputs);

} // namespace dtc

#endif // DTC_INTERPRETER_RANDOMINPUTS_H
