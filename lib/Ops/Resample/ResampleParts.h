//===- ResampleParts.h - Resampling as lookups or a product -----*- C++ -*-===//

#ifndef DTC_OPS_RESAMPLE_RESAMPLEPARTS_H
#define DTC_OPS_RESAMPLE_RESAMPLEPARTS_H

#include "dtc/IR/TensorBuilder.h"

namespace dtc {

/// True when an op's taps are so many that a product with a matrix of all
/// weights is less work than a lookup for each.
bool isMatrix(ResampleOp op);

/// All weights, [output, input], of the input's element type.
mlir::Value weightMatrix(TensorBuilder &b, ResampleOp op);

/// The positions of tap `tap`, i64 of shape [output].
mlir::Value tapPositions(TensorBuilder &b, ResampleOp op, int64_t tap);

/// The weights of tap `tap`, for a result position each: they broadcast to the
/// result. Null where elements are copied.
mlir::Value tapWeights(TensorBuilder &b, ResampleOp op, int64_t tap);

/// `matrix` times dimension `axis` of a value.
mlir::Value multiplyAlong(TensorBuilder &b, mlir::Value matrix,
                          mlir::Value value, int64_t axis, bool transposed);

} // namespace dtc

#endif // DTC_OPS_RESAMPLE_RESAMPLEPARTS_H
