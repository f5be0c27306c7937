//===- MatMulGradient.cpp - Gradients of contractions ---------------------===//
//
// Transposes are the flags of the products: nothing is moved.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/Gradient.h"

#include <numeric>

using namespace mlir;
using namespace dtc;

static Value product(GradientBuilder &b, Value lhs, Value rhs,
                     bool transposeLhs, bool transposeRhs) {
  return b.make<MatMulOp>(lhs, rhs, transposeLhs, transposeRhs);
}

/// With C = A B: dA = dC B^T and dB = A^T dC, transposed with their operand.
LogicalResult MatMulOp::differentiate(GradientBuilder &b) {
  Value lhs = getLhs(), rhs = getRhs(), g = b.gradient();
  bool swapLhs = getTransposeLhs(), swapRhs = getTransposeRhs();
  if (b.wants(0))
    b.set(0, swapLhs ? product(b, rhs, g, swapRhs, true)
                     : product(b, g, rhs, false, !swapRhs));
  if (b.wants(1))
    b.set(1, swapRhs ? product(b, g, lhs, true, swapLhs)
                     : product(b, lhs, g, !swapLhs, false));
  return success();
}

LogicalResult LinearOp::differentiate(GradientBuilder &b) {
  Value g = b.gradient();
  if (b.wants(0))
    b.set(0, b.make<LinearOp>(g, getWeight(), Value(), !getWeightInOut()));
  if (b.wants(1))
    b.set(1, b.make<LinearWeightGradientOp>(g, getInput(), getWeightInOut()));
  if (getBias() && b.wants(2)) {
    SmallVector<int64_t> leading(shapeOf(g).size() - 1);
    std::iota(leading.begin(), leading.end(), 0);
    b.set(2, b.sum(g, leading, false));
  }
  return success();
}
