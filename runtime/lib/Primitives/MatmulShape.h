//===- MatmulShape.h - A matmul's loops in their simplest form ------------===//
//
// Plain C++ without oneDNN: testable by itself.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_PRIMITIVES_MATMULSHAPE_H
#define DTC_RUNTIME_LIB_PRIMITIVES_MATMULSHAPE_H

#include "dtc/runtime/program.h"
#include <string>
#include <vector>

namespace dtc::runtime {

/// One loop over the batch. A stride of 0 repeats an operand.
struct BatchLoop {
  int64_t size;
  int64_t lhs, rhs, result;
};

/// result[batch, m, n] = lhs[batch, m, k] rhs[batch, k, n].
struct MatmulShape {
  std::vector<BatchLoop> batch; ///< outermost first
  int64_t m, n, k;
  int64_t lhsRow, lhsColumn;
  int64_t rhsRow, rhsColumn;
  int64_t resultRow, resultColumn;

  bool isEmpty() const;
};

/// Checks the description and simplifies it:
/// 1. loops of size 1 disappear;
/// 2. neighbouring loops that all three operands walk as one become one;
/// 3. when every loop repeats rhs and continues lhs and result row by row, the
///    loop becomes part of m.
/// An empty `problem` means success.
MatmulShape simplifyMatmul(const dtc_matmul &desc, std::string &problem);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_PRIMITIVES_MATMULSHAPE_H
