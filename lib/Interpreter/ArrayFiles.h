//===- ArrayFiles.h - Files of a program's inputs and results ---*- C++ -*-===//

#ifndef DTC_LIB_INTERPRETER_ARRAYFILES_H
#define DTC_LIB_INTERPRETER_ARRAYFILES_H

#include "dtc/Interpreter/Interpreter.h"

#include "llvm/Support/Error.h"

namespace dtc {

/// Adds the arrays of an npz or safetensors file to `arrays`, by name; they
/// replace those that are there.
llvm::Error readArrays(const std::string &path, NamedTensors &arrays);

/// Rounds f32 arrays to bf16 where the program has inputs of that type: npz
/// files have bf16 elements as f32.
void narrowInputs(mlir::func::FuncOp function, ProgramInputs &inputs);

/// Writes one array a result under the program's output names, whole or not at
/// all.
llvm::Error writeResults(const std::string &path, mlir::func::FuncOp function,
                         llvm::ArrayRef<HostTensor> results);

} // namespace dtc

#endif // DTC_LIB_INTERPRETER_ARRAYFILES_H
