//===- EinsumImport.h - Sums of products by equation ------------*- C++ -*-===//

#ifndef DTC_OPS_MATMUL_EINSUMIMPORT_H
#define DTC_OPS_MATMUL_EINSUMIMPORT_H

#include "dtc/Import/ImportNode.h"

namespace dtc {

/// The sum of products of the operands that an equation says, "bij,bjk->bik".
/// An error when it does not fit them.
mlir::Value contractByEquation(ImportNode &node, llvm::StringRef equation,
                               llvm::ArrayRef<mlir::Value> operands);

} // namespace dtc

#endif // DTC_OPS_MATMUL_EINSUMIMPORT_H
