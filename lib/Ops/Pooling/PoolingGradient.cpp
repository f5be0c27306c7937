//===- PoolingGradient.cpp - Gradients of pools ---------------------------===//
//
// 1. A window's gradient spreads over its elements: a transposed convolution,
//    a channel a group, with a kernel of ones.
// 2. A mean's is divided by the number of elements first.
// 3. A maximum's goes to one element, the first of several that are equal, or
//    the first NaN.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

/// What windows spread over beyond the end of the pool's input; below 0 where
/// the last one ends before it.
template <typename Op> static SmallVector<int64_t> endsOf(Op op) {
  ArrayRef<int64_t> input = shapeOf(op.getInput());
  SmallVector<int64_t> padsEnd;
  for (size_t i = 0; i + 2 < input.size(); ++i) {
    int64_t span = op.getDilations()[i] * (op.getKernel()[i] - 1) + 1;
    padsEnd.push_back(op.getStrides()[i] *
                          (shapeOf(op.getResult())[i + 2] - 1) +
                      span - op.getPadsBegin()[i] - input[i + 2]);
  }
  return padsEnd;
}

/// Adds `g`, by `kernels` of shape [channels, 1, kernel...], to the places of
/// the input.
template <typename Op>
static Value spreadWindows(GradientBuilder &b, Op op, Value g, Value kernels) {
  return b.make<TransposedConvolutionOp>(g, kernels, Value(), op.getStrides(),
                                         op.getDilations(), op.getPadsBegin(),
                                         endsOf(op), shapeOf(op.getInput())[1]);
}

/// A kernel of ones for each channel.
template <typename Op> static Value onesKernels(GradientBuilder &b, Op op) {
  SmallVector<int64_t> shape{shapeOf(op.getInput())[1], 1};
  llvm::append_range(shape, op.getKernel());
  return b.constant(RankedTensorType::get(shape, elementOf(op.getInput())), 1);
}

LogicalResult SumPoolOp::differentiate(GradientBuilder &b) {
  b.set(0, spreadWindows(b, *this, b.gradient(), onesKernels(b, *this)));
  return success();
}

/// How many elements of a dimension each window's mean divides by: those of
/// the input and of the padding that counts.
static SmallVector<int64_t> countsOf(AveragePoolOp op, size_t dim) {
  SmallVector<int64_t> counts;
  int64_t first = -op.getCountedBegin()[dim];
  int64_t last = shapeOf(op.getInput())[dim + 2] + op.getCountedEnd()[dim];
  for (int64_t i = 0; i < shapeOf(op.getResult())[dim + 2]; ++i) {
    int64_t count = 0;
    for (int64_t k = 0; k < op.getKernel()[dim]; ++k) {
      int64_t at = i * op.getStrides()[dim] - op.getPadsBegin()[dim] +
                   k * op.getDilations()[dim];
      count += at >= first && at < last;
    }
    counts.push_back(count);
  }
  return counts;
}

LogicalResult AveragePoolOp::differentiate(GradientBuilder &b) {
  Value g = b.gradient();
  Type element = elementOf(g);
  int64_t rank = shapeOf(g).size();
  for (int64_t dim = 2; dim < rank; ++dim) {
    SmallVector<Attribute> shares;
    for (int64_t count : countsOf(*this, dim - 2))
      shares.push_back(FloatAttr::get(element, count > 0 ? 1.0 / count : 0.0));
    SmallVector<int64_t> shape(rank, 1);
    shape[dim] = shares.size();
    auto type = RankedTensorType::get(shape, element);
    g = b.mul(g,
              b.make<ConstantOp>(type, DenseElementsAttr::get(type, shares)));
  }
  b.set(0, spreadWindows(b, *this, g, onesKernels(b, *this)));
  return success();
}

LogicalResult MaxPoolOp::differentiate(GradientBuilder &b) {
  Value places =
      b.make<ArgMaxPoolOp>(getInput(), getKernel(), getStrides(),
                           getDilations(), getPadsBegin(), getPadsEnd());
  b.set(0, b.make<MaxPoolGradientOp>(b.gradient(), places, getKernel(),
                                     getStrides(), getDilations(),
                                     getPadsBegin(), endsOf(*this)));
  return success();
}
