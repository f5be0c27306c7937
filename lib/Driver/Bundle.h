//===- Bundle.h - Writing a bundle whole or not at all ----------*- C++ -*-===//

#ifndef DTC_LIB_DRIVER_BUNDLE_H
#define DTC_LIB_DRIVER_BUNDLE_H

#include "dtc/Driver/Compilation.h"

namespace dtc {

struct BundleRequest {
  /// At stage collectives; kept as it is.
  mlir::ModuleOp module;
  const ParameterStore *parameters = nullptr;
  const CompileOptions *options = nullptr;
  std::vector<std::string> warnings;
  std::function<void(llvm::StringRef)> beginStep;
};

/// Brings out what was printed to stdout; an error when it does not get there.
mlir::LogicalResult flushOutput(mlir::MLIRContext *context);

/// Compiles every distinct rank, links the executables, writes weights,
/// manifest and report into a folder beside the target, which then takes the
/// target's place.
mlir::LogicalResult writeBundle(const BundleRequest &request);

} // namespace dtc

#endif // DTC_LIB_DRIVER_BUNDLE_H
