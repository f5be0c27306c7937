//===- ReportDiagnostics.h - Messages about files, from passes --*- C++ -*-===//

#ifndef DTC_LIB_TRANSFORMS_REPORTDIAGNOSTICS_H
#define DTC_LIB_TRANSFORMS_REPORTDIAGNOSTICS_H

#include "dtc/Plan/Diagnostic.h"

#include "mlir/IR/Diagnostics.h"

namespace dtc {

/// Emits the messages about a plan or a training spec at their places in the
/// file, in its order.
inline void reportDiagnostics(mlir::MLIRContext *context,
                              plan::DiagnosticList &diagnostics) {
  diagnostics.sort();
  for (const plan::Diagnostic &diagnostic : diagnostics.all()) {
    mlir::Location location = mlir::FileLineColLoc::get(
        context, diagnostic.file, diagnostic.at.line, diagnostic.at.column);
    if (diagnostic.severity == plan::Diagnostic::Severity::Error)
      mlir::emitError(location) << diagnostic.message;
    else
      mlir::emitWarning(location) << diagnostic.message;
  }
}

} // namespace dtc

#endif // DTC_LIB_TRANSFORMS_REPORTDIAGNOSTICS_H
