//===- Compiled.h - Programs as generated code ------------------*- C++ -*-===//
//
// Several programs of one mesh become one, which dtc-compile builds and dtc-run
// runs; results are compared with each program's reference.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_FUZZ_COMPILED_H
#define DTC_FUZZ_COMPILED_H

#include "Check.h"

namespace dtc::fuzz {

struct SeededProgram {
  uint64_t seed = 0;
  mlir::ModuleOp module;
};

/// Where the tools are and where files may be written.
struct CompiledOptions {
  std::string tools;
  std::string folder;
};

/// One outcome a program. A batch that does not compile or run is halved until
/// the programs at fault are alone.
std::vector<Outcome> checkCompiled(llvm::ArrayRef<SeededProgram> programs,
                                   const CompiledOptions &options);

} // namespace dtc::fuzz

#endif // DTC_FUZZ_COMPILED_H
