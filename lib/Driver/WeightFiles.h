//===- WeightFiles.h - Each rank's shards as safetensors --------*- C++ -*-===//

#ifndef DTC_LIB_DRIVER_WEIGHTFILES_H
#define DTC_LIB_DRIVER_WEIGHTFILES_H

#include "dtc/IR/Dtc.h"
#include "dtc/Import/Parameters.h"

namespace dtc {

/// Writes `weights.rank<K>.safetensors` into `folder` for every rank, under the
/// original names; ranks that hold the same share one file by hard link.
/// Streams from the store: memory stays below one parameter. The module is at
/// stage collectives.
llvm::Error writeWeightFiles(mlir::ModuleOp module,
                             const ParameterStore &parameters,
                             llvm::StringRef folder);

} // namespace dtc

#endif // DTC_LIB_DRIVER_WEIGHTFILES_H
