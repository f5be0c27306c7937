//===- ShapeInference.h - Shape rules shared by op families -----*- C++ -*-===//

#ifndef DTC_IR_SHAPEINFERENCE_H
#define DTC_IR_SHAPEINFERENCE_H

#include "dtc/IR/Dtc.h"
#include "dtc/Sharding/RuleBuilders.h"

namespace dtc {

inline mlir::RankedTensorType tensorType(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}
inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) {
  return tensorType(value).getShape();
}
inline mlir::Type elementOf(mlir::Value value) {
  return tensorType(value).getElementType();
}

/// NumPy broadcasting of shapes; fails with an error that names the first
/// dimension that disagrees.
mlir::LogicalResult
broadcastShapes(std::optional<mlir::Location> location,
                llvm::ArrayRef<llvm::ArrayRef<int64_t>> shapes,
                llvm::SmallVectorImpl<int64_t> &result);

/// Checks 0 <= axis < rank.
mlir::LogicalResult verifyAxis(std::optional<mlir::Location> location,
                               int64_t axis, int64_t rank);

/// Checks that `dims` are sorted, distinct and below `rank`.
mlir::LogicalResult verifyDims(std::optional<mlir::Location> location,
                               llvm::ArrayRef<int64_t> dims, int64_t rank);

/// An index of `op` as a position below `extent`: negative ones count from the
/// end. Fails with an error of `op` outside of them.
mlir::FailureOr<int64_t> positionOf(mlir::Operation *op, int64_t index,
                                    int64_t extent);

/// The shapes of some values.
llvm::SmallVector<llvm::ArrayRef<int64_t>> shapesOf(mlir::ValueRange values);

} // namespace dtc

#endif // DTC_IR_SHAPEINFERENCE_H
