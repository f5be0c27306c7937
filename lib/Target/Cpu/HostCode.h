//===- HostCode.h - Objects for the processor -------------------*- C++ -*-===//

#ifndef DTC_LIB_TARGET_CPU_HOSTCODE_H
#define DTC_LIB_TARGET_CPU_HOSTCODE_H

#include "Program.h"
#include "dtc/Target/Cpu.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

namespace dtc::cpu {

/// The machine of clang's -march name, or why there is none.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
makeTargetMachine(llvm::StringRef cpu);

/// LLVM's optimiser.
void optimize(llvm::Module &module, llvm::TargetMachine &machine);

/// Writes the object file; errors are diagnostics at `local`.
mlir::LogicalResult emitObject(mlir::ModuleOp local, llvm::Module &module,
                               llvm::TargetMachine &machine,
                               llvm::StringRef path);

/// What a planned program's memory is for.
CpuProgramInfo describeMemory(const Program &program);

} // namespace dtc::cpu

#endif // DTC_LIB_TARGET_CPU_HOSTCODE_H
