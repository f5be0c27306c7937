//===- Inputs.h - The arrays that a random program runs on ------*- C++ -*-===//
//
// Arrays follow from the seed and the names of a plain program's arguments and
// parameters, as dtc-interpret's do. An argument whose `dtc.layout` is partial
// has a contribution of each rank; the plain program runs on their sum.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_FUZZ_INPUTS_H
#define DTC_FUZZ_INPUTS_H

#include "Reference.h"

namespace dtc::fuzz {

struct RandomArrays {
  /// For placed programs and local ones.
  ProgramInputs placed;
  /// For the plain program.
  ProgramInputs plain;
};

/// Makes the arrays of argument `index`.
mlir::LogicalResult addArgument(mlir::func::FuncOp function, unsigned index,
                                uint64_t seed, RandomArrays &arrays);
mlir::LogicalResult addParameter(ParameterOp op, uint64_t seed,
                                 RandomArrays &arrays);

/// What contributions do to an argument that is partial.
ArgumentAccuracy accuracyOf(mlir::func::FuncOp function, unsigned index,
                            const Mesh &mesh);

} // namespace dtc::fuzz

#endif // DTC_FUZZ_INPUTS_H
