//===- AnnotatedModel.h - A model with its placements written in -*- C++
//-*-===//

#ifndef DTC_LIB_DRIVER_ANNOTATEDMODEL_H
#define DTC_LIB_DRIVER_ANNOTATEDMODEL_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/JSON.h"

#include <string>

namespace dtc {

/// The bytes of the ONNX file `model` with the placements of the program
/// `placed`, which was imported from it, as multi-device annotations. Warns
/// when external data does not lie beside `output`. Emits an error when the
/// file cannot be read any more.
mlir::FailureOr<std::string> annotateModel(mlir::ModuleOp placed,
                                           llvm::StringRef model,
                                           llvm::StringRef output);

/// Warns of the first difference in placements and collectives between two
/// reports: what was asked for, and what the annotations alone say.
void warnOfDifferences(mlir::Location place, const llvm::json::Object &wanted,
                       const llvm::json::Object &readBack);

} // namespace dtc

#endif // DTC_LIB_DRIVER_ANNOTATEDMODEL_H
