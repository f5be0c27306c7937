//===- Rematerialize.h - Forward values computed again ----------*- C++ -*-===//

#ifndef DTC_LIB_TRANSFORMS_REMATERIALIZE_H
#define DTC_LIB_TRANSFORMS_REMATERIALIZE_H

#include "dtc/IR/Dtc.h"
#include "dtc/Plan/TrainingSpec.h"

namespace dtc {

/// Makes the backward pass of a block compute again what it reads of the
/// modules that `globs` name (with all that is inside of them). Globs that
/// match no module of an op are warnings.
void rematerialize(mlir::Block &block, llvm::ArrayRef<plan::LocatedGlob> globs,
                   plan::DiagnosticList &diagnostics);

} // namespace dtc

#endif // DTC_LIB_TRANSFORMS_REMATERIALIZE_H
