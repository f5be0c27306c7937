//===- TensorBuilder.cpp - Short names for making tensor ops --------------===//

#include "dtc/IR/TensorBuilder.h"

#include <numeric>

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Elementwise and constants
//===----------------------------------------------------------------------===//

Value TensorBuilder::where(Value condition, Value gradient) {
  return make<SelectOp>(condition, gradient, scalar(0, gradient));
}

Value TensorBuilder::unless(Value condition, Value gradient) {
  return make<SelectOp>(condition, scalar(0, gradient), gradient);
}

Value TensorBuilder::cast(Value value, Type element) {
  if (elementOf(value) == element)
    return value;
  return make<CastOp>(RankedTensorType::get(shapeOf(value), element), value);
}

static Attribute numberOf(Type element, double value) {
  if (isa<FloatType>(element))
    return FloatAttr::get(element, value);
  return IntegerAttr::get(element, static_cast<int64_t>(value));
}

Value TensorBuilder::scalar(double value, Value like) {
  return constant(RankedTensorType::get({}, elementOf(like)), value);
}

Value TensorBuilder::constant(RankedTensorType type, double value) {
  return make<ConstantOp>(
      type,
      DenseElementsAttr::get(type, numberOf(type.getElementType(), value)));
}

Value TensorBuilder::counter(ArrayRef<int64_t> shape, int64_t axis) {
  SmallVector<int64_t> numbers(shape[axis]);
  std::iota(numbers.begin(), numbers.end(), 0);
  auto type = RankedTensorType::get(shape, builder.getI64Type());
  return make<ConstantOp>(
      type, DenseElementsAttr::get(type, ArrayRef<int64_t>(numbers)));
}

//===----------------------------------------------------------------------===//
// Sums and shapes
//===----------------------------------------------------------------------===//

Value TensorBuilder::sum(Value value, ArrayRef<int64_t> dims, bool keepDims) {
  if (dims.empty())
    return value;
  return make<ReduceSumOp>(value, dims, keepDims);
}

Value TensorBuilder::sumTo(Value value, ArrayRef<int64_t> shape) {
  SmallVector<int64_t> leading(shapeOf(value).size() - shape.size());
  std::iota(leading.begin(), leading.end(), 0);
  value = sum(value, leading, false);
  SmallVector<int64_t> repeated;
  for (auto [dim, extent] : llvm::enumerate(shapeOf(value)))
    if (extent != shape[dim])
      repeated.push_back(dim);
  return sum(value, repeated, true);
}

Value TensorBuilder::reshape(Value value, ArrayRef<int64_t> shape) {
  if (shapeOf(value) == shape)
    return value;
  return make<ReshapeOp>(RankedTensorType::get(shape, elementOf(value)), value);
}

Value TensorBuilder::broadcast(Value value, ArrayRef<int64_t> shape) {
  if (shapeOf(value) == shape)
    return value;
  return make<BroadcastOp>(RankedTensorType::get(shape, elementOf(value)),
                           value);
}

Value TensorBuilder::transpose(Value value, ArrayRef<int64_t> order) {
  bool isIdentity = true;
  for (auto [to, from] : llvm::enumerate(order))
    isIdentity &= static_cast<int64_t>(to) == from;
  return isIdentity ? value : make<TransposeOp>(value, order);
}

Value TensorBuilder::slice(Value value, int64_t axis, int64_t begin,
                           int64_t size) {
  if (begin == 0 && size == shapeOf(value)[axis])
    return value;
  return make<SliceOp>(value, ArrayRef<int64_t>{axis}, ArrayRef<int64_t>{begin},
                       ArrayRef<int64_t>{size}, ArrayRef<int64_t>{1});
}

Value TensorBuilder::pad(Value value, int64_t axis, int64_t low, int64_t high) {
  int64_t extent = shapeOf(value)[axis];
  int64_t begin = std::min(extent, std::max<int64_t>(0, -low));
  int64_t end = std::max(begin, extent - std::max<int64_t>(0, -high));
  SmallVector<Value> parts{slice(value, axis, begin, end - begin)};
  auto zeros = [&](int64_t count) {
    SmallVector<int64_t> shape(shapeOf(value));
    shape[axis] = count;
    return constant(RankedTensorType::get(shape, elementOf(value)), 0);
  };
  if (low > 0)
    parts.insert(parts.begin(), zeros(low));
  if (high > 0)
    parts.push_back(zeros(high));
  return parts.size() == 1 ? parts[0] : make<ConcatOp>(parts, axis);
}

SmallVector<int64_t> TensorBuilder::keptShape(Value value,
                                              ArrayRef<int64_t> dims) {
  SmallVector<int64_t> shape(shapeOf(value));
  for (int64_t dim : dims)
    shape[dim] = 1;
  return shape;
}
