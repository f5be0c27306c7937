//===- Linker.h - A rank's object and the runtime to an executable -*-C++-*-=//

#ifndef DTC_LIB_TARGET_CPU_LINKER_H
#define DTC_LIB_TARGET_CPU_LINKER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace dtc::cpu {

/// Links `object` with the runtime library beside this program (in ../lib, or
/// the build tree) to `path`.
llvm::Error linkExecutable(llvm::StringRef object, llvm::StringRef path);

} // namespace dtc::cpu

#endif // DTC_LIB_TARGET_CPU_LINKER_H
