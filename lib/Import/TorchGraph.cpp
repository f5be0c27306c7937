//===- TorchGraph.cpp - The walk over an exported program -----------------===//
//
// 1. Nodes are imported in the order of the file. Each is parsed, imported by
//    its op family, and its results compared with the types that torch
//    recorded.
// 2. Arithmetic on symbolic sizes is done here (TorchScalars.cpp): all sizes
//    are known.
// 3. Graphs of higher-order operators that only change a mode of torch are
//    imported in place.
// 4. Ops in place become their functional forms, and memory is followed by
//    name (TorchAliases.cpp).
//
//===----------------------------------------------------------------------===//

#include "TorchGraph.h"
#include "OnnxScopes.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dtc;
namespace json = llvm::json;

TorchGraph::TorchGraph(const TorchProgramText &text, ImportedProgram &program,
                       TorchWeights &weights, TorchSymbols &symbols)
    : text(text), program(program), weights(weights), symbols(symbols) {
  main.text = &text.graph;
}

ArrayRef<json::Value> dtc::elementsOf(const json::Array *array) {
  return array ? ArrayRef<json::Value>(array->data(), array->size())
               : ArrayRef<json::Value>();
}

StringRef dtc::tensorNameOf(const json::Value &argument) {
  const json::Object *object = argument.getAsObject();
  const json::Object *tensor =
      object ? object->getObject("as_tensor") : nullptr;
  return tensor ? tensor->getString("name").value_or("") : "";
}

//===----------------------------------------------------------------------===//
// Errors and places
//===----------------------------------------------------------------------===//

Location TorchGraph::location(StringRef name) const {
  return makeSourceLocation(program.getContext(), name, modulePath,
                            program.getFile(), nodeIndex);
}

InFlightDiagnostic TorchGraph::error() const {
  return emitError(FileLineColLoc::get(program.getContext(), program.getFile(),
                                       nodeIndex, 0));
}

/// The innermost frame of a Python stack trace in one line.
static std::string lastFrame(StringRef trace) {
  size_t begin = trace.rfind("File \"");
  if (begin == StringRef::npos)
    return "";
  SmallVector<StringRef> lines;
  trace.drop_front(begin).split(lines, '\n');
  std::string frame = lines.front().trim().str();
  if (lines.size() > 1 && !lines[1].trim().empty())
    frame += ": " + lines[1].trim().take_front(200).str();
  return frame;
}

InFlightDiagnostic TorchGraph::error(const json::Object &node) const {
  StringRef name = node.getString("name").value_or("");
  StringRef target = node.getString("target").value_or("");
  target.consume_front("torch.ops.");
  if (const json::Array *outputs = node.getArray("outputs"))
    if (name.empty() && !outputs->empty())
      name = tensorNameOf(outputs->front());
  auto diagnostic = error();
  const json::Object *metadata = node.getObject("metadata");
  std::string frame =
      metadata ? lastFrame(metadata->getString("stack_trace").value_or(""))
               : "";
  if (!frame.empty())
    diagnostic.attachNote() << "it stands at " << frame;
  diagnostic << "node '" << name << "' (op '" << target << "'): ";
  return diagnostic;
}

/// The path of the innermost module in "key,path,type;key,path,type". Modules
/// that are called several times have "@1" behind their path.
static std::optional<std::string> pathInStack(StringRef stack) {
  StringRef last = stack.rsplit(';').second;
  if (last.empty())
    last = stack;
  auto [key, rest] = last.split(',');
  StringRef path = rest.split(',').first;
  if (last.empty() || key.starts_with("_empty_nn_module_stack") ||
      path.starts_with("_empty_nn_module_stack"))
    return std::nullopt;
  std::string result;
  SmallVector<StringRef> parts;
  path.split(parts, '.');
  for (StringRef part : parts) {
    if (!result.empty())
      result += ".";
    result += part.split('@').first.str();
  }
  return result;
}

std::string TorchGraph::findModulePath(const json::Object &node) const {
  if (const json::Object *metadata = node.getObject("metadata"))
    if (auto path =
            pathInStack(metadata->getString("nn_module_stack").value_or("")))
      return *path;
  const json::Array *inputs = node.getArray("inputs");
  if (!inputs)
    return "";
  for (const json::Value &value : *inputs) {
    const json::Object *input = value.getAsObject();
    const json::Value *argument = input ? input->get("arg") : nullptr;
    auto tensor = argument ? main.tensors.find(tensorNameOf(*argument))
                           : main.tensors.end();
    if (tensor == main.tensors.end() || tensor->second.weight.empty())
      continue;
    if (auto path = modulePathOfParameter(tensor->second.weight))
      return *path;
  }
  return "";
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

void TorchGraph::addInput(StringRef name, Value value) {
  TorchTensor tensor;
  tensor.value = value;
  tensor.storage = storages.size();
  storages.push_back(0);
  main.tensors[name] = std::move(tensor);
}

void TorchGraph::addWeight(StringRef name, StringRef weight) {
  addInput(name, nullptr);
  main.tensors[name].weight = weight.str();
}

void TorchGraph::addInteger(StringRef name, int64_t value) {
  main.scalars[name] = {TorchScalar::Integer, value, double(value)};
}

const TorchTensorMeta *TorchGraph::findMeta(StringRef name) const {
  auto found = main.text->tensors.find(name);
  return found == main.text->tensors.end() ? nullptr : &found->second;
}

bool TorchGraph::isContiguous(StringRef name) const {
  const TorchTensorMeta *meta = findMeta(name);
  if (!meta || meta->strides.size() != meta->sizes.size())
    return false;
  auto numberOf = [&](const TorchSize &size) {
    return size.expression.empty() ? std::optional<int64_t>(size.value)
                                   : symbols.evaluate(size.expression);
  };
  int64_t expected = 1;
  for (auto [size, stride] :
       llvm::zip(llvm::reverse(meta->sizes), llvm::reverse(meta->strides))) {
    auto extent = numberOf(size), step = numberOf(stride);
    if (!extent || !step || (*extent != 1 && *step != expected))
      return false;
    if (llvm::MulOverflow(expected, *extent, expected))
      return false;
  }
  return true;
}

FailureOr<RankedTensorType> TorchGraph::typeOf(StringRef name) {
  const TorchTensorMeta *meta = findMeta(name);
  if (!meta)
    return error() << "tensor '" << name << "' is not described";
  auto element = torchElementType(meta->scalarType);
  if (!element)
    return error() << "tensor '" << name
                   << "': " << llvm::toString(element.takeError());
  SmallVector<int64_t> shape;
  for (const TorchSize &size : meta->sizes) {
    auto extent = size.expression.empty() ? std::optional<int64_t>(size.value)
                                          : symbols.evaluate(size.expression);
    if (!extent)
      return error() << "tensor '" << name << "': a size of '"
                     << llvm::join(TorchSymbols::namesIn(size.expression), ", ")
                     << "' has no value: bind its symbols with --dim";
    shape.push_back(*extent);
  }
  if (!meta->isStrided || !countElements(shape))
    return error() << "tensor '" << name
                   << "': expected a dense tensor of dimensions of 0 or more "
                      "and less than 2^44 elements, and at most "
                   << maxTensorRank << " dimensions";
  return RankedTensorType::get(shape,
                               getElementType(*element, program.getContext()));
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

LogicalResult TorchGraph::importMain() { return importNodes(text.graph.nodes); }

LogicalResult TorchGraph::importNodes(StringRef nodes) {
  bool isWhole = true;
  llvm::Error problem =
      forEachElement(nodes, [&](StringRef node) -> llvm::Error {
        isWhole = succeeded(importNode(node));
        ++nodeIndex;
        // The error is out already; this only ends the walk.
        return isWhole ? llvm::Error::success()
                       : llvm::createStringError(llvm::inconvertibleErrorCode(),
                                                 "");
      });
  if (!problem)
    return success();
  std::string message = llvm::toString(std::move(problem));
  if (isWhole)
    return error() << message;
  return failure();
}

LogicalResult TorchGraph::importNode(StringRef text) {
  if (nodesLeft-- == 0)
    return error() << "expected at most 250000 nodes, got more";
  auto piece = parsePiece(text);
  if (!piece)
    return error() << llvm::toString(piece.takeError());
  const json::Object *node = piece->getAsObject();
  auto target = node ? node->getString("target") : std::nullopt;
  if (!target)
    return error() << "expected a node with a 'target'";
  modulePath = findModulePath(*node);
  StringRef name = *target;
  bool isOperator = name.consume_front("torch.ops.");
  bool isSize =
      name.starts_with("aten.sym_") && !name.starts_with("aten.sym_constrain_");
  if (!isOperator || isSize)
    return importScalarOperator(*node, name);
  if (name.starts_with("higher_order."))
    return importSubgraph(*node);
  const TorchImporters::Entry *entry = TorchImporters::get().find(name);
  StringRef overload = name.rsplit('.').second;
  bool isInPlace = name.drop_back(overload.size() + 1).ends_with("_") &&
                   !name.drop_back(overload.size() + 1).ends_with("__");
  if (!entry && isInPlace)
    return importInPlace(*node, name);
  if (!entry)
    return error(*node) << "the operator is not supported";
  auto results = importOperator(*node);
  if (failed(results))
    return failure();
  return bindOutputs(*node, text, *results, *entry);
}

FailureOr<NodeResults> TorchGraph::importOperator(const json::Object &object) {
  TorchNode node(object, *this, program, location(""));
  const TorchImporters::Entry *entry =
      TorchImporters::get().find(node.target());
  NodeResults results = entry->import(node);
  if (node.failed() || failed(node.checkAllRead()))
    return failure();
  return results;
}

LogicalResult TorchGraph::checkType(const json::Object &node, StringRef name,
                                    Value value) {
  const TorchTensorMeta *meta = findMeta(name);
  if (!meta)
    return success();
  // Sizes that depend on values have symbols of their own, u0 and so on; here
  // they are what the result has.
  ArrayRef<int64_t> shape = shapeOf(value);
  for (size_t i = 0; i < meta->sizes.size() && i < shape.size(); ++i) {
    auto names = TorchSymbols::namesIn(meta->sizes[i].expression);
    if (names.size() == 1 && names.front().starts_with("u") &&
        !symbols.find(names.front()))
      symbols.bind(names.front(), shape[i]);
  }
  auto expected = typeOf(name);
  if (failed(expected))
    return failure();
  if (value.getType() == *expected)
    return success();
  return error(node) << "expected a result of type " << *expected
                     << " as torch recorded it, got " << value.getType();
}

LogicalResult TorchGraph::bindOutput(const json::Object &node, StringRef name,
                                     Value value, TorchTensor tensor) {
  if (failed(checkType(node, name, value)))
    return failure();
  tensor.value = value;
  if (tensor.base.empty()) {
    tensor.storage = storages.size();
    storages.push_back(0);
  }
  if (!main.tensors.try_emplace(name, std::move(tensor)).second)
    return error(node) << "expected a new name, got '" << name
                       << "', which is defined already";
  program.nameValue(value, name, modulePath, nodeIndex);
  return success();
}

/// The names of all tensors that a node makes; empty ones for None.
static std::optional<SmallVector<std::string>>
outputNames(const json::Object &node) {
  SmallVector<std::string> names;
  const json::Array *outputs = node.getArray("outputs");
  if (!outputs)
    return std::nullopt;
  for (const json::Value &output : *outputs) {
    const json::Object *object = output.getAsObject();
    const json::Array *list = object ? object->getArray("as_tensors") : nullptr;
    if (!list) {
      names.push_back(tensorNameOf(output).str());
      continue;
    }
    for (const json::Value &element : *list) {
      const json::Object *tensor = element.getAsObject();
      names.push_back(tensor ? tensor->getString("name").value_or("").str()
                             : "");
    }
  }
  return names;
}

/// What an output of a view sees: the first argument's tensor, or that of the
/// output's place where the argument is a list; empty when there is none.
static std::string viewedTensor(const json::Object &node, size_t output) {
  const json::Array *inputs = node.getArray("inputs");
  const json::Object *first =
      inputs && !inputs->empty() ? inputs->front().getAsObject() : nullptr;
  const json::Value *argument = first ? first->get("arg") : nullptr;
  const json::Object *object = argument ? argument->getAsObject() : nullptr;
  if (!object)
    return "";
  const json::Array *list = object->getArray("as_tensors");
  if (!list)
    return tensorNameOf(*argument).str();
  const json::Object *tensor =
      output < list->size() ? (*list)[output].getAsObject() : nullptr;
  return tensor ? tensor->getString("name").value_or("").str() : "";
}

/// The argument `copy=True` of conversions.
static bool asksForCopy(const json::Object &node) {
  const json::Array *inputs = node.getArray("inputs");
  for (const json::Value &value : elementsOf(inputs)) {
    const json::Object *input = value.getAsObject();
    const json::Object *argument = input ? input->getObject("arg") : nullptr;
    if (argument && input->getString("name") == "copy")
      return argument->getBoolean("as_bool").value_or(true);
  }
  return false;
}

LogicalResult TorchGraph::bindOutputs(const json::Object &node, StringRef text,
                                      const NodeResults &results,
                                      const TorchImporters::Entry &entry) {
  auto names = outputNames(node);
  if (!names)
    return error(node) << "expected a list of outputs";
  bool isView = entry.alias != TorchAlias::None && !asksForCopy(node);
  for (auto [i, name] : llvm::enumerate(*names)) {
    if (name.empty())
      continue;
    auto base = main.tensors.find(viewedTensor(node, i));
    TorchTensor tensor;
    if (i >= results.size() || !results[i]) {
      // An error only when something uses it.
      tensor.problem = "output " + std::to_string(i) + " of operator '" +
                       node.getString("target").value_or("").str() +
                       "' is not supported";
      if (!main.tensors.try_emplace(name, std::move(tensor)).second)
        return error(node) << "expected a new name, got '" << name
                           << "', which is defined already";
      continue;
    }
    if (isView && base != main.tensors.end()) {
      tensor.base = base->first().str();
      tensor.node = text;
      tensor.output = i;
      tensor.storage = base->second.storage;
      tensor.version = storages[tensor.storage];
      tensor.depth = base->second.depth + 1;
      tensor.isUncertain =
          entry.alias == TorchAlias::Uncertain && !isContiguous(base->first());
    }
    // A cast is a new tensor, also where the operator may give its operand.
    bool isNew = !tensor.base.empty() &&
                 (elementOf(results[i]) != elementOf(base->second.value) ||
                  (entry.alias == TorchAlias::Identity &&
                   results[i] != base->second.value));
    if (isNew)
      tensor = TorchTensor();
    if (failed(bindOutput(node, name, results[i], std::move(tensor))))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Higher-order operators
//===----------------------------------------------------------------------===//

namespace {
/// A higher-order operator that runs a graph on its operands.
struct GraphCall {
  const json::Object *graph = nullptr;
  SmallVector<std::string> operands;
  std::optional<bool> flag; ///< the first bool before the graph
};
} // namespace

static GraphCall readCall(const json::Object &node) {
  GraphCall call;
  const json::Array *inputs = node.getArray("inputs");
  for (const json::Value &value : elementsOf(inputs)) {
    const json::Object *input = value.getAsObject();
    const json::Value *argument = input ? input->get("arg") : nullptr;
    const json::Object *object = argument ? argument->getAsObject() : nullptr;
    if (!object)
      continue;
    if (const json::Object *graph = object->getObject("as_graph"))
      call.graph = graph->getObject("graph");
    else if (call.graph)
      call.operands.push_back(tensorNameOf(*argument).str());
    else if (!call.flag)
      call.flag = object->getBoolean("as_bool");
  }
  return call;
}

/// `wrap_with_set_grad_enabled` runs its graph in a mode that changes no
/// number, and so does `wrap_with_autocast` where it is switched off.
LogicalResult TorchGraph::importSubgraph(const json::Object &node) {
  constexpr unsigned maxDepth = 16;
  StringRef target = node.getString("target").value_or("");
  GraphCall call = readCall(node);
  bool isSupported =
      target.ends_with(".wrap_with_set_grad_enabled") ||
      (target.ends_with(".wrap_with_autocast") && call.flag == false);
  if (!isSupported || !call.graph)
    return error(node) << "the operator is not supported";
  if (depth >= maxDepth)
    return error(node) << "expected at most " << maxDepth
                       << " levels of graphs, got more";
  std::string body;
  llvm::raw_string_ostream(body) << json::Value(json::Object(*call.graph));
  auto inner = parseTorchGraph(body);
  if (!inner)
    return error(node) << llvm::toString(inner.takeError());
  auto parameters = json::parse(inner->inputs);
  auto outputs = json::parse(inner->outputs);
  if (!parameters || !outputs) {
    llvm::consumeError(parameters.takeError());
    llvm::consumeError(outputs.takeError());
    return error(node) << "expected lists of inputs and outputs of its graph";
  }
  const json::Array *names = parameters->getAsArray();
  const json::Array *results = outputs->getAsArray();
  auto outerNames = outputNames(node);
  if (!names || !results || !outerNames ||
      names->size() != call.operands.size() ||
      results->size() < outerNames->size())
    return error(node) << "expected a graph of " << call.operands.size()
                       << " operands";
  TorchScope scope;
  scope.text = &*inner;
  for (auto [value, operand] : llvm::zip(*names, call.operands)) {
    Value current = currentValue(operand);
    if (!current)
      return failure();
    TorchTensor tensor;
    tensor.value = current;
    tensor.storage = storages.size();
    tensor.isOperand = true;
    storages.push_back(0);
    scope.tensors[tensorNameOf(value)] = std::move(tensor);
  }
  std::swap(main, scope);
  ++depth;
  LogicalResult outcome = importNodes(inner->nodes);
  NodeResults values;
  for (const json::Value &result : *results)
    if (succeeded(outcome)) {
      values.push_back(currentValue(tensorNameOf(result)));
      outcome = success(bool(values.back()));
    }
  --depth;
  std::swap(main, scope);
  if (failed(outcome))
    return failure();
  for (auto [name, value] : llvm::zip(*outerNames, values))
    if (!name.empty() && failed(bindOutput(node, name, value, TorchTensor())))
      return failure();
  return success();
}
