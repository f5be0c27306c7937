//===- PoolingGradient.cpp - Gradients of pools ---------------------------===//
//
// 1. A window's gradient spreads over its elements: a transposed convolution,
//    a channel a group, with a kernel of ones.
// 2. A mean's is divided by the number of elements first.
// 3. A maximum's goes to one element. Each channel becomes one for every place
//    in the kernel, which has the gradients of the windows whose maximum lies
//    there, and spreads by a kernel with a single one.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

/// Adds `g`, `copies` channels for each of the input's, by `kernels` of shape
/// [channels * copies, 1, kernel...] to the places of the input.
template <typename Op>
static Value spreadWindows(GradientBuilder &b, Op op, Value g, Value kernels) {
  ArrayRef<int64_t> input = shapeOf(op.getInput());
  SmallVector<int64_t> padsEnd;
  for (size_t i = 0; i + 2 < input.size(); ++i) {
    int64_t span = op.getDilations()[i] * (op.getKernel()[i] - 1) + 1;
    padsEnd.push_back(op.getStrides()[i] * (shapeOf(g)[i + 2] - 1) + span -
                      op.getPadsBegin()[i] - input[i + 2]);
  }
  return b.make<TransposedConvolutionOp>(g, kernels, Value(), op.getStrides(),
                                         op.getDilations(), op.getPadsBegin(),
                                         padsEnd, input[1]);
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
  Value g = b.gradient();
  ArrayRef<int64_t> shape = shapeOf(g);
  int64_t places = numElements(getKernel()), channels = shape[1];
  constexpr int64_t most = int64_t(1) << 24;
  if (channels > most || places > most ||
      channels * places > most / std::max<int64_t>(places, 1))
    return emitOpError() << "has a gradient for kernels of few elements only, "
                            "got "
                         << places << " with " << channels << " channels";
  Value place =
      b.make<ArgMaxPoolOp>(getInput(), getKernel(), getStrides(),
                           getDilations(), getPadsBegin(), getPadsEnd());
  // [n, c, place, spatial...]: the gradient where the maximum's place is that.
  SmallVector<int64_t> apart(shape), numbers(shape.size() + 1, 1);
  apart.insert(apart.begin() + 2, 1);
  numbers[2] = places;
  Value isThere =
      b.make<EqualOp>(b.reshape(place, apart), b.counter(numbers, 2));
  Value byPlace = b.where(isThere, b.reshape(g, apart));
  SmallVector<int64_t> merged(shape);
  merged[1] = channels * places;
  Type element = elementOf(g);
  SmallVector<int64_t> kernelShape{channels * places, 1};
  llvm::append_range(kernelShape, getKernel());
  SmallVector<Attribute> kernel;
  for (int64_t i = 0; i < channels * places * places; ++i)
    kernel.push_back(
        FloatAttr::get(element, i / places % places == i % places ? 1.0 : 0.0));
  auto type = RankedTensorType::get(kernelShape, element);
  Value kernels =
      b.make<ConstantOp>(type, DenseElementsAttr::get(type, kernel));
  b.set(0, spreadWindows(b, *this, b.reshape(byPlace, merged), kernels));
  return success();
}
