//===- OnnxGraph.cpp - The walk over a model's graph ----------------------===//
//
// 1. Nodes are imported in the order of the file, which must be topological: a
//    name that nothing before it defines is an error, so cycles are too.
// 2. Initializers become values at their first use.
// 3. Calls of the model's own functions are imported in place, in a scope of
//    their own; branches in a scope inside the caller's.
// 4. A node's module path is its own, or that of a parameter it consumes, or
//    that of the call it is part of.
//
// Nesting and the number of nodes after inlining are limited: a file of a few
// hundred bytes can describe 2^30 of them.
//
//===----------------------------------------------------------------------===//

#include "OnnxGraph.h"
#include "OnnxScopes.h"

#include "dtc/Import/OnnxProto.h"

using namespace mlir;
using namespace dtc;

static constexpr unsigned maxDepth = 64;
static constexpr int64_t oldestOpset = 7, newestOpset = 28;
static constexpr int64_t oldestIrVersion = 3;

static bool isStandardDomain(StringRef domain) {
  return domain.empty() || domain == "ai.onnx";
}

static std::string functionKey(StringRef domain, StringRef name,
                               StringRef overload) {
  return (domain + "\n" + name + "\n" + overload).str();
}

OnnxGraph::OnnxGraph(const onnx::ModelProto &model, ImportedProgram &program,
                     OnnxInitializers &initializers,
                     OnnxAnnotations &annotations)
    : model(model), program(program), initializers(initializers),
      annotations(annotations) {}

InFlightDiagnostic OnnxGraph::error() const {
  return emitError(FileLineColLoc::get(program.getContext(), program.getFile(),
                                       nodeIndex, 0));
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

LogicalResult OnnxGraph::checkOpset(int64_t version) const {
  if (version >= oldestOpset && version <= newestOpset)
    return success();
  return error() << "expected version " << oldestOpset << " to " << newestOpset
                 << " of the operator set 'ai.onnx', got " << version
                 << (version < oldestOpset
                         ? ": export the model with a newer opset"
                         : "");
}

LogicalResult OnnxGraph::checkModel() {
  if (!model.has_graph())
    return error() << "expected an ONNX model with a graph, got none";
  if (model.ir_version() < oldestIrVersion ||
      model.ir_version() > onnx::IR_VERSION)
    return error() << "expected IR version " << oldestIrVersion << " to "
                   << static_cast<int64_t>(onnx::IR_VERSION) << ", got "
                   << model.ir_version();
  for (const auto &opset : model.opset_import())
    if (isStandardDomain(opset.domain())) {
      main.opset = opset.version();
      if (failed(checkOpset(main.opset)))
        return failure();
    }
  for (const auto &function : model.functions())
    if (!functions
             .try_emplace(functionKey(function.domain(), function.name(),
                                      function.overload()),
                          &function)
             .second)
      return error() << "expected one function '" << function.domain() << "."
                     << function.name() << "', got several";
  return success();
}

LogicalResult OnnxGraph::addInitializers(const onnx::GraphProto &graph,
                                         OnnxScope &scope) {
  if (graph.sparse_initializer_size() > 0)
    return error() << "sparse initializer '"
                   << graph.sparse_initializer(0).values().name()
                   << "' is not supported: store it densely";
  initializers.noteOrigins(graph);
  for (const auto &tensor : graph.initializer()) {
    if (tensor.name().empty())
      return error() << "expected a name for every initializer";
    if (!scope.initializers.try_emplace(tensor.name(), &tensor).second)
      return error() << "expected one initializer '" << tensor.name()
                     << "', got several";
  }
  return success();
}

LogicalResult OnnxGraph::importMain() {
  if (failed(addInitializers(model.graph(), main)))
    return failure();
  for (const auto &[i, node] : llvm::enumerate(model.graph().node())) {
    nodeIndex = i;
    if (failed(importNode(node, main)))
      return failure();
  }
  return success();
}

Value OnnxGraph::getMainValue(StringRef name) {
  modulePath.clear();
  return lookup(name, main, "output '" + name + "'");
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// Null after an error, which calls the name `user`.
Value OnnxGraph::lookup(StringRef name, OnnxScope &scope, const Twine &user) {
  for (OnnxScope *s = &scope; s; s = s->parent) {
    auto value = s->values.find(name);
    if (value != s->values.end())
      return value->second;
    auto missing = s->missing.find(name);
    if (missing != s->missing.end()) {
      error() << missing->second;
      return {};
    }
    auto tensor = s->initializers.find(name);
    if (tensor == s->initializers.end())
      continue;
    auto imported =
        initializers.import(*tensor->second, {name, modulePath, nodeIndex});
    if (!imported) {
      error() << "initializer '" << name
              << "': " << llvm::toString(imported.takeError());
      return {};
    }
    s->values[name] = *imported;
    return *imported;
  }
  error() << user.str()
          << " is not produced by an earlier node, an input or an initializer";
  return {};
}

std::string OnnxGraph::findModulePath(const onnx::NodeProto &node,
                                      OnnxScope &scope) const {
  if (auto path = modulePathOf(node))
    return *path;
  for (const std::string &input : node.input())
    for (OnnxScope *s = &scope; s; s = s->parent)
      if (s->initializers.contains(input))
        if (auto path = modulePathOfParameter(input))
          return *path;
  return scope.modulePath;
}

LogicalResult OnnxGraph::bindOutputs(const onnx::NodeProto &node,
                                     OnnxScope &scope,
                                     ArrayRef<Value> results) {
  for (const auto &[i, name] : llvm::enumerate(node.output())) {
    if (name.empty())
      continue;
    if (i >= results.size() || !results[i]) {
      // An error only when something uses it.
      scope.missing[name] = describeNode(node) + ": output " +
                            std::to_string(i) + " ('" + name +
                            "') is not supported";
      continue;
    }
    if (scope.initializers.contains(name) ||
        !scope.values.try_emplace(name, results[i]).second)
      return error() << describeNode(node) << ": expected a new name, got '"
                     << name << "', which is defined already";
    program.nameValue(results[i], name, modulePath, nodeIndex);
    Value placed = annotations.placeOutput(node, {modulePath, nodeIndex}, name,
                                           results[i]);
    if (!placed)
      return failure();
    scope.values[name] = placed;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

LogicalResult OnnxGraph::importNode(const onnx::NodeProto &node,
                                    OnnxScope &scope) {
  if (nodesLeft-- == 0)
    return error() << "expected at most 250000 nodes with the model's "
                      "functions inlined, got more";
  current = &scope;
  modulePath = findModulePath(node, scope);
  outputName = node.output_size() > 0 ? node.output(0) : "";
  SmallVector<Value> inputs;
  for (const auto &[i, name] : llvm::enumerate(node.input())) {
    bool isAbsent = name.empty() || scope.absent.contains(name);
    inputs.push_back(isAbsent ? Value()
                              : lookup(name, scope,
                                       describeNode(node) + ": input " +
                                           Twine(i) + " ('" + name + "')"));
    if (!isAbsent && !inputs.back())
      return failure();
  }
  if (failed(annotations.placeInputs(node, {modulePath, nodeIndex}, inputs)))
    return failure();
  const onnx::FunctionProto *function = findFunction(node);
  auto results = function ? importCall(node, *function, scope, inputs)
                          : importOperator(node, scope, inputs);
  if (failed(results))
    return failure();
  return bindOutputs(node, scope, *results);
}

FailureOr<OnnxResults> OnnxGraph::importOperator(const onnx::NodeProto &proto,
                                                 OnnxScope &scope,
                                                 ArrayRef<Value> inputs) {
  std::string key = isStandardDomain(proto.domain())
                        ? proto.op_type()
                        : proto.domain() + "." + proto.op_type();
  const OnnxImporters::Entry *entry = OnnxImporters::get().find(key);
  if (!entry) {
    StringRef domain = proto.domain();
    return error() << "node '" << proto.name() << "' (op type '"
                   << proto.op_type() << "', domain '"
                   << (domain.empty() ? "ai.onnx" : domain)
                   << "') is not supported";
  }
  if (failed(checkOpset(scope.opset)))
    return failure();
  // Trailing empty names stand for operands that are not there.
  while (!inputs.empty() && !inputs.back())
    inputs = inputs.drop_back();
  auto [min, max] = entry->arity;
  if (inputs.size() < min || inputs.size() > max ||
      llvm::is_contained(inputs.take_front(min), Value())) {
    auto diagnostic = error() << describeNode(proto) << ": expected " << min;
    if (max == unboundedArity)
      diagnostic << " or more";
    else if (max != min)
      diagnostic << " to " << max;
    return diagnostic << " operands, got "
                      << inputs.size() - llvm::count(inputs, Value());
  }
  Location location = makeSourceLocation(program.getContext(), "", modulePath,
                                         program.getFile(), nodeIndex);
  OnnxNode node(
      proto, OnnxNodeContext{*this, program, scope.opset, scope.callAttributes},
      location, inputs);
  OnnxResults results = entry->import(node);
  if (node.failed() || failed(node.checkAllRead()))
    return failure();
  return results;
}

llvm::Expected<Value>
OnnxGraph::importLiteral(const onnx::TensorProto &tensor) {
  return initializers.importLiteral(tensor,
                                    {outputName, modulePath, nodeIndex});
}

//===----------------------------------------------------------------------===//
// Subgraphs and functions
//===----------------------------------------------------------------------===//

OnnxResults OnnxGraph::importSubgraph(const onnx::GraphProto &graph,
                                      ArrayRef<Value> arguments) {
  if (depth >= maxDepth) {
    error() << "expected at most " << maxDepth
            << " levels of branches and functions, got more";
    return {};
  }
  OnnxScope scope;
  scope.parent = current;
  scope.opset = current->opset;
  scope.callAttributes = current->callAttributes;
  scope.modulePath = modulePath;
  std::string outerPath = modulePath, outerName = outputName;
  if (graph.input_size() != static_cast<int>(arguments.size())) {
    error() << "expected a subgraph with " << arguments.size()
            << " inputs, got one with " << graph.input_size();
    return {};
  }
  for (auto [input, argument] : llvm::zip(graph.input(), arguments))
    scope.values[input.name()] = argument;
  if (failed(addInitializers(graph, scope)))
    return {};
  ++depth;
  OnnxResults results;
  bool complete = llvm::all_of(graph.node(), [&](const auto &node) {
    return succeeded(importNode(node, scope));
  });
  for (const auto &output : graph.output()) {
    if (!complete)
      break;
    results.push_back(lookup(output.name(), scope,
                             "output '" + output.name() + "' of a branch"));
    complete &= bool(results.back());
  }
  if (graph.output_size() == 0)
    error() << "expected a branch with outputs, got one without";
  --depth;
  current = scope.parent;
  modulePath = outerPath;
  outputName = outerName;
  return complete ? results : OnnxResults();
}

const onnx::FunctionProto *
OnnxGraph::findFunction(const onnx::NodeProto &node) const {
  auto found = functions.find(
      functionKey(node.domain(), node.op_type(), node.overload()));
  return found == functions.end() ? nullptr : found->second;
}

static OnnxAttributes callAttributesOf(const onnx::NodeProto &node,
                                       const onnx::FunctionProto &function,
                                       const OnnxAttributes *outer) {
  OnnxAttributes attributes;
  for (const auto &fallback : function.attribute_proto())
    attributes[fallback.name()] = &fallback;
  for (const auto &attribute : node.attribute()) {
    if (attribute.ref_attr_name().empty()) {
      attributes[attribute.name()] = &attribute;
      continue;
    }
    auto found = outer ? outer->find(attribute.ref_attr_name())
                       : OnnxAttributes::const_iterator();
    if (outer && found != outer->end())
      attributes[attribute.name()] = found->second;
  }
  return attributes;
}

FailureOr<OnnxResults>
OnnxGraph::importCall(const onnx::NodeProto &node,
                      const onnx::FunctionProto &function, OnnxScope &scope,
                      ArrayRef<Value> inputs) {
  if (depth >= maxDepth)
    return error() << describeNode(node) << ": expected at most " << maxDepth
                   << " levels of branches and functions, got more";
  if (static_cast<int>(inputs.size()) > function.input_size())
    return error() << describeNode(node) << ": expected at most "
                   << function.input_size() << " operands, got "
                   << inputs.size();
  OnnxAttributes attributes =
      callAttributesOf(node, function, scope.callAttributes);
  OnnxScope body;
  body.opset = scope.opset;
  body.callAttributes = &attributes;
  body.modulePath = modulePath;
  for (const auto &opset : function.opset_import())
    if (isStandardDomain(opset.domain()))
      body.opset = opset.version();
  if (failed(checkOpset(body.opset)))
    return failure();
  for (const auto &[i, name] : llvm::enumerate(function.input())) {
    if (i < inputs.size() && inputs[i])
      body.values[name] = inputs[i];
    else
      body.absent.insert(name);
  }
  std::string outerPath = modulePath, outerName = outputName;
  ++depth;
  for (const auto &inner : function.node())
    if (failed(importNode(inner, body)))
      return failure();
  --depth;
  current = &scope;
  modulePath = outerPath;
  outputName = outerName;
  OnnxResults results;
  for (const std::string &name : function.output())
    results.push_back(
        body.missing.contains(name)
            ? Value()
            : lookup(name, body,
                     describeNode(node) + ": result '" + name + "'"));
  return results;
}
