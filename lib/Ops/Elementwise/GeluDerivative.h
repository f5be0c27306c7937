//===- GeluDerivative.h - How gelu's derivative is written -----*- C++ -*-===//

#ifndef DTC_OPS_ELEMENTWISE_GELUDERIVATIVE_H
#define DTC_OPS_ELEMENTWISE_GELUDERIVATIVE_H

#include "dtc/IR/TensorBuilder.h"

namespace dtc {

/// The derivative of gelu by tanh at `x`, as ops: what differentiation makes,
/// and what targets with a call for it look for.
mlir::Value tanhGeluDerivative(TensorBuilder &b, mlir::Value x);

} // namespace dtc

#endif // DTC_OPS_ELEMENTWISE_GELUDERIVATIVE_H
