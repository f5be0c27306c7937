//===- CombineCollectives.h - Several all_reduces in one --------*- C++ -*-===//

#ifndef DTC_LIB_TRANSFORMS_COMBINECOLLECTIVES_H
#define DTC_LIB_TRANSFORMS_COMBINECOLLECTIVES_H

#include "mlir/IR/Block.h"

namespace dtc {

/// Merges neighbouring all_reduces of one kind and axis.
void combineNeighbours(mlir::Block &block);

/// Merges the all_reduces of small gradients that the optimizer reads, in
/// buckets that start during the backward pass.
void combineGradients(mlir::Block &block);

} // namespace dtc

#endif // DTC_LIB_TRANSFORMS_COMBINECOLLECTIVES_H
