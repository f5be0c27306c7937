//===- ListOps.h - What the compiler knows about operators ------*- C++ -*-===//

#ifndef DTC_TOOLS_DTC_OPT_LISTOPS_H
#define DTC_TOOLS_DTC_OPT_LISTOPS_H

#include "llvm/Support/raw_ostream.h"

namespace dtc {

/// Prints a line for each op of the dialect, each ONNX operator and each ATen
/// overload that is known.
void listOps(llvm::raw_ostream &os);

} // namespace dtc

#endif // DTC_TOOLS_DTC_OPT_LISTOPS_H
