//===- ResampleParts.h - Resampling as lookups or a product -----*- C++ -*-===//

#ifndef DTC_OPS_RESAMPLE_RESAMPLEPARTS_H
#define DTC_OPS_RESAMPLE_RESAMPLEPARTS_H

#include "dtc/IR/TensorBuilder.h"

namespace dtc {

/// True when an op's taps are so many that one lookup of all of them, and a
/// sum, is less work than a lookup for each.
bool hasManyTaps(ResampleOp op);

/// The positions of tap `tap`, i64 of shape [output].
mlir::Value tapPositions(TensorBuilder &b, ResampleOp op, int64_t tap);

/// The weights of tap `tap`, for a result position each: they broadcast to the
/// result. Null where elements are copied.
mlir::Value tapWeights(TensorBuilder &b, ResampleOp op, int64_t tap);

/// The positions of all taps, i64 of shape [output * taps].
mlir::Value allPositions(TensorBuilder &b, ResampleOp op);

/// The weights of all taps, which broadcast to the result with a dimension of
/// taps behind the resampled one.
mlir::Value allWeights(TensorBuilder &b, ResampleOp op);

} // namespace dtc

#endif // DTC_OPS_RESAMPLE_RESAMPLEPARTS_H
