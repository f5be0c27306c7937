//===- ReverseMode.h - The backward half of a program -----------*- C++ -*-===//

#ifndef DTC_LIB_TRANSFORMS_REVERSEMODE_H
#define DTC_LIB_TRANSFORMS_REVERSEMODE_H

#include "dtc/IR/Dtc.h"

#include "llvm/ADT/DenseMap.h"

#include <string>

namespace dtc {

/// Builds the gradient of one value with respect to others, at the builder's
/// place: behind all ops that it differentiates.
class ReverseMode {
public:
  ReverseMode(mlir::OpBuilder &builder) : builder(builder) {}

  /// Asks for the gradient of a floating-point value, called `name` in errors.
  void addSource(mlir::Value value, llvm::StringRef name);

  /// Walks `ops`, in program order, backwards from the gradient of `output`.
  /// Errors: an op on the way from a source to the output that has no gradient.
  mlir::LogicalResult run(llvm::ArrayRef<mlir::Operation *> ops,
                          mlir::Value output, mlir::Value gradient);

  /// The gradient of a source; null when the output does not depend on it.
  mlir::Value gradientOf(mlir::Value source) const {
    return gradients.lookup(source);
  }

private:
  void findActive(llvm::ArrayRef<mlir::Operation *> ops);
  mlir::LogicalResult differentiate(mlir::Operation *op);
  mlir::LogicalResult add(mlir::Operation *op, unsigned operand,
                          mlir::Value gradient);

  mlir::OpBuilder &builder;
  /// Values that depend on a source, and the name of one.
  llvm::DenseMap<mlir::Value, std::string> active;
  llvm::DenseMap<mlir::Value, mlir::Value> gradients;
};

} // namespace dtc

#endif // DTC_LIB_TRANSFORMS_REVERSEMODE_H
