//===- StridedView.h - Where a tensor's elements lie ------------*- C++ -*-===//
//
// A buffer seen as a tensor: transposes, broadcasts, slices and most reshapes
// are other views of the same bytes.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_TARGET_CPU_STRIDEDVIEW_H
#define DTC_LIB_TARGET_CPU_STRIDEDVIEW_H

#include "dtc/IR/Dtc.h"

#include <optional>

namespace dtc::cpu {

/// Offset and strides in elements.
struct StridedView {
  int buffer = -1;
  int64_t offset = 0;
  llvm::SmallVector<int64_t, 6> shape;
  llvm::SmallVector<int64_t, 6> strides;
  mlir::Type element;

  bool operator==(const StridedView &other) const {
    return buffer == other.buffer && offset == other.offset &&
           shape == other.shape && strides == other.strides &&
           element == other.element;
  }
  int64_t rank() const { return shape.size(); }
  int64_t size() const { return numElements(shape); }
  /// True when elements lie row-major without gaps.
  bool isDense() const;
  StridedView transposed(llvm::ArrayRef<int64_t> permutation) const;
  /// Size-1 and missing leading dimensions repeated.
  StridedView broadcastTo(llvm::ArrayRef<int64_t> target) const;
  /// `count` elements of dimension `dim` from `start` in steps of `step`.
  StridedView sliced(int64_t dim, int64_t start, int64_t count,
                     int64_t step) const;
  /// The same elements in row-major order with another shape; nothing when
  /// that needs a copy.
  std::optional<StridedView> reshaped(llvm::ArrayRef<int64_t> target) const;
};

StridedView denseView(int buffer, llvm::ArrayRef<int64_t> shape,
                      mlir::Type element);

} // namespace dtc::cpu

#endif // DTC_LIB_TARGET_CPU_STRIDEDVIEW_H
