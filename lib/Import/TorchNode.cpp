//===- TorchNode.cpp - One torch.export node as op families see it --------===//

#include "dtc/Import/TorchNode.h"
#include "TorchGraph.h"

#include <limits>

using namespace mlir;
using namespace dtc;
namespace json = llvm::json;

TorchNode::TorchNode(const json::Object &object, TorchGraph &graph,
                     ImportedProgram &program, Location location)
    : ImportNode(program, location), object(object), graph(graph) {
  StringRef name = object.getString("target").value_or("");
  name.consume_front("torch.ops.");
  targetName = name.str();
  if (const json::Array *list = object.getArray("outputs"))
    outputs = list->size();
  // Where things are and how they are laid out changes no number.
  for (StringRef placing :
       {"device", "layout", "pin_memory", "memory_format", "non_blocking"})
    read.insert(placing);
  const json::Array *list = object.getArray("inputs");
  if (!list)
    return;
  for (const json::Value &value : *list) {
    const json::Object *input = value.getAsObject();
    const json::Object *argument = input ? input->getObject("arg") : nullptr;
    auto name = input ? input->getString("name") : std::nullopt;
    if (argument && name && argument->size() == 1)
      arguments[*name] = argument;
  }
}

StringRef TorchNode::resultName() const {
  const json::Array *results = object.getArray("outputs");
  const json::Object *first =
      results && !results->empty() ? results->front().getAsObject() : nullptr;
  const json::Object *tensor = first ? first->getObject("as_tensor") : nullptr;
  return tensor ? tensor->getString("name").value_or("") : "";
}

void TorchNode::report(const Twine &message) {
  graph.error(object) << message.str();
}

Value TorchNode::wrongKind(StringRef name, StringRef expected) {
  const json::Object *argument = peek(name);
  std::string got = argument ? argument->begin()->first.str() : "nothing";
  return error("argument '" + name + "': expected " + expected + ", got '" +
               got + "'");
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

const json::Object *TorchNode::peek(StringRef name) const {
  auto found = arguments.find(name);
  return found == arguments.end() ? nullptr : found->second;
}

const json::Object *TorchNode::find(StringRef name) {
  read.insert(name);
  return has(name) ? peek(name) : nullptr;
}

bool TorchNode::has(StringRef name) const {
  const json::Object *argument = peek(name);
  if (!argument || argument->get("as_none"))
    return false;
  const json::Object *optional = argument->getObject("as_optional_tensor");
  return !optional || !optional->get("as_none");
}

StringRef TorchNode::tensorName(const json::Object *argument) const {
  if (argument && argument->getObject("as_optional_tensor"))
    argument = argument->getObject("as_optional_tensor");
  const json::Object *tensor =
      argument ? argument->getObject("as_tensor") : nullptr;
  return tensor ? tensor->getString("name").value_or("") : "";
}

Value TorchNode::optionalTensor(StringRef name) {
  const json::Object *argument = find(name);
  if (!argument)
    return {};
  StringRef value = tensorName(argument);
  if (value.empty())
    return wrongKind(name, "a tensor");
  Value result = graph.currentValue(value);
  if (!result)
    setFailed();
  return result;
}

Value TorchNode::tensor(StringRef name) {
  if (!has(name))
    return wrongKind(name, "a tensor");
  return optionalTensor(name);
}

SmallVector<Value> TorchNode::tensors(StringRef name) {
  SmallVector<Value> values;
  const json::Object *argument = find(name);
  const json::Array *list =
      argument ? argument->getArray("as_tensors") : nullptr;
  if (!list && argument)
    list = argument->getArray("as_optional_tensors");
  if (!list) {
    wrongKind(name, "a list of tensors");
    return {};
  }
  for (const json::Value &element : *list) {
    const json::Object *entry = element.getAsObject();
    StringRef value;
    if (entry)
      value = entry->getString("name").value_or(tensorName(entry));
    if (value.empty() && entry && entry->get("as_none")) {
      values.push_back({});
      continue;
    }
    values.push_back(value.empty() ? wrongKind(name, "a list of tensors")
                                   : graph.currentValue(value));
    if (!values.back()) {
      setFailed();
      return {};
    }
  }
  return values;
}

static TorchNumber makeNumber(const TorchScalar &scalar) {
  TorchNumber number;
  number.kind = scalar.kind == TorchScalar::Bool      ? TorchNumber::Bool
                : scalar.kind == TorchScalar::Integer ? TorchNumber::Integer
                                                      : TorchNumber::Float;
  number.integer = scalar.integer;
  number.real =
      scalar.kind == TorchScalar::Float ? scalar.real : double(scalar.integer);
  return number;
}

std::optional<TorchNumber> TorchNode::readNumber(const json::Object &argument) {
  auto scalar = graph.readScalar(argument);
  if (!scalar)
    return std::nullopt;
  return makeNumber(*scalar);
}

std::optional<TorchNumber> TorchNode::number(StringRef name) {
  const json::Object *argument = find(name);
  if (!argument)
    return std::nullopt;
  auto value = readNumber(*argument);
  if (!value)
    wrongKind(name, "a number known at compile time");
  return value;
}

std::optional<int64_t> TorchNode::optionalInteger(StringRef name) {
  auto value = number(name);
  if (!value)
    return std::nullopt;
  if (value->kind == TorchNumber::Float) {
    wrongKind(name, "an integer");
    return std::nullopt;
  }
  return value->integer;
}

int64_t TorchNode::integer(StringRef name, int64_t fallback) {
  return optionalInteger(name).value_or(fallback);
}

int64_t TorchNode::integer(StringRef name) {
  if (!has(name))
    wrongKind(name, "an integer");
  return optionalInteger(name).value_or(0);
}

/// The list in an argument of one of the kinds of lists, or null.
static const json::Array *findList(const json::Object &argument) {
  for (StringRef key :
       {"as_ints", "as_sym_ints", "as_floats", "as_sym_floats", "as_bools"})
    if (const json::Array *list = argument.getArray(key))
      return list;
  return nullptr;
}

std::optional<SmallVector<int64_t>>
TorchNode::optionalIntegers(StringRef name) {
  const json::Object *argument = find(name);
  if (!argument)
    return std::nullopt;
  SmallVector<int64_t> values;
  const json::Array *list = findList(*argument);
  if (!list) {
    // An int where a list may stand.
    auto single = readNumber(*argument);
    if (single && single->kind == TorchNumber::Integer)
      return SmallVector<int64_t>{single->integer};
    // An empty list has no kind of its own.
    const json::Array *empty = argument->getArray("as_tensors");
    if (empty && empty->empty())
      return values;
    wrongKind(name, "a list of integers");
    return std::nullopt;
  }
  for (const json::Value &element : *list) {
    auto scalar = graph.readScalar(element);
    if (!scalar || scalar->kind == TorchScalar::Float) {
      wrongKind(name, "a list of integers known at compile time");
      return std::nullopt;
    }
    values.push_back(scalar->integer);
  }
  return values;
}

SmallVector<int64_t> TorchNode::integers(StringRef name) {
  if (!has(name))
    wrongKind(name, "a list of integers");
  return optionalIntegers(name).value_or(SmallVector<int64_t>());
}

SmallVector<int64_t> TorchNode::integers(StringRef name, size_t count,
                                         int64_t fallback) {
  auto values = optionalIntegers(name);
  if (!values || values->empty())
    return SmallVector<int64_t>(count, fallback);
  if (values->size() == 1)
    return SmallVector<int64_t>(count, values->front());
  if (values->size() != count)
    error("argument '" + name + "': expected " + Twine(count) +
          " numbers, got " + Twine(values->size()));
  values->resize(count, fallback);
  return *values;
}

std::optional<SmallVector<double>> TorchNode::optionalReals(StringRef name) {
  const json::Object *argument = find(name);
  if (!argument)
    return std::nullopt;
  const json::Array *list = findList(*argument);
  SmallVector<double> values;
  for (const json::Value &element : elementsOf(list)) {
    auto scalar = graph.readScalar(element);
    if (scalar)
      values.push_back(makeNumber(*scalar).real);
    else
      list = nullptr;
  }
  if (list)
    return values;
  wrongKind(name, "a list of numbers");
  return std::nullopt;
}

std::optional<double> TorchNode::optionalReal(StringRef name) {
  auto value = number(name);
  return value ? std::optional<double>(value->real) : std::nullopt;
}

double TorchNode::real(StringRef name, double fallback) {
  return optionalReal(name).value_or(fallback);
}

bool TorchNode::flag(StringRef name, bool fallback) {
  auto value = number(name);
  return value ? value->real != 0 : fallback;
}

StringRef TorchNode::text(StringRef name, StringRef fallback) {
  const json::Object *argument = find(name);
  if (!argument)
    return fallback;
  if (auto value = argument->getString("as_string"))
    return *value;
  wrongKind(name, "a string");
  return fallback;
}

Type TorchNode::elementType(StringRef name) {
  const json::Object *argument = find(name);
  if (!argument)
    return {};
  auto code = argument->getInteger("as_scalar_type");
  if (!code) {
    wrongKind(name, "an element type");
    return {};
  }
  auto type = torchElementType(*code);
  if (type)
    return getElementType(*type, getContext());
  error("argument '" + name + "': " + llvm::toString(type.takeError()));
  return {};
}

LogicalResult TorchNode::checkAllRead() {
  for (const auto &argument : arguments)
    if (!read.contains(argument.first()) && has(argument.first())) {
      error("argument '" + argument.first() + "' is not supported");
      return failure();
    }
  return success();
}

bool TorchNode::isPermuted(StringRef name) const {
  return !graph.isContiguous(tensorName(peek(name)));
}

//===----------------------------------------------------------------------===//
// Type promotion
//===----------------------------------------------------------------------===//

/// 0 bool, 1 integer, 2 float.
static int categoryOf(Type type) {
  return isa<FloatType>(type) ? 2 : type.isInteger(1) ? 0 : 1;
}

/// Of two types of one category, or of any: the one that holds both, as ATen's
/// table has it. Null where ATen refuses.
static Type promoteTypes(Type a, Type b) {
  if (a == b)
    return a;
  if (categoryOf(a) != categoryOf(b))
    return categoryOf(a) > categoryOf(b) ? a : b;
  unsigned widthA = a.getIntOrFloatBitWidth(),
           widthB = b.getIntOrFloatBitWidth();
  if (isa<FloatType>(a)) {
    // f16 and bf16.
    if (widthA == widthB)
      return Float32Type::get(a.getContext());
    return widthA > widthB ? a : b;
  }
  bool signedA = !a.isUnsignedInteger(), signedB = !b.isUnsignedInteger();
  if (signedA == signedB)
    return widthA > widthB ? a : b;
  // u8 meets signed ones; wider unsigned types do not promote in ATen.
  if ((signedA ? widthB : widthA) != 8)
    return {};
  Type other = signedA ? a : b;
  if (other.getIntOrFloatBitWidth() > 8)
    return other;
  return IntegerType::get(a.getContext(), 16);
}

/// The first type, unless the second is of a higher category.
static Type combine(Type higher, Type lower) {
  if (!higher || !lower)
    return higher ? higher : lower;
  return categoryOf(lower) > categoryOf(higher) ? lower : higher;
}

/// Widens the type of those seen so far.
static LogicalResult join(TorchNode &node, Type &into, Type type) {
  into = into ? promoteTypes(into, type) : type;
  if (into)
    return success();
  node.error("the element types of its operands have no common type");
  return failure();
}

Type TorchNode::promoteTensors(ArrayRef<Value> tensors) {
  Type shaped, scalars;
  for (Value value : tensors)
    if (mlir::failed(
            join(*this, rank(value) ? shaped : scalars, element(value))))
      return {};
  return combine(shaped, scalars);
}

Type TorchNode::promote(ArrayRef<StringRef> names) {
  SmallVector<Value> values;
  Type numbers;
  for (StringRef name : names) {
    if (!tensorName(peek(name)).empty()) {
      values.push_back(tensor(name));
      if (!values.back())
        return {};
      continue;
    }
    auto value = number(name);
    if (!value) {
      wrongKind(name, "a tensor or a number");
      return {};
    }
    Type type = value->kind == TorchNumber::Float     ? f32()
                : value->kind == TorchNumber::Integer ? i64()
                                                      : i1();
    if (mlir::failed(join(*this, numbers, type)))
      return {};
  }
  Type tensors = promoteTensors(values);
  return failed() ? Type() : combine(tensors, numbers);
}

Value TorchNode::operand(StringRef name, Type type) {
  if (!type)
    return {};
  if (!tensorName(peek(name)).empty())
    return cast(tensor(name), type);
  auto value = number(name);
  return value ? scalar(*value, type) : wrongKind(name, "a tensor or a number");
}

Value TorchNode::scalar(const TorchNumber &number, Type type) {
  if (!type)
    return {};
  HostTensor tensor(getDType(type), {});
  if (isa<FloatType>(type))
    tensor.setDouble(0, number.real);
  else if (type.isInteger(1))
    tensor.setInt(0, number.real != 0);
  else if (number.kind != TorchNumber::Float)
    tensor.setInt(0, number.integer);
  else if (number.real >= -0x1p63 && number.real < 0x1p63)
    tensor.setInt(0, static_cast<int64_t>(number.real));
  else
    return error("expected a number that an integer can hold, got " +
                 Twine(std::to_string(number.real)));
  if (!isa<FloatType>(type) && !type.isInteger(1) &&
      number.kind != TorchNumber::Float && tensor.getInt(0) != number.integer)
    return error("expected a number that its type can hold, got " +
                 Twine(number.integer));
  return constant(std::move(tensor));
}

Type TorchNode::floatType(Type type) const {
  return !type || isa<FloatType>(type) ? type : f32();
}

Value TorchNode::asFloat(Value value) {
  return cast(value, floatType(element(value)));
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

Value dtc::writeReshaped(TorchNode &node, Value base, Value piece, unsigned) {
  return node.reshape(piece, node.shape(base));
}

const TorchImporters &TorchImporters::get() {
  static const TorchImporters all = [] {
    TorchImporters importers;
#define DTC_OP_FAMILY(NAME)                                                    \
  importers.family = #NAME;                                                    \
  register##NAME##TorchImporters(importers);
#include "Ops.def"
#undef DTC_OP_FAMILY
    return importers;
  }();
  return all;
}
