//===- WeightImport.h - Weights of imported products ------------*- C++ -*-===//

#ifndef DTC_OPS_MATMUL_WEIGHTIMPORT_H
#define DTC_OPS_MATMUL_WEIGHTIMPORT_H

#include "dtc/Import/ImportNode.h"

namespace dtc {

/// The parameter behind a transpose of both dimensions, or null.
mlir::Value transposedParameter(const ImportNode &node, mlir::Value value);

} // namespace dtc

#endif // DTC_OPS_MATMUL_WEIGHTIMPORT_H
