//===- TorchSchema.cpp - What a torch.export program says -----------------===//

#include "TorchSchema.h"

#include "llvm/ADT/Twine.h"

using namespace dtc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;
namespace json = llvm::json;

/// Dimensions of one tensor and of its strides; numpy has no more.
static constexpr size_t maxRank = 64;

static Error schemaError(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

Expected<DType> dtc::torchElementType(int64_t code) {
  switch (code) {
  case 1:
    return DType::U8;
  case 2:
    return DType::I8;
  case 3:
    return DType::I16;
  case 4:
    return DType::I32;
  case 5:
    return DType::I64;
  case 6:
    return DType::F16;
  case 7:
    return DType::F32;
  case 8:
    return DType::F64;
  case 12:
    return DType::Bool;
  case 13:
    return DType::BF16;
  case 28:
    return DType::U16;
  case 34:
    return DType::U32;
  case 35:
    return DType::U64;
  }
  StringRef name = code >= 9 && code <= 11    ? "complex"
                   : code >= 29 && code <= 33 ? "float8"
                                              : "unknown";
  return schemaError("expected a boolean, integer or floating-point element "
                     "type of 8 to 64 bits, got scalar type " +
                     Twine(code) + " (" + name + ")");
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

static Expected<TorchSize> readSize(const json::Value &value) {
  TorchSize size;
  const json::Object *object = value.getAsObject();
  if (object)
    if (auto number = object->getInteger("as_int")) {
      size.value = *number;
      return size;
    }
  const json::Object *expression =
      object ? object->getObject("as_expr") : nullptr;
  auto text = expression ? expression->getString("expr_str")
                         : std::optional<StringRef>();
  if (!text || text->empty() || text->size() > 4096)
    return schemaError("expected an integer or an expression as a size");
  size.expression = text->str();
  if (const json::Object *hint = expression->getObject("hint"))
    size.hint = hint->getInteger("as_int");
  return size;
}

static Error readSizes(const json::Object &object, StringRef key,
                       std::vector<TorchSize> &sizes) {
  const json::Array *list = object.getArray(key);
  if (!list || list->size() > maxRank)
    return schemaError("expected a list '" + key + "' of at most " +
                       Twine(maxRank) +
                       " sizes in the description of a tensor");
  for (const json::Value &value : *list) {
    auto size = readSize(value);
    if (!size)
      return size.takeError();
    sizes.push_back(std::move(*size));
  }
  return Error::success();
}

static Expected<TorchTensorMeta> readTensor(const json::Value &value) {
  const json::Object *object = value.getAsObject();
  auto type = object ? object->getInteger("dtype") : std::optional<int64_t>();
  if (!type)
    return schemaError("expected the description of a tensor with a 'dtype'");
  TorchTensorMeta meta;
  meta.scalarType = *type;
  constexpr int64_t strided = 7;
  meta.isStrided = object->getInteger("layout").value_or(strided) == strided;
  if (Error error = readSizes(*object, "sizes", meta.sizes))
    return std::move(error);
  if (object->get("strides"))
    if (Error error = readSizes(*object, "strides", meta.strides))
      return std::move(error);
  if (const json::Value *offset = object->get("storage_offset")) {
    auto size = readSize(*offset);
    if (!size)
      return size.takeError();
    meta.offset = std::move(*size);
  }
  return meta;
}

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

/// A key as it stands in the text, without escapes.
static Expected<std::string> readKey(StringRef key) {
  auto value = json::parse(("\"" + key + "\"").str());
  if (!value)
    return value.takeError();
  return value->getAsString().value_or("").str();
}

Expected<TorchGraphText> dtc::parseTorchGraph(StringRef text) {
  TorchGraphText graph;
  StringRef tensors, integers;
  Error error = forEachMember(text, [&](StringRef key, StringRef value) {
    if (key == "inputs")
      graph.inputs = value;
    else if (key == "outputs")
      graph.outputs = value;
    else if (key == "nodes")
      graph.nodes = value;
    else if (key == "tensor_values")
      tensors = value;
    else if (key == "sym_int_values")
      integers = value;
    return Error::success();
  });
  if (error)
    return std::move(error);
  if (graph.inputs.empty() || graph.outputs.empty() || graph.nodes.empty() ||
      tensors.empty())
    return schemaError("expected a graph with 'inputs', 'outputs', 'nodes' and "
                       "'tensor_values'");
  error = forEachMember(tensors, [&](StringRef key, StringRef value) -> Error {
    auto name = readKey(key);
    auto piece = parsePiece(value);
    if (!name || !piece)
      return llvm::joinErrors(name ? Error::success() : name.takeError(),
                              piece ? Error::success() : piece.takeError());
    auto meta = readTensor(*piece);
    if (!meta)
      return meta.takeError();
    graph.tensors[*name] = std::move(*meta);
    return Error::success();
  });
  if (error)
    return std::move(error);
  if (integers.empty())
    return graph;
  error = forEachMember(integers, [&](StringRef key, StringRef value) -> Error {
    auto name = readKey(key);
    auto piece = parsePiece(value);
    if (!name || !piece)
      return llvm::joinErrors(name ? Error::success() : name.takeError(),
                              piece ? Error::success() : piece.takeError());
    auto size = readSize(*piece);
    if (!size)
      return size.takeError();
    graph.integers[*name] = std::move(*size);
    return Error::success();
  });
  if (error)
    return std::move(error);
  return graph;
}

//===----------------------------------------------------------------------===//
// Signature
//===----------------------------------------------------------------------===//

/// The name in `{"arg": {"name": N}}`, or in `{"arg": {"as_tensor": {"name":
/// N}}}`; empty for other arguments.
static std::string argumentName(const json::Object &spec) {
  const json::Object *arg = spec.getObject("arg");
  if (arg && arg->getObject("as_tensor"))
    arg = arg->getObject("as_tensor");
  return arg ? arg->getString("name").value_or("").str() : std::string();
}

static Expected<TorchInputSpec> readInput(const json::Value &value) {
  const json::Object *object = value.getAsObject();
  TorchInputSpec spec;
  if (!object || object->size() != 1)
    return schemaError("expected one kind for each input of the signature");
  StringRef kind = object->begin()->first;
  const json::Object *body = object->begin()->second.getAsObject();
  if (!body)
    return schemaError("expected an object for each input of the signature");
  spec.name = argumentName(*body);
  auto target = [&](StringRef key) {
    spec.target = body->getString(key).value_or("").str();
    return !spec.target.empty() && !spec.name.empty();
  };
  bool isComplete = true;
  if (kind == "user_input") {
    const json::Object *arg = body->getObject("arg");
    const json::Object *integer = arg ? arg->getObject("as_sym_int") : nullptr;
    if (integer) {
      spec.name = integer->getString("as_name").value_or("").str();
      spec.isInteger = !spec.name.empty();
    }
  } else if (kind == "parameter") {
    spec.kind = TorchInputSpec::Parameter;
    isComplete = target("parameter_name");
  } else if (kind == "buffer") {
    spec.kind = TorchInputSpec::Buffer;
    isComplete = target("buffer_name");
    spec.isPersistent = body->getBoolean("persistent").value_or(true);
  } else if (kind == "tensor_constant") {
    spec.kind = TorchInputSpec::Constant;
    isComplete = target("tensor_constant_name");
  } else if (kind == "constant_input") {
    spec.kind = TorchInputSpec::Ignored;
  } else {
    return schemaError("inputs of kind '" + kind.take_front(40) +
                       "' are not supported");
  }
  if (!isComplete)
    return schemaError("expected names for the input of kind '" + kind + "'");
  return spec;
}

static Expected<TorchOutputSpec> readOutput(const json::Value &value) {
  const json::Object *object = value.getAsObject();
  if (!object || object->size() != 1 || !object->begin()->second.getAsObject())
    return schemaError("expected one kind for each output of the signature");
  StringRef kind = object->begin()->first;
  const json::Object &body = *object->begin()->second.getAsObject();
  TorchOutputSpec spec;
  spec.name = argumentName(body);
  if (kind == "buffer_mutation" || kind == "parameter_mutation" ||
      kind == "user_input_mutation") {
    spec.kind = TorchOutputSpec::Mutation;
    for (StringRef key : {"buffer_name", "parameter_name", "user_input_name"})
      if (auto name = body.getString(key))
        spec.target = name->str();
  } else if (kind == "token") {
    spec.kind = TorchOutputSpec::Other;
  } else if (kind != "user_output" && kind != "loss_output") {
    return schemaError("outputs of kind '" + kind.take_front(40) +
                       "' are not supported: export the model's forward "
                       "function, and pass --train for a training step");
  }
  return spec;
}

static Error readSignature(StringRef text, TorchProgramText &program) {
  auto inputs = findMember(text, "input_specs");
  auto outputs = findMember(text, "output_specs");
  if (!inputs || !outputs)
    return llvm::joinErrors(inputs ? Error::success() : inputs.takeError(),
                            outputs ? Error::success() : outputs.takeError());
  if (Error error = forEachElement(*inputs, [&](StringRef element) -> Error {
        auto piece = parsePiece(element);
        if (!piece)
          return piece.takeError();
        auto spec = readInput(*piece);
        if (!spec)
          return spec.takeError();
        program.inputs.push_back(std::move(*spec));
        return Error::success();
      }))
    return error;
  return forEachElement(*outputs, [&](StringRef element) -> Error {
    auto piece = parsePiece(element);
    if (!piece)
      return piece.takeError();
    auto spec = readOutput(*piece);
    if (!spec)
      return spec.takeError();
    program.outputs.push_back(std::move(*spec));
    return Error::success();
  });
}

static Error readRanges(StringRef text, TorchProgramText &program) {
  if (text.empty())
    return Error::success();
  return forEachMember(text, [&](StringRef key, StringRef value) -> Error {
    auto piece = parsePiece(value);
    if (!piece)
      return piece.takeError();
    const json::Object *range = piece->getAsObject();
    if (range)
      program.ranges[key] = {range->getInteger("min_val"),
                             range->getInteger("max_val")};
    return Error::success();
  });
}

Expected<TorchProgramText> dtc::parseTorchProgram(StringRef text) {
  constexpr int64_t supportedMajor = 8;
  if (Error error = checkJsonNesting(text))
    return std::move(error);
  StringRef module, ranges, version;
  if (Error error = forEachMember(text, [&](StringRef key, StringRef value) {
        if (key == "graph_module")
          module = value;
        else if (key == "range_constraints")
          ranges = value;
        else if (key == "schema_version")
          version = value;
        return Error::success();
      }))
    return std::move(error);
  if (module.empty() || version.empty())
    return schemaError("expected an exported program with 'graph_module' and "
                       "'schema_version'");
  auto number = parsePiece(version);
  if (!number)
    return number.takeError();
  const json::Object *object = number->getAsObject();
  int64_t major = object ? object->getInteger("major").value_or(-1) : -1;
  if (major != supportedMajor)
    return schemaError("expected version 8 of torch.export's schema, got " +
                       Twine(major) +
                       ": export the model with torch 2.9 or newer");
  auto graph = findMember(module, "graph"),
       signature = findMember(module, "signature");
  if (!graph || !signature)
    return llvm::joinErrors(graph ? Error::success() : graph.takeError(),
                            signature ? Error::success()
                                      : signature.takeError());
  TorchProgramText program;
  auto parsed = parseTorchGraph(*graph);
  if (!parsed)
    return parsed.takeError();
  program.graph = std::move(*parsed);
  if (Error error = readSignature(*signature, program))
    return std::move(error);
  if (Error error = readRanges(ranges, program))
    return std::move(error);
  return program;
}

//===----------------------------------------------------------------------===//
// Payloads
//===----------------------------------------------------------------------===//

Expected<std::vector<std::pair<std::string, TorchPayload>>>
dtc::parseTorchPayloads(StringRef text) {
  std::vector<std::pair<std::string, TorchPayload>> payloads;
  if (Error error = checkJsonNesting(text))
    return std::move(error);
  auto config = findMember(text, "config");
  if (!config)
    return config.takeError();
  Error error =
      forEachMember(*config, [&](StringRef key, StringRef value) -> Error {
        auto name = readKey(key);
        auto piece = parsePiece(value);
        if (!name || !piece)
          return llvm::joinErrors(name ? Error::success() : name.takeError(),
                                  piece ? Error::success() : piece.takeError());
        const json::Object *object = piece->getAsObject();
        TorchPayload payload;
        auto path = object ? object->getString("path_name") : std::nullopt;
        if (!path)
          return schemaError("expected a 'path_name' for '" + *name + "'");
        payload.path = path->str();
        payload.isPickled = object->getBoolean("use_pickle").value_or(false);
        const json::Value *tensor = object->get("tensor_meta");
        if (!payload.isPickled) {
          auto meta =
              tensor
                  ? readTensor(*tensor)
                  : schemaError("expected a 'tensor_meta' for '" + *name + "'");
          if (!meta)
            return meta.takeError();
          payload.tensor = std::move(*meta);
        }
        payloads.emplace_back(std::move(*name), std::move(payload));
        return Error::success();
      });
  if (error)
    return std::move(error);
  return payloads;
}
