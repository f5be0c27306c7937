//===- ConstantFromOnnx.cpp - Values that the compiler makes --------------===//
//
// Constants, ranges, shapes of tensors, and branches on conditions that are
// known.
//
//===----------------------------------------------------------------------===//

#include "dtc/Import/OnnxNode.h"

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
  const HostTensor &first = *node.known(node.input(0));
  HostTensor result(first.type(), {static_cast<int64_t>(std::max(count, 0.0))});
  const HostTensor &step = *node.known(node.input(2));
  for (int64_t i = 0; i < result.size(); ++i) {
    if (isFloat(first.type()))
      result.setDouble(i, *start + i * *delta);
    else
      result.setInt(i, first.getInt(0) + i * step.getInt(0));
  }
  return {node.constant(std::move(result))};
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

/// Only one branch of a known condition is part of the program.
static OnnxResults importIf(OnnxNode &node) {
  const auto *thenBranch = node.subgraph("then_branch");
  const auto *elseBranch = node.subgraph("else_branch");
  const HostTensor *condition = node.known(node.input(0));
  if (!condition || condition->size() != 1)
    return {node.error("expected a condition known at compile time, got one "
                       "that depends on the model's inputs or weights")};
  const auto *branch = condition->getInt(0) ? thenBranch : elseBranch;
  if (!branch)
    return {node.error("expected attributes 'then_branch' and 'else_branch'")};
  return node.importSubgraph(*branch);
}

void dtc::registerConstantOnnxImporters(OnnxImporters &importers) {
  importers.add("Constant", {0}, importConstant);
  importers.add("ConstantOfShape", {1}, importConstantOfShape);
  importers.add("Range", {3}, importRange);
  importers.add("Shape", {1}, importShape);
  importers.add("Size", {1}, importSize);
  importers.add("EyeLike", {1}, importEyeLike);
  importers.add("If", {1}, importIf);
}
