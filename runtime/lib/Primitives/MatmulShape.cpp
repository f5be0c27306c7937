//===- MatmulShape.cpp - A matmul's loops in their simplest form ----------===//
//
// See the header for the steps.
//===----------------------------------------------------------------------===//

#include "MatmulShape.h"

namespace dtc::runtime {
namespace {

/// Why the description makes no sense; empty when it does.
std::string checkDescription(const dtc_matmul &desc) {
  if (desc.ndim < 2 || desc.ndim > 6)
    return "expected 2 to 6 dimensions, got " + std::to_string(desc.ndim);
  const int row = desc.ndim - 2, column = desc.ndim - 1;
  if (desc.lhs_shape[column] != desc.rhs_shape[row])
    return "expected equal inner dimensions, got " +
           std::to_string(desc.lhs_shape[column]) + " and " +
           std::to_string(desc.rhs_shape[row]);
  for (int dim = 0; dim < desc.ndim; ++dim) {
    int64_t left = desc.lhs_shape[dim], right = desc.rhs_shape[dim];
    if (left < 0 || right < 0)
      return "expected dimensions of at least 0";
    if (dim < row && left != right && left != 1 && right != 1)
      return "expected batch dimensions that are equal or 1, got " +
             std::to_string(left) + " and " + std::to_string(right);
  }
  return {};
}

/// Whether `outer` then `inner` is one loop for all three operands.
bool isOneLoop(const BatchLoop &outer, const BatchLoop &inner) {
  return outer.lhs == inner.lhs * inner.size &&
         outer.rhs == inner.rhs * inner.size &&
         outer.result == inner.result * inner.size;
}

} // namespace

bool MatmulShape::isEmpty() const {
  for (const BatchLoop &loop : batch)
    if (loop.size == 0)
      return true;
  return m == 0 || n == 0;
}

MatmulShape simplifyMatmul(const dtc_matmul &desc, std::string &problem) {
  MatmulShape shape = {};
  problem = checkDescription(desc);
  if (!problem.empty())
    return shape;
  const int row = desc.ndim - 2, column = desc.ndim - 1;
  shape.m = desc.lhs_shape[row];
  shape.k = desc.lhs_shape[column];
  shape.n = desc.rhs_shape[column];
  shape.lhsRow = desc.lhs_strides[row];
  shape.lhsColumn = desc.lhs_strides[column];
  shape.rhsRow = desc.rhs_strides[row];
  shape.rhsColumn = desc.rhs_strides[column];
  shape.resultRow = desc.result_strides[row];
  shape.resultColumn = desc.result_strides[column];
  for (int dim = 0; dim < row; ++dim) {
    bool repeatsLhs = desc.lhs_shape[dim] == 1;
    bool repeatsRhs = desc.rhs_shape[dim] == 1;
    BatchLoop loop{repeatsLhs ? desc.rhs_shape[dim] : desc.lhs_shape[dim],
                   repeatsLhs ? 0 : desc.lhs_strides[dim],
                   repeatsRhs ? 0 : desc.rhs_strides[dim],
                   desc.result_strides[dim]};
    if (loop.size == 1)
      continue;
    if (!shape.batch.empty() && isOneLoop(shape.batch.back(), loop)) {
      loop.size *= shape.batch.back().size;
      shape.batch.back() = loop;
    } else {
      shape.batch.push_back(loop);
    }
  }
  while (!shape.batch.empty() && shape.m > 0) {
    const BatchLoop &loop = shape.batch.back();
    bool single = shape.m == 1;
    // As rows or columns of one matrix, without overlap and gaps.
    bool becomesMatrix = shape.lhsColumn == 1 || shape.k == 1
                             ? loop.lhs >= shape.k
                             : loop.lhs == 1 && shape.lhsColumn >= loop.size;
    if (loop.rhs != 0 || loop.lhs == 0 || (single && !becomesMatrix) ||
        (!single && (loop.lhs != shape.lhsRow * shape.m ||
                     loop.result != shape.resultRow * shape.m)))
      break;
    if (single) {
      shape.lhsRow = loop.lhs;
      shape.resultRow = loop.result;
    }
    shape.m *= loop.size;
    shape.batch.pop_back();
  }
  return shape;
}

} // namespace dtc::runtime
