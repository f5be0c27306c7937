//===- TorchScalars.cpp - Arithmetic on symbolic sizes --------------------===//
//
// Nodes whose results are Python numbers: sizes of tensors and what is computed
// from them. All are known, so each node has a number as its result.
//
//===----------------------------------------------------------------------===//

#include "TorchGraph.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace dtc;
namespace json = llvm::json;

static TorchScalar ofInteger(int64_t value) {
  return {TorchScalar::Integer, value, double(value)};
}
static TorchScalar ofReal(double value) {
  return {TorchScalar::Float, 0, value};
}
static TorchScalar ofBool(bool value) {
  return {TorchScalar::Bool, value, double(value)};
}
static double realOf(const TorchScalar &scalar) {
  return scalar.kind == TorchScalar::Float ? scalar.real
                                           : double(scalar.integer);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// A number, or one of the strings that stand for those that JSON lacks.
static std::optional<double> readReal(const json::Value &value) {
  if (auto number = value.getAsNumber())
    return number;
  auto word = value.getAsString();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (word == "Infinity")
    return infinity;
  if (word == "-Infinity")
    return -infinity;
  if (word == "NaN")
    return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

std::optional<TorchScalar>
TorchGraph::readScalar(const json::Object &argument) {
  if (argument.size() != 1)
    return std::nullopt;
  StringRef kind = argument.begin()->first;
  const json::Value &value = argument.begin()->second;
  if (kind == "as_int")
    if (auto number = value.getAsInteger())
      return ofInteger(*number);
  if (kind == "as_float")
    if (auto number = readReal(value))
      return ofReal(*number);
  if (kind == "as_bool")
    if (auto flag = value.getAsBoolean())
      return ofBool(*flag);
  if (kind == "as_name") {
    auto found = main.scalars.find(value.getAsString().value_or(""));
    if (found != main.scalars.end())
      return found->second;
  }
  if (kind == "as_sym_int" || kind == "as_sym_float" || kind == "as_sym_bool")
    if (const json::Object *inner = value.getAsObject())
      if (!inner->get(kind))
        return readScalar(*inner);
  return std::nullopt;
}

std::optional<TorchScalar> TorchGraph::readScalar(const json::Value &element) {
  if (const json::Object *object = element.getAsObject())
    return readScalar(*object);
  if (auto flag = element.getAsBoolean())
    return ofBool(*flag);
  if (auto number = element.getAsInteger())
    return ofInteger(*number);
  if (auto number = readReal(element))
    return ofReal(*number);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

static std::optional<TorchScalar> integerResult(StringRef op, int64_t a,
                                                int64_t b) {
  int64_t result = 0;
  if (op == "add")
    return llvm::AddOverflow(a, b, result) ? std::nullopt
                                           : std::optional(ofInteger(result));
  if (op == "sub")
    return llvm::SubOverflow(a, b, result) ? std::nullopt
                                           : std::optional(ofInteger(result));
  if (op == "mul")
    return llvm::MulOverflow(a, b, result) ? std::nullopt
                                           : std::optional(ofInteger(result));
  bool divides = op == "floordiv" || op == "mod";
  if (divides && (b == 0 || (a == INT64_MIN && b == -1)))
    return std::nullopt;
  if (op == "floordiv")
    return ofInteger(llvm::divideFloorSigned(a, b));
  if (op == "mod")
    return ofInteger(a - llvm::divideFloorSigned(a, b) * b);
  if (op == "sym_max")
    return ofInteger(std::max(a, b));
  if (op == "sym_min")
    return ofInteger(std::min(a, b));
  if (op == "and_")
    return ofInteger(a & b);
  if (op == "or_")
    return ofInteger(a | b);
  return std::nullopt;
}

static std::optional<TorchScalar> realResult(StringRef op, double a, double b) {
  if (op == "add")
    return ofReal(a + b);
  if (op == "sub")
    return ofReal(a - b);
  if (op == "mul")
    return ofReal(a * b);
  if (op == "truediv" && b != 0)
    return ofReal(a / b);
  if (op == "floordiv" && b != 0)
    return ofReal(std::floor(a / b));
  if (op == "pow")
    return ofReal(std::pow(a, b));
  if (op == "sym_max")
    return ofReal(std::max(a, b));
  if (op == "sym_min")
    return ofReal(std::min(a, b));
  return std::nullopt;
}

static std::optional<TorchScalar> comparison(StringRef op, double a, double b) {
  if (op == "eq")
    return ofBool(a == b);
  if (op == "ne")
    return ofBool(a != b);
  if (op == "lt")
    return ofBool(a < b);
  if (op == "le")
    return ofBool(a <= b);
  if (op == "gt")
    return ofBool(a > b);
  if (op == "ge")
    return ofBool(a >= b);
  return std::nullopt;
}

static std::optional<TorchScalar>
binaryResult(StringRef op, const TorchScalar &a, const TorchScalar &b) {
  if (auto result = comparison(op, realOf(a), realOf(b)))
    return result;
  bool areBools = a.kind == TorchScalar::Bool && b.kind == TorchScalar::Bool;
  if (areBools && op == "and_")
    return ofBool(a.integer & b.integer);
  if (areBools && op == "or_")
    return ofBool(a.integer | b.integer);
  bool areWhole = a.kind != TorchScalar::Float && b.kind != TorchScalar::Float;
  if (areWhole && op == "pow" && b.integer >= 0 && b.integer < 64) {
    TorchScalar result = ofInteger(1);
    for (int64_t i = 0; i < b.integer; ++i) {
      auto next = integerResult("mul", result.integer, a.integer);
      if (!next)
        return std::nullopt;
      result = *next;
    }
    return result;
  }
  if (areWhole && op != "truediv" && op != "pow")
    return integerResult(op, a.integer, b.integer);
  return realResult(op, realOf(a), realOf(b));
}

static std::optional<TorchScalar> wholeOf(double value) {
  if (!(value >= -0x1p62 && value <= 0x1p62))
    return std::nullopt;
  return ofInteger(static_cast<int64_t>(value));
}

static std::optional<TorchScalar> unaryResult(StringRef op,
                                              const TorchScalar &a) {
  bool isWhole = a.kind != TorchScalar::Float;
  if (op == "neg")
    return isWhole ? integerResult("sub", 0, a.integer)
                   : std::optional(ofReal(-a.real));
  if (op == "sym_float" || op == "float")
    return ofReal(realOf(a));
  if (op == "sym_int" || op == "int" || op == "trunc")
    return isWhole ? std::optional(ofInteger(a.integer))
                   : wholeOf(std::trunc(a.real));
  if (op == "floor")
    return isWhole ? std::optional(a) : wholeOf(std::floor(a.real));
  if (op == "ceil")
    return isWhole ? std::optional(a) : wholeOf(std::ceil(a.real));
  if (op == "sqrt" || op == "_sym_sqrt")
    return ofReal(std::sqrt(realOf(a)));
  if (op == "sym_not" || op == "not_")
    return ofBool(realOf(a) == 0);
  if (op == "pos")
    return a;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

/// The name of the number that a node makes, or empty.
static StringRef resultName(const json::Object &node) {
  const json::Array *outputs = node.getArray("outputs");
  const json::Object *output = outputs && outputs->size() == 1
                                   ? outputs->front().getAsObject()
                                   : nullptr;
  if (!output)
    return "";
  for (StringRef kind : {"as_sym_int", "as_sym_float", "as_sym_bool"})
    if (const json::Object *result = output->getObject(kind))
      return result->getString("as_name").value_or("");
  return "";
}

LogicalResult TorchGraph::importScalarOperator(const json::Object &node,
                                               StringRef target) {
  // The result of an assertion's condition is nothing.
  StringRef op = target;
  op.consume_front("aten.");
  for (StringRef module : {"_operator.", "math.", "torch.", "builtins."})
    op.consume_front(module);
  if (op.consume_front("sym_size") || op.starts_with("sym_numel"))
    op = op.starts_with("sym_numel") ? "numel" : "size";
  op = op.split('.').first;
  SmallVector<TorchScalar> numbers;
  Value tensor;
  const json::Array *inputs = node.getArray("inputs");
  for (const json::Value &value : elementsOf(inputs)) {
    const json::Object *input = value.getAsObject();
    const json::Value *argument = input ? input->get("arg") : nullptr;
    if (!argument)
      return error(node) << "expected inputs with arguments";
    if (StringRef name = tensorNameOf(*argument); !name.empty()) {
      tensor = currentValue(name);
      if (!tensor)
        return failure();
    } else if (auto number = readScalar(*argument)) {
      numbers.push_back(*number);
    } else {
      return error(node) << "expected numbers known at compile time";
    }
  }
  std::optional<TorchScalar> result;
  if (op == "size" && tensor && numbers.size() == 1) {
    int64_t rank = shapeOf(tensor).size(), dim = numbers[0].integer;
    if (dim >= -rank && dim < rank)
      result = ofInteger(shapeOf(tensor)[dim < 0 ? dim + rank : dim]);
  } else if (op == "numel" && tensor && numbers.empty()) {
    result = ofInteger(numElements(shapeOf(tensor)));
  } else if (!tensor && numbers.size() == 1) {
    result = unaryResult(op, numbers[0]);
  } else if (!tensor && numbers.size() == 2) {
    result = binaryResult(op, numbers[0], numbers[1]);
  }
  StringRef name = resultName(node);
  if (!result || name.empty())
    return error(node) << "the operator is not supported";
  if (!main.scalars.try_emplace(name, *result).second)
    return error(node) << "expected a new name, got '" << name
                       << "', which is defined already";
  return success();
}
