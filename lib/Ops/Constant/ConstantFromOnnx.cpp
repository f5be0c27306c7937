//===- ConstantFromOnnx.cpp - Values that the compiler makes --------------===//
//
// Constants, ranges, shapes of tensors.
//
//===----------------------------------------------------------------------===//

#include "ControlFlowFromOnnx.h"

#include <cmath>

using namespace mlir;
using namespace dtc;

/// Larger ranges and identity matrices are refused: they are built here.
static constexpr int64_t maxBuiltElements = int64_t(1) << 22;

static OnnxResults importConstant(OnnxNode &node) {
  if (Value value = node.tensor("value"))
    return {value};
  if (auto value = node.integer("value_int"))
    return {node.constant(HostTensor::ofIntegers({*value}).reshaped({}))};
  if (auto values = node.integers("value_ints"))
    return {node.constant(HostTensor::ofIntegers(*values))};
  SmallVector<double> numbers;
  SmallVector<int64_t> shape;
  if (auto value = node.real("value_float")) {
    numbers.push_back(*value);
  } else if (auto values = node.reals("value_floats")) {
    numbers = *values;
    shape.push_back(values->size());
  } else {
    return {node.error("expected a dense tensor or numbers as its value")};
  }
  HostTensor tensor(DType::F32, shape);
  for (auto [i, number] : llvm::enumerate(numbers))
    tensor.setDouble(i, number);
  return {node.constant(std::move(tensor))};
}

/// Broadcasts one element, so that a large result takes no memory.
static OnnxResults importConstantOfShape(OnnxNode &node) {
  auto shape = node.knownIntegers(0);
  if (!shape)
    return {};
  Value value = node.tensor("value");
  if (!value && !node.failed())
    value = node.scalar(0, Float32Type::get(node.getContext()));
  if (!value)
    return {};
  const HostTensor *known = node.known(value);
  if (!known || known->size() != 1)
    return {node.error("attribute 'value': expected one element")};
  return {node.broadcast(node.reshape(value, {}), *shape)};
}

/// Elements of an arithmetic progression: integers exactly, floats as the ONNX
/// reference does (start + i * delta).
static OnnxResults importRange(OnnxNode &node) {
  auto start = node.knownReal(0), limit = node.knownReal(1),
       delta = node.knownReal(2);
  if (!start || !limit || !delta)
    return {};
  double count = std::ceil((*limit - *start) / *delta);
  if (*delta == 0 || !(count <= double(maxBuiltElements)))
    return {node.error("expected at most 2^22 elements, got start " +
                       std::to_string(*start) + ", limit " +
                       std::to_string(*limit) + ", delta " +
                       std::to_string(*delta))};
  const HostTensor *first = node.known(node.input(0));
  const HostTensor *step = node.known(node.input(2));
  Type type = node.element(node.input(0));
  if (!isa<FloatType>(type) && (!first || !step))
    return {node.error("expected integers known at compile time")};
  HostTensor result(getDType(type),
                    {static_cast<int64_t>(std::max(count, 0.0))});
  for (int64_t i = 0; i < result.size(); ++i) {
    if (isFloat(result.type()))
      result.setDouble(i, *start + i * *delta);
    else
      result.setInt(i, first->getInt(0) + i * step->getInt(0));
  }
  return {node.constant(std::move(result))};
}

namespace {
/// a0 - a1 cos(2 pi n / N) + a2 cos(4 pi n / N).
struct CosineWindow {
  double a0, a1, a2;
};
} // namespace

/// A window function of signal processing; N is its size, or one less where it
/// is not `periodic`.
static OnnxResults importWindow(OnnxNode &node, CosineWindow window) {
  constexpr double pi = 3.14159265358979323846;
  bool periodic = node.integer("periodic", 1) != 0;
  Type type = node.elementType("output_datatype", /*f32*/ 1);
  auto size = node.knownReal(0);
  if (!size || !type)
    return {};
  if (!(*size >= 0 && *size <= double(maxBuiltElements)))
    return {node.error("expected a window of 0 to 2^22 elements, got " +
                       std::to_string(*size))};
  HostTensor result(getDType(type), {static_cast<int64_t>(*size)});
  double period = periodic ? *size : *size - 1;
  for (int64_t n = 0; n < result.size(); ++n) {
    double angle = period == 0 ? 0 : 2 * pi * n / period;
    result.setDouble(n, window.a0 - window.a1 * std::cos(angle) +
                            window.a2 * std::cos(2 * angle));
  }
  return {node.constant(std::move(result))};
}

static OnnxResults importHannWindow(OnnxNode &node) {
  return importWindow(node, {0.5, 0.5, 0});
}

static OnnxResults importHammingWindow(OnnxNode &node) {
  return importWindow(node, {25.0 / 46, 21.0 / 46, 0});
}

static OnnxResults importBlackmanWindow(OnnxNode &node) {
  return importWindow(node, {0.42, 0.5, 0.08});
}

static OnnxResults importShape(OnnxNode &node) {
  ArrayRef<int64_t> shape = node.shape(node.input(0));
  int64_t rank = shape.size();
  auto clamp = [&](int64_t position) {
    return std::clamp<int64_t>(position < 0 ? position + rank : position, 0,
                               rank);
  };
  int64_t start = clamp(node.integer("start", 0));
  int64_t end = clamp(node.integer("end", rank));
  return {node.constant(HostTensor::ofIntegers(
      shape.slice(start, std::max<int64_t>(end - start, 0))))};
}

static OnnxResults importSize(OnnxNode &node) {
  int64_t size = numElements(node.shape(node.input(0)));
  return {node.constant(HostTensor::ofIntegers({size}).reshaped({}))};
}

static OnnxResults importEyeLike(OnnxNode &node) {
  Value input = node.input(0);
  Type type = node.element(input);
  if (auto code = node.integer("dtype"))
    type = node.elementType("dtype", *code);
  int64_t diagonal = node.integer("k", 0);
  ArrayRef<int64_t> shape = node.shape(input);
  if (shape.size() != 2 || numElements(shape) > maxBuiltElements)
    return {node.error("expected a matrix of at most 2^22 elements, got rank " +
                       Twine(shape.size()))};
  if (!type)
    return {};
  HostTensor result(getDType(type), shape);
  forEachIndex(shape, [&](ArrayRef<int64_t> index, int64_t n) {
    if (index[1] - index[0] == diagonal)
      result.setDouble(n, 1);
  });
  return {node.constant(std::move(result))};
}

void dtc::registerConstantOnnxImporters(OnnxImporters &importers) {
  importers.add("Constant", {0}, importConstant);
  importers.add("ConstantOfShape", {1}, importConstantOfShape);
  importers.add("Range", {3}, importRange);
  importers.add("Shape", {1}, importShape);
  importers.add("Size", {1}, importSize);
  importers.add("HannWindow", {1}, importHannWindow);
  importers.add("HammingWindow", {1}, importHammingWindow);
  importers.add("BlackmanWindow", {1}, importBlackmanWindow);
  importers.add("EyeLike", {1}, importEyeLike);
  registerControlFlowImporters(importers);
}
