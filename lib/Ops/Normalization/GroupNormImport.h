//===- GroupNormImport.h - Normalisation of groups of channels --*- C++ -*-===//

#ifndef DTC_OPS_NORMALIZATION_GROUPNORMIMPORT_H
#define DTC_OPS_NORMALIZATION_GROUPNORMIMPORT_H

#include "dtc/Import/ImportNode.h"

namespace dtc {

/// Operands of a group normalisation: input [n, c, ...]; scale and bias with an
/// element a channel, or a group, or null.
struct GroupNorm {
  mlir::Value input, scale, bias;
  int64_t groups = 1;
  double epsilon = 0;
};

/// The composition; `groups` = channels normalises each channel alone. An error
/// when channels do not divide into groups, or `leastRank` is not reached.
mlir::Value normalizeGroups(ImportNode &node, const GroupNorm &norm,
                            size_t leastRank);

/// Scale or bias in the shape of the normalised dimensions.
mlir::Value fitNormalized(ImportNode &node, mlir::Value value,
                          llvm::ArrayRef<int64_t> shape);

} // namespace dtc

#endif // DTC_OPS_NORMALIZATION_GROUPNORMIMPORT_H
