//===- StepEmitter.h - load, step and the program table ---------*- C++ -*-===//

#ifndef DTC_LIB_TARGET_CPU_STEPEMITTER_H
#define DTC_LIB_TARGET_CPU_STEPEMITTER_H

#include "Program.h"

namespace llvm {
class Module;
}

namespace dtc::cpu {

/// Adds the functions `load` and `step` and the constant `dtc_rank_program` to
/// a module that has the kernels.
void emitProgram(llvm::Module &module, const Program &program);

/// The steps as text for people: one line each.
void printSteps(const Program &program, llvm::raw_ostream &os);

} // namespace dtc::cpu

#endif // DTC_LIB_TARGET_CPU_STEPEMITTER_H
