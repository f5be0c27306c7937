//===- ProgramLimits.h - What a program given as text may hold --*- C++ -*-===//
//
// Importers build programs within these limits; text and bytecode can say
// anything that parses, so it is checked once, after parsing.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_IR_PROGRAMLIMITS_H
#define DTC_IR_PROGRAMLIMITS_H

#include "mlir/IR/BuiltinOps.h"

namespace dtc {

/// Elements of one tensor: 64 TiB of f32.
constexpr int64_t maxTensorElements = int64_t(1) << 44;
/// As many dimensions as numpy's arrays have.
constexpr size_t maxTensorRank = 64;

/// Elements of a shape; nothing for a negative dimension, or when the others'
/// product passes `maxTensorElements`, or there are more dimensions than
/// `maxTensorRank`.
std::optional<int64_t> countElements(llvm::ArrayRef<int64_t> shape);

/// Checks that a module consists of functions with one block each, of ops of
/// the dtc dialect and returns, on static tensors of known element types within
/// the limits. Errors name the op.
mlir::LogicalResult verifyProgram(mlir::ModuleOp module);

} // namespace dtc

#endif // DTC_IR_PROGRAMLIMITS_H
