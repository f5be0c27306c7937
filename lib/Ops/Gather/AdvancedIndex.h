//===- AdvancedIndex.h - Index tensors of several dimensions ----*- C++ -*-===//

#ifndef DTC_OPS_GATHER_ADVANCEDINDEX_H
#define DTC_OPS_GATHER_ADVANCEDINDEX_H

#include "dtc/Import/TorchNode.h"

namespace dtc {

/// `x[:, i, :, j]` as tuples into the indexed dimensions, moved to the front.
struct AdvancedIndex {
  /// The dimensions that have an index, in order.
  llvm::SmallVector<int64_t> dims;
  /// Their indices in one shape, and that shape.
  llvm::SmallVector<mlir::Value> indices;
  llvm::SmallVector<int64_t> shape;
  /// Brings the indexed dimensions to the front, and back.
  llvm::SmallVector<int64_t> toFront, toBack;
  /// Brings the dimensions of a result, first those of the indices, to where
  /// they belong, and back.
  llvm::SmallVector<int64_t> resultPlaces, resultFront;

  /// [shape..., dims], the tuples.
  mlir::Value tuples(TorchNode &node) const;
};

/// Reads the argument `indices` for a tensor; nothing after an error. Masks
/// must be known at compile time.
std::optional<AdvancedIndex> readAdvancedIndex(TorchNode &node,
                                               mlir::Value input);

} // namespace dtc

#endif // DTC_OPS_GATHER_ADVANCEDINDEX_H
