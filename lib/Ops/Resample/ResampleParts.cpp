//===- ResampleParts.cpp - Resampling as lookups --------------------------===//
//
// Few taps are lookups that are weighted and added, many are one lookup and a
// sum. Nothing but what a tap reads is multiplied: a NaN stays where it is.
//
//===----------------------------------------------------------------------===//

#include "ResampleParts.h"

#include "dtc/Interpreter/HostTensor.h"

using namespace mlir;
using namespace dtc;

static constexpr int64_t kMostLookups = 8;

static int64_t outputOf(ResampleOp op) {
  return shapeOf(op.getResult())[op.getAxis()];
}

bool dtc::hasManyTaps(ResampleOp op) {
  return static_cast<int64_t>(op.getTaps()) > kMostLookups;
}

static Value constantOf(TensorBuilder &b, const HostTensor &values) {
  DenseElementsAttr value = values.toAttribute(b.getBuilder().getContext());
  return b.make<ConstantOp>(value.getType(), value);
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

Value dtc::allPositions(TensorBuilder &b, ResampleOp op) {
  return constantOf(b, HostTensor::ofIntegers(op.getPositions()));
}

Value dtc::allWeights(TensorBuilder &b, ResampleOp op) {
  SmallVector<int64_t> shape(shapeOf(op.getInput()).size() - op.getAxis() + 1,
                             1);
  shape[0] = outputOf(op);
  shape[1] = op.getTaps();
  HostTensor weights(getDType(elementOf(op.getInput())), shape);
  for (auto [place, weight] : llvm::enumerate(*op.getWeights()))
    weights.setDouble(static_cast<int64_t>(place), weight);
  return constantOf(b, weights);
}

/// One lookup of all taps, weighted and summed.
static Value sumTaps(TensorBuilder &b, ResampleOp op) {
  int64_t axis = op.getAxis();
  Value looked = b.make<GatherOp>(op.getInput(), allPositions(b, op), axis);
  SmallVector<int64_t> shape(shapeOf(looked));
  shape[axis] = outputOf(op);
  shape.insert(shape.begin() + axis + 1, op.getTaps());
  return b.sum(b.mul(b.reshape(looked, shape), allWeights(b, op)), axis + 1,
               /*keepDims=*/false);
}

SmallVector<Value> ResampleOp::expand(OpBuilder &builder) {
  TensorBuilder b(builder, getLoc());
  if (hasManyTaps(*this))
    return {sumTaps(b, *this)};
  Value sum;
  for (int64_t tap = 0, e = getTaps(); tap < e; ++tap) {
    Value part = b.make<GatherOp>(getInput(), tapPositions(b, *this, tap),
                                  static_cast<int64_t>(getAxis()));
    if (Value weights = tapWeights(b, *this, tap))
      part = b.mul(part, weights);
    sum = sum ? b.add(sum, part) : part;
  }
  return {sum};
}
