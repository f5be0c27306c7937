//===- ResampleParts.cpp - Resampling as lookups or a product -------------===//
//
// Few taps are lookups that are weighted and added, many a matrix.
//
//===----------------------------------------------------------------------===//

#include "ResampleParts.h"

#include "dtc/Interpreter/HostTensor.h"

using namespace mlir;
using namespace dtc;

/// More taps than this are a matrix, of fewer elements than that.
static constexpr int64_t kMostLookups = 8;
static constexpr int64_t kLargestMatrix = int64_t(1) << 25;

static int64_t outputOf(ResampleOp op) {
  return shapeOf(op.getResult())[op.getAxis()];
}

static int64_t inputOf(ResampleOp op) {
  return shapeOf(op.getInput())[op.getAxis()];
}

bool dtc::isMatrix(ResampleOp op) {
  int64_t output = outputOf(op);
  return static_cast<int64_t>(op.getTaps()) > kMostLookups && output > 0 &&
         inputOf(op) < kLargestMatrix / output;
}

static Value constantOf(TensorBuilder &b, const HostTensor &values) {
  DenseElementsAttr value = values.toAttribute(b.getBuilder().getContext());
  return b.make<ConstantOp>(value.getType(), value);
}

Value dtc::weightMatrix(TensorBuilder &b, ResampleOp op) {
  int64_t input = inputOf(op), taps = op.getTaps();
  HostTensor matrix(getDType(elementOf(op.getInput())), {outputOf(op), input});
  for (auto [place, position] : llvm::enumerate(op.getPositions())) {
    int64_t at = static_cast<int64_t>(place) / taps * input + position;
    matrix.setDouble(at, matrix.getDouble(at) + (*op.getWeights())[place]);
  }
  return constantOf(b, matrix);
}

Value dtc::tapPositions(TensorBuilder &b, ResampleOp op, int64_t tap) {
  HostTensor positions(DType::I64, {outputOf(op)});
  for (int64_t p = 0; p < positions.size(); ++p)
    positions.setInt(p, op.getPositions()[p * op.getTaps() + tap]);
  return constantOf(b, positions);
}

Value dtc::tapWeights(TensorBuilder &b, ResampleOp op, int64_t tap) {
  if (!op.getWeights())
    return {};
  SmallVector<int64_t> shape(shapeOf(op.getInput()).size() - op.getAxis(), 1);
  shape[0] = outputOf(op);
  HostTensor weights(getDType(elementOf(op.getInput())), shape);
  for (int64_t p = 0; p < shape[0]; ++p)
    weights.setDouble(p, (*op.getWeights())[p * op.getTaps() + tap]);
  return constantOf(b, weights);
}

Value dtc::multiplyAlong(TensorBuilder &b, Value matrix, Value value,
                         int64_t axis, bool transposed) {
  SmallVector<int64_t> shape(shapeOf(value));
  int64_t outer = numElements(ArrayRef(shape).take_front(axis));
  int64_t inner = numElements(ArrayRef(shape).drop_front(axis + 1));
  Value product = b.make<MatMulOp>(
      matrix, b.reshape(value, {outer, shape[axis], inner}), transposed, false);
  shape[axis] = shapeOf(product)[1];
  return b.reshape(product, shape);
}

Value ResampleOp::expand(OpBuilder &builder) {
  TensorBuilder b(builder, getLoc());
  if (isMatrix(*this))
    return multiplyAlong(b, weightMatrix(b, *this), getInput(), getAxis(),
                         /*transposed=*/false);
  Value sum;
  for (int64_t tap = 0, e = getTaps(); tap < e; ++tap) {
    Value part = b.make<GatherOp>(getInput(), tapPositions(b, *this, tap),
                                  static_cast<int64_t>(getAxis()));
    if (Value weights = tapWeights(b, *this, tap))
      part = b.mul(part, weights);
    sum = sum ? b.add(sum, part) : part;
  }
  return sum;
}
