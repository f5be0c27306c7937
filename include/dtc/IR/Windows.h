//===- Windows.h - Sliding windows of convolutions and pools ----*- C++ -*-===//
//
// What ops with windows over their spatial dimensions (those after batch and
// channels) share: shapes, and what one rank's form of them sees.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_IR_WINDOWS_H
#define DTC_IR_WINDOWS_H

#include "dtc/IR/ShapeInference.h"

namespace dtc {

/// One element a spatial dimension. Padding may be negative: then positions are
/// cut off.
struct WindowAttributes {
  llvm::ArrayRef<int64_t> kernel, strides, dilations, padsBegin, padsEnd;
};

/// Appends the result's spatial extents: as many windows as fit the padded
/// extents. Errors: lists of another length than `extents`, strides,
/// dilations or kernels below 1, a kernel that does not fit, numbers of 2^31 or
/// more.
mlir::LogicalResult inferWindows(std::optional<mlir::Location> location,
                                 llvm::ArrayRef<int64_t> extents,
                                 const WindowAttributes &window,
                                 llvm::SmallVectorImpl<int64_t> &result);

/// The same where every input position spreads over a window of the result,
/// of which padding is cut off, or added where it is negative.
mlir::LogicalResult inferSpreadWindows(std::optional<mlir::Location> location,
                                       llvm::ArrayRef<int64_t> extents,
                                       const WindowAttributes &window,
                                       llvm::SmallVectorImpl<int64_t> &result);

/// The padding of one rank's form of a windowed op.
struct LocalWindows {
  llvm::SmallVector<int64_t, 3> padsBegin, padsEnd;
  /// For each spatial dimension the result positions that the rank makes, and
  /// the input positions that it holds of `needed`.
  llvm::SmallVector<Interval, 3> results, held, needed;
  /// Whether the dimension is split by windows at all.
  llvm::SmallVector<char, 3> isSplit;
};

/// What rank `rank` sees of a sliding window between placed `input` and
/// `result`; padding of dimensions without a split stays as given.
LocalWindows localWindows(mlir::Value input, mlir::Value result,
                          const WindowAttributes &window, int64_t rank);

/// The same for spreading windows.
LocalWindows localSpreadWindows(mlir::Value input, mlir::Value result,
                                const WindowAttributes &window, int64_t rank);

/// A constant without elements, the local form of what has no elements on a
/// rank.
mlir::Value emptyConstant(mlir::OpBuilder &builder, mlir::Location location,
                          mlir::RankedTensorType type);

} // namespace dtc

#endif // DTC_IR_WINDOWS_H
