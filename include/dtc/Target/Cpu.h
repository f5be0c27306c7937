//===- Cpu.h - One rank's local program to a native executable --*- C++ -*-===//
//
// Input is a module after --dtc-localize: one function on plain tensors with
// static local shapes. Output is an executable that exports the program table
// of runtime/include/dtc/runtime/program.h, linked with the runtime.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_TARGET_CPU_H
#define DTC_TARGET_CPU_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace dtc {

struct CpuOptions {
  /// As clang's -march; "native" is the machine at hand.
  std::string cpu = "native";
};

/// Success, or why there is no code for a processor of this name.
llvm::Error checkProcessor(llvm::StringRef cpu);

/// What code generation decided, in bytes.
struct CpuProgramInfo {
  /// The arena, inputs and outputs.
  int64_t activationBytes = 0;
  /// What an optimizer keeps across steps; -1 where there is no training.
  int64_t stateBytes = -1;
  /// Values computed from weights at load.
  int64_t packedBytes = 0;
  /// What the process takes beside these and the weights, as measured: its
  /// code, the libraries', copies and scratch of products and convolutions.
  /// Less than 0: unknown.
  int64_t runtimeBytes = 0;
};

/// The dialects that lowering goes through.
void registerCpuDialects(mlir::DialectRegistry &registry);

/// The stages before the object, as text.
enum class CpuStage { Lowered, Llvm };
mlir::LogicalResult printCpuStage(mlir::ModuleOp local,
                                  const CpuOptions &options, CpuStage stage,
                                  llvm::raw_ostream &os);

/// Compiles and links to `path`. Errors are diagnostics at the ops.
mlir::FailureOr<CpuProgramInfo> compileToExecutable(mlir::ModuleOp local,
                                                    const CpuOptions &options,
                                                    llvm::StringRef path);

} // namespace dtc

#endif // DTC_TARGET_CPU_H
