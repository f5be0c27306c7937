//===- ConstantFromTorch.cpp - Values that ATen makes ---------------------===//
//
// Ranges, filled tensors, identity matrices. Filled ones are broadcasts of one
// element, so that a large result takes no memory. What torch leaves without
// values ("empty") is zeros.
//
//===----------------------------------------------------------------------===//

#include "dtc/Import/TorchNode.h"

#include <cmath>

using namespace mlir;
using namespace dtc;

/// Larger ranges and identity matrices are refused: they are built here.
static constexpr int64_t maxBuiltElements = int64_t(1) << 22;

static Type typeOfNumber(TorchNode &node, const TorchNumber &number) {
  return number.kind == TorchNumber::Float     ? node.f32()
         : number.kind == TorchNumber::Integer ? node.i64()
                                               : node.i1();
}

/// Elements start + i * step, computed in f64 as ATen does.
static NodeResults importArange(TorchNode &node) {
  TorchNumber zero, one;
  one.integer = 1;
  one.real = 1;
  auto given = node.number("start");
  TorchNumber start = given.value_or(zero);
  auto end = node.number("end");
  TorchNumber step = node.number("step").value_or(one);
  Type type = node.elementType("dtype");
  if (!end || node.failed())
    return {node.error("expected an 'end'")};
  bool isFloat = false;
  for (const TorchNumber &number : {start, *end, step})
    isFloat |= number.kind == TorchNumber::Float;
  if (!type)
    type = isFloat ? node.f32() : node.i64();
  double count = std::ceil((end->real - start.real) / step.real);
  if (step.real == 0 || !(count <= double(maxBuiltElements)))
    return {node.error("expected at most 2^22 elements, got start " +
                       std::to_string(start.real) + ", end " +
                       std::to_string(end->real) + ", step " +
                       std::to_string(step.real))};
  HostTensor result(getDType(type),
                    {static_cast<int64_t>(std::max(count, 0.0))});
  for (int64_t i = 0; i < result.size(); ++i) {
    if (isFloat || isa<FloatType>(type))
      result.setDouble(i, start.real + static_cast<double>(i) * step.real);
    else
      result.setInt(i, start.integer + i * step.integer);
  }
  return {node.constant(std::move(result))};
}

/// `steps` elements from both ends, as ATen has them: the second half counts
/// from the end.
static NodeResults importLinspace(TorchNode &node) {
  auto start = node.optionalReal("start"), end = node.optionalReal("end");
  int64_t steps = node.integer("steps");
  Type type = node.elementType("dtype");
  if (!start || !end || node.failed() || steps < 0 || steps > maxBuiltElements)
    return {node.error("expected two numbers and 0 to 2^22 steps")};
  if (!type)
    type = node.f32();
  if (!isa<FloatType>(type))
    return {node.error("expected a floating-point result")};
  HostTensor result(getDType(type), {steps});
  double step = steps > 1 ? (*end - *start) / double(steps - 1) : 0;
  for (int64_t i = 0; i < steps; ++i)
    result.setDouble(i, i < steps / 2 ? *start + step * double(i)
                                      : *end - step * double(steps - 1 - i));
  if (steps == 1)
    result.setDouble(0, *start);
  return {node.constant(std::move(result))};
}

/// A tensor of one value.
static Value filled(TorchNode &node, ArrayRef<int64_t> shape,
                    const TorchNumber &value, Type type) {
  Value scalar = node.scalar(value, type);
  return scalar && node.tensorOf(shape, type) ? node.broadcast(scalar, shape)
                                              : Value();
}

/// `size` elements of a fixed value, in the type that the node names or
/// `fallback`.
static Value filledBySize(TorchNode &node, double value, Type fallback) {
  SmallVector<int64_t> shape = node.integers("size");
  Type type = node.elementType("dtype");
  TorchNumber number{TorchNumber::Integer, static_cast<int64_t>(value), value};
  if (node.failed())
    return {};
  return filled(node, shape, number, type ? type : fallback);
}

template <int value> static NodeResults importFilled(TorchNode &node) {
  return {filledBySize(node, value, node.f32())};
}

template <int value> static NodeResults importNewFilled(TorchNode &node) {
  return {filledBySize(node, value, node.element(node.tensor("self")))};
}

template <int value> static NodeResults importFilledLike(TorchNode &node) {
  Value input = node.tensor("self");
  Type type = node.elementType("dtype");
  TorchNumber number{TorchNumber::Integer, value, double(value)};
  if (node.failed())
    return {};
  return {filled(node, node.shape(input), number,
                 type ? type : node.element(input))};
}

static NodeResults importFull(TorchNode &node) {
  SmallVector<int64_t> shape = node.integers("size");
  auto value = node.number("fill_value");
  Type type = node.elementType("dtype");
  if (!value || node.failed())
    return {node.error("expected a 'fill_value'")};
  return {
      filled(node, shape, *value, type ? type : typeOfNumber(node, *value))};
}

static NodeResults importNewFull(TorchNode &node) {
  SmallVector<int64_t> shape = node.integers("size");
  auto value = node.number("fill_value");
  Type type = node.elementType("dtype");
  Value input = node.tensor("self");
  if (!value || node.failed())
    return {node.error("expected a 'fill_value'")};
  return {filled(node, shape, *value, type ? type : node.element(input))};
}

static NodeResults importFullLike(TorchNode &node) {
  Value input = node.tensor("self");
  auto value = node.number("fill_value");
  Type type = node.elementType("dtype");
  if (!value || node.failed())
    return {node.error("expected a 'fill_value'")};
  return {filled(node, node.shape(input), *value,
                 type ? type : node.element(input))};
}

static NodeResults importScalarTensor(TorchNode &node) {
  auto value = node.number("s");
  Type type = node.elementType("dtype");
  if (!value)
    return {node.error("expected a number")};
  return {node.scalar(*value, type ? type : node.f32())};
}

static NodeResults importEye(TorchNode &node) {
  int64_t rows = node.integer("n");
  int64_t columns = node.integer("m", rows);
  Type type = node.elementType("dtype");
  if (node.failed() || rows < 0 || columns < 0 || rows > maxBuiltElements ||
      columns > maxBuiltElements || rows * columns > maxBuiltElements)
    return {node.error("expected a matrix of at most 2^22 elements")};
  HostTensor result(getDType(type ? type : node.f32()), {rows, columns});
  for (int64_t i = 0; i < std::min(rows, columns); ++i)
    result.setDouble(i * columns + i, 1);
  return {node.constant(std::move(result))};
}

void dtc::registerConstantTorchImporters(TorchImporters &importers) {
  importers.add("aten.arange.default", importArange);
  importers.add("aten.arange.start", importArange);
  importers.add("aten.arange.start_step", importArange);
  importers.add("aten.linspace.default", importLinspace);
  importers.add("aten.full.default", importFull);
  importers.add("aten.full_like.default", importFullLike);
  importers.add("aten.new_full.default", importNewFull);
  importers.add("aten.zeros.default", importFilled<0>);
  importers.add("aten.ones.default", importFilled<1>);
  importers.add("aten.empty.memory_format", importFilled<0>);
  importers.add("aten.zeros_like.default", importFilledLike<0>);
  importers.add("aten.ones_like.default", importFilledLike<1>);
  importers.add("aten.empty_like.default", importFilledLike<0>);
  importers.add("aten.new_zeros.default", importNewFilled<0>);
  importers.add("aten.new_ones.default", importNewFilled<1>);
  importers.add("aten.new_empty.default", importNewFilled<0>);
  importers.add("aten.scalar_tensor.default", importScalarTensor);
  importers.add("prims.scalar_tensor.default", importScalarTensor);
  importers.add("aten.eye.default", importEye);
  importers.add("aten.eye.m", importEye);
}
