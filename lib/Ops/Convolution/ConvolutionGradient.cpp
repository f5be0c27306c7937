//===- ConvolutionGradient.cpp - Gradients of convolutions ----------------===//
//
// A convolution and a transposed one are each other's transposes: the gradient
// of one's input is the other with the same weight, and the gradients of their
// weights are one op with input and gradient in each other's place. So the
// windows of split dimensions travel as those of the forward pass do.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

/// The sum over all but the channels.
static Value sumOfChannels(GradientBuilder &b, Value gradient) {
  SmallVector<int64_t> dims{0};
  for (int64_t dim = 2, rank = shapeOf(gradient).size(); dim < rank; ++dim)
    dims.push_back(dim);
  return b.sum(gradient, dims, false);
}

/// The padding at the end with which spread windows have the input's extents.
static SmallVector<int64_t> endPadding(ConvolutionOp op) {
  SmallVector<int64_t> pads;
  ArrayRef<int64_t> input = shapeOf(op.getInput()).drop_front(2);
  ArrayRef<int64_t> result = shapeOf(op.getResult()).drop_front(2);
  ArrayRef<int64_t> kernel = shapeOf(op.getWeight()).drop_front(2);
  for (size_t i = 0; i < input.size(); ++i) {
    int64_t span = op.getDilations()[i] * (kernel[i] - 1) + 1;
    pads.push_back(op.getStrides()[i] * (result[i] - 1) + span -
                   op.getPadsBegin()[i] - input[i]);
  }
  return pads;
}

LogicalResult ConvolutionOp::differentiate(GradientBuilder &b) {
  Value g = b.gradient();
  if (b.wants(0))
    b.set(0, b.make<TransposedConvolutionOp>(
                 g, getWeight(), Value(), getStrides(), getDilations(),
                 getPadsBegin(), endPadding(*this), getGroups()));
  if (b.wants(1))
    b.set(1,
          b.make<ConvolutionWeightGradientOp>(
              getInput(), g, getStrides(), getDilations(), getPadsBegin(),
              getPadsEnd(), shapeOf(getWeight()).drop_front(2), getGroups()));
  if (getBias() && b.wants(2))
    b.set(2, sumOfChannels(b, g));
  return success();
}

LogicalResult TransposedConvolutionOp::differentiate(GradientBuilder &b) {
  Value g = b.gradient();
  if (b.wants(0))
    b.set(0, b.make<ConvolutionOp>(g, getWeight(), Value(), getStrides(),
                                   getDilations(), getPadsBegin(), getPadsEnd(),
                                   getGroups()));
  if (b.wants(1))
    b.set(1,
          b.make<ConvolutionWeightGradientOp>(
              g, getInput(), getStrides(), getDilations(), getPadsBegin(),
              getPadsEnd(), shapeOf(getWeight()).drop_front(2), getGroups()));
  if (getBias() && b.wants(2))
    b.set(2, sumOfChannels(b, g));
  return success();
}
