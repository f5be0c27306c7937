//===- TorchWeights.cpp - Weights of a torch.export archive ---------------===//
//
// 1. Two lists in the archive say of every weight and constant which member
//    holds it and with which strides.
// 2. Weights in the same place are one, called by the first name that the
//    signature has.
// 3. What the compiler may know is every integer or boolean tensor of up to
//    2^16 elements, and numbers that stood in the program's text (constants
//    of one element). Everything else is a parameter.
// 4. A tensor whose elements lie in row-major order is a view of the file;
//    others are copied.
//
//===----------------------------------------------------------------------===//

#include "TorchWeights.h"
#include "OnnxScopes.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dtc;
using llvm::Expected;

static llvm::Error weightError(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static constexpr uint64_t maxConfigBytes = uint64_t(128) << 20;
static constexpr StringRef howToSave =
    "save it again with torch.export.save of torch 2.9 or newer, with plain "
    "tensors as weights";

llvm::Error TorchWeights::readConfig(StringRef folder, StringRef model,
                                     StringRef kind) {
  std::string stem = (folder + model).str();
  if (archive.has(stem + ".pt"))
    return weightError("its " + kind + " are pickled ('" + stem +
                       ".pt'): " + howToSave);
  // Both names were in use.
  for (StringRef suffix : {"_config.json", "_model_param_config.json"}) {
    std::string name = stem + "_" + kind.str() + suffix.str();
    if (suffix != "_config.json")
      name = stem + suffix.str();
    if (!archive.has(name))
      continue;
    auto text = archive.readText(name, maxConfigBytes);
    if (!text)
      return text.takeError();
    auto list = parseTorchPayloads(*text);
    if (!list)
      return llvm::joinErrors(weightError("in '" + name + "'"),
                              list.takeError());
    auto &kept = payloads[kind == "weights" ? 0 : 1];
    kept = std::move(*list);
    for (auto &[fqn, payload] : kept) {
      Weight weight;
      weight.payload = &payload;
      weight.folder = folder;
      if (!weights.try_emplace(fqn, weight).second)
        return weightError("expected one weight '" + fqn + "', got several");
    }
    return llvm::Error::success();
  }
  // Without constants there is nothing to describe.
  if (kind == "constants")
    return llvm::Error::success();
  return weightError("expected a member '" + stem + "_" + kind +
                     "_config.json' that describes its " + kind + ", got none");
}

llvm::Error TorchWeights::readConfigs(StringRef model) {
  if (auto error = readConfig("data/weights/", model, "weights"))
    return error;
  return readConfig("data/constants/", model, "constants");
}

llvm::Error TorchWeights::declare(const TorchInputSpec &spec) {
  auto found = weights.find(spec.target);
  if (found == weights.end())
    return weightError("weight '" + spec.target +
                       "' of the signature is not in the archive");
  Weight &weight = found->second;
  weight.kind = spec.kind;
  const TorchPayload &payload = *weight.payload;
  llvm::raw_string_ostream place(weight.place);
  place << weight.folder << payload.path << "\n"
        << payload.tensor.scalarType << "+" << payload.tensor.offset.value;
  for (const auto *list : {&payload.tensor.sizes, &payload.tensor.strides}) {
    place << "\n";
    for (const TorchSize &size : *list)
      place << size.value << ",";
  }
  if (payload.isPickled)
    place << spec.target;
  places.try_emplace(weight.place, Named{spec.target, nullptr});
  return llvm::Error::success();
}

/// Copies the elements of a strided tensor in row-major order.
Expected<ArrayRef<char>> TorchWeights::gather(const TorchTensorMeta &tensor,
                                              const ParameterData &data,
                                              ArrayRef<char> bytes) {
  int64_t width = byteWidth(data.type), count = numElements(data.shape);
  auto copy = std::make_shared<std::vector<char>>(count * width);
  char *next = copy->data();
  forEachIndex(data.shape, [&](ArrayRef<int64_t> index, int64_t) {
    int64_t position = tensor.offset.value;
    for (auto [i, stride] : llvm::zip(index, tensor.strides))
      position += i * stride.value;
    std::memcpy(next, bytes.data() + position * width, width);
    next += width;
  });
  store.keep(copy);
  return ArrayRef<char>(*copy);
}

/// Elements from the first to behind the last that a tensor reaches; nothing
/// when that overflows or a stride is negative.
static std::optional<int64_t> reachOf(const TorchTensorMeta &tensor,
                                      ArrayRef<int64_t> shape) {
  int64_t last = tensor.offset.value;
  if (last < 0 || tensor.strides.size() != shape.size())
    return std::nullopt;
  for (auto [extent, stride] : llvm::zip(shape, tensor.strides)) {
    int64_t step = 0;
    if (stride.value < 0 || !stride.expression.empty() ||
        llvm::MulOverflow(std::max<int64_t>(extent - 1, 0), stride.value,
                          step) ||
        llvm::AddOverflow(last, step, last))
      return std::nullopt;
  }
  return last == INT64_MAX ? std::nullopt : std::optional<int64_t>(last + 1);
}

static bool isRowMajor(const TorchTensorMeta &tensor, ArrayRef<int64_t> shape) {
  auto expected = rowMajorStrides(shape);
  for (auto [extent, stride, row] : llvm::zip(shape, tensor.strides, expected))
    if (extent != 1 && stride.value != row)
      return false;
  return true;
}

Expected<ParameterData> TorchWeights::readBytes(StringRef name,
                                                const Weight &weight) {
  const TorchPayload &payload = *weight.payload;
  const TorchTensorMeta &tensor = payload.tensor;
  if (payload.isPickled)
    return weightError("it is pickled: " + howToSave);
  if (!tensor.isStrided)
    return weightError("expected a dense tensor, got another layout");
  auto type = torchElementType(tensor.scalarType);
  if (!type)
    return type.takeError();
  ParameterData data;
  data.type = *type;
  for (const TorchSize &size : tensor.sizes) {
    if (!size.expression.empty())
      return weightError("expected sizes that are numbers");
    data.shape.push_back(size.value);
  }
  auto count = countElements(data.shape);
  if (!count)
    return weightError("expected dimensions of 0 or more and less than 2^44 "
                       "elements, and at most " +
                       Twine(maxTensorRank) + " dimensions");
  if (*count == 0)
    return data;
  auto reach = reachOf(tensor, data.shape);
  auto bytes = archive.read((weight.folder + payload.path).str(), UINT64_MAX);
  if (!bytes)
    return bytes.takeError();
  int64_t width = byteWidth(*type);
  if (!reach || uint64_t(*reach) > bytes->size() / width)
    return weightError("expected the bytes of its shape and strides, got " +
                       Twine(bytes->size()));
  if (isRowMajor(tensor, data.shape)) {
    data.bytes = bytes->slice(tensor.offset.value * width, *count * width);
    return data;
  }
  // A tensor that repeats its elements would grow without limit.
  if (uint64_t(*count) * width > 2 * bytes->size() + (1 << 20))
    return weightError("expected a tensor whose elements are stored once");
  auto copy = gather(tensor, data, *bytes);
  if (!copy)
    return copy.takeError();
  data.bytes = *copy;
  return data;
}

Value TorchWeights::addKnown(const ParameterData &data, Location location) {
  HostTensor value(data.type, data.shape);
  if (!data.bytes.empty())
    std::memcpy(value.raw(), data.bytes.data(), data.bytes.size());
  if (value.type() == DType::Bool)
    for (int64_t i = 0; i < value.size(); ++i)
      value.data<uint8_t>()[i] = value.data<uint8_t>()[i] != 0;
  return program.addKnown(std::move(value), location);
}

Expected<Value> TorchWeights::addParameter(StringRef name, const Weight &weight,
                                           const ParameterData &data,
                                           Location location) {
  OpBuilder &builder = program.getBuilder();
  auto type = RankedTensorType::get(
      data.shape, getElementType(data.type, builder.getContext()));
  if (llvm::Error error = store.add(name, data))
    return std::move(error);
  auto parameter =
      ParameterOp::create(builder, location, type, builder.getStringAttr(name),
                          DictionaryAttr(), LayoutAttr(), TypeAttr());
  // What a module registers as a buffer is not trained by default.
  if (weight.kind != TorchInputSpec::Parameter)
    parameter->setDiscardableAttr("dtc.buffer", builder.getUnitAttr());
  return parameter.getResult();
}

Expected<Value> TorchWeights::import(StringRef target, unsigned node) {
  const Weight &weight = weights.find(target)->second;
  Named &named = places.find(weight.place)->second;
  if (named.value)
    return named.value;
  auto data = readBytes(named.name, weight);
  if (!data)
    return data.takeError();
  Location location = makeSourceLocation(
      program.getContext(), named.name,
      modulePathOfParameter(named.name).value_or(""), program.getFile(), node);
  int64_t count = numElements(data->shape);
  bool isNumber = weight.kind == TorchInputSpec::Constant && count == 1;
  bool isKnown = isFloat(data->type)
                     ? isNumber
                     : count <= maxKnownElements &&
                           weight.kind != TorchInputSpec::Parameter;
  if (isKnown) {
    named.value = addKnown(*data, location);
    return named.value;
  }
  auto value = addParameter(named.name, weight, *data, location);
  if (value)
    named.value = *value;
  return value;
}
