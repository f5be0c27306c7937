//===- RunningStatistics.h - Statistics that training updates ---*- C++ -*-===//

#ifndef DTC_LIB_TRANSFORMS_RUNNINGSTATISTICS_H
#define DTC_LIB_TRANSFORMS_RUNNINGSTATISTICS_H

#include "dtc/IR/Dtc.h"

#include "llvm/ADT/StringSet.h"

namespace dtc {

/// The names of the parameters that normalisations by the statistics of their
/// batch update (`dtc.running_statistics`).
llvm::StringSet<> runningStatistics(mlir::Block &block);

/// Builds these updates at the builder's place: what is held times the
/// momentum, and the batch's statistics times the rest.
void updateRunningStatistics(mlir::OpBuilder &builder, mlir::Block &block);

} // namespace dtc

#endif // DTC_LIB_TRANSFORMS_RUNNINGSTATISTICS_H
