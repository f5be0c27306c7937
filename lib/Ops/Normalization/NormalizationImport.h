//===- NormalizationImport.h - What importers have in common ----*- C++ -*-===//

#ifndef DTC_OPS_NORMALIZATION_NORMALIZATIONIMPORT_H
#define DTC_OPS_NORMALIZATION_NORMALIZATIONIMPORT_H

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

/// Operands of a normalisation of channels by given statistics: input [n, c,
/// ...], all others with an element a channel.
struct ChannelNorm {
  mlir::Value input, scale, bias, mean, variance;
  double epsilon = 0;
};

/// One op; after a convolution in f32 or f64 an affine map of its result, which
/// channels and partial sums pass as they are split. Exporters that fold the
/// normalisation into the convolution's weights lead to the same placements.
mlir::Value normalizeChannels(ImportNode &node, const ChannelNorm &norm);

/// The running statistics of a normalisation by those of its batch.
struct RunningStatistics {
  mlir::Value mean, variance;
  /// How much of the old value a step keeps.
  double momentum = 0;
  /// What the batch's variance, that of the whole, is multiplied by: n / (n -
  /// 1) makes it that of a sample.
  double varianceScale = 1;
};

/// Says on a normalisation which parameters keep its running statistics: a
/// training step updates them. Nothing where one is no parameter.
void nameRunningStatistics(mlir::Operation *norm,
                           const RunningStatistics &running);

} // namespace dtc

#endif // DTC_OPS_NORMALIZATION_NORMALIZATIONIMPORT_H
