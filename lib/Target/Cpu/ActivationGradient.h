//===- ActivationGradient.h - Gradients of activations, as ops -*- C++ -*-===//
//
// Differentiation writes them as comparisons and arithmetic. A library that
// computes them beside products wants to know what they are.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_TARGET_CPU_ACTIVATIONGRADIENT_H
#define DTC_LIB_TARGET_CPU_ACTIVATIONGRADIENT_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace dtc::cpu {

/// The op that makes the gradient of a relu, with `result`, from a value that
/// has no other use and that a product makes; null when there is none.
///
///   select(result > 0, product, 0)
mlir::Operation *findReluGradient(mlir::Value result);

/// The gradient of a gelu by tanh.
struct GeluGradient {
  /// What the gelu was of.
  mlir::Value input;
  /// The ops of the derivative, which nothing else uses.
  llvm::SmallVector<mlir::Operation *> derivative;
};

/// What `op` makes of `gradient`, times the derivative of a gelu by tanh;
/// nothing when it is something else.
std::optional<GeluGradient> matchGeluGradient(mlir::Operation *op,
                                              mlir::Value gradient);

} // namespace dtc::cpu

#endif // DTC_LIB_TARGET_CPU_ACTIVATIONGRADIENT_H
