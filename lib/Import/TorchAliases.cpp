//===- TorchAliases.cpp - Ops in place as functional values ---------------===//
//
// An op in place gives a new value to its first argument, and thereby to every
// name that shares its memory:
//
// 1. The functional form is imported; its result has the argument's type.
// 2. From the argument to the first tensor of its storage, each view's new
//    value is written back into the tensor that it is a view of.
// 3. The storage counts the change. Other views of it are computed again when
//    they are used next, by importing their nodes on the new values.
//
// Where torch decides by strides whether memory is shared, using both after a
// change is refused.
//
//===----------------------------------------------------------------------===//

#include "TorchGraph.h"

using namespace mlir;
using namespace dtc;
namespace json = llvm::json;

/// Chains of views are walked by recursion.
static constexpr unsigned maxViewDepth = 200;

Value TorchGraph::recompute(StringRef name, TorchTensor &tensor) {
  if (tensor.depth > maxViewDepth) {
    error() << "expected at most " << maxViewDepth
            << " views of views that are changed in place, got more";
    return {};
  }
  if (tensor.isUncertain) {
    error() << "tensor '" << name << "' may share memory with '" << tensor.base
            << "', which was changed in place since: clone it in the model";
    return {};
  }
  Value base = currentValue(tensor.base);
  if (!base)
    return {};
  tensor.version = storages[tensor.storage];
  tensor.value = base;
  if (tensor.node.empty())
    return base;
  auto piece = parsePiece(tensor.node);
  if (!piece) {
    error() << llvm::toString(piece.takeError());
    return {};
  }
  auto results = importOperator(*piece->getAsObject());
  tensor.value = failed(results) ? Value() : (*results)[tensor.output];
  return tensor.value;
}

Value TorchGraph::currentValue(StringRef name) {
  auto found = main.tensors.find(name);
  if (found == main.tensors.end()) {
    error() << "tensor '" << name.take_front(200)
            << "' is not made by an earlier node or an input";
    return {};
  }
  TorchTensor &tensor = found->second;
  if (!tensor.problem.empty()) {
    error() << "tensor '" << name << "': " << tensor.problem;
    return {};
  }
  if (!tensor.base.empty() && tensor.version != storages[tensor.storage])
    return recompute(name, tensor);
  if (tensor.value || tensor.weight.empty())
    return tensor.value;
  auto value = weights.import(tensor.weight, nodeIndex);
  if (!value) {
    error() << "weight '" << tensor.weight
            << "': " << llvm::toString(value.takeError());
    return {};
  }
  auto expected = typeOf(name);
  if (failed(expected))
    return {};
  if (value->getType() != *expected) {
    error() << "weight '" << tensor.weight << "': expected type " << *expected
            << " as the graph has it, got " << value->getType();
    return {};
  }
  tensor.value = *value;
  return tensor.value;
}

LogicalResult TorchGraph::mutate(const json::Object &object, StringRef name,
                                 Value value) {
  auto found = main.tensors.find(name);
  if (found == main.tensors.end())
    return error(object) << "expected a tensor to change";
  unsigned storage = found->second.storage;
  unsigned version = storages[storage] + 1;
  // Every tensor on the way holds its new value before the count goes up.
  SmallVector<std::pair<std::string, Value>> changed;
  std::string current = name.str();
  while (true) {
    TorchTensor &tensor = main.tensors[current];
    changed.emplace_back(current, value);
    if (tensor.isOperand)
      return error(object) << "it changes '" << current
                           << "', which belongs to the caller of its graph";
    if (tensor.base.empty() || changed.size() > maxViewDepth)
      break;
    // What it may be a view of is left as it was: its use is an error now.
    if (tensor.isUncertain)
      break;
    if (!tensor.node.empty()) {
      auto piece = parsePiece(tensor.node);
      if (!piece)
        return error(object) << llvm::toString(piece.takeError());
      TorchNode view(*piece->getAsObject(), *this, program, location(""));
      const TorchImporters::Entry *entry =
          TorchImporters::get().find(view.target());
      if (!entry || !entry->writeBack)
        return error(object)
               << "it changes '" << current << "', a view by 'aten' operator '"
               << view.target() << "', which is not supported";
      Value base = currentValue(tensor.base);
      if (!base)
        return failure();
      value = entry->writeBack(view, base, value, tensor.output);
      if (!value || view.failed())
        return failure();
    }
    current = main.tensors[current].base;
  }
  TorchTensor &last = main.tensors[current];
  if (last.isUncertain) {
    // From here on it has memory of its own; other names of the old storage
    // must not be used any more.
    for (auto &entry : main.tensors)
      if (entry.second.storage == storage && entry.first() != current) {
        entry.second.isUncertain = true;
        if (entry.second.base.empty())
          entry.second.base = current;
      }
  }
  storages[storage] = version;
  for (auto &[changedName, changedValue] : changed) {
    main.tensors[changedName].value = changedValue;
    main.tensors[changedName].version = version;
  }
  return success();
}

/// "aten.add_.Tensor" -> "aten.add.Tensor".
static std::string functionalForm(StringRef target) {
  auto [op, overload] = target.rsplit('.');
  return (op.drop_back() + "." + overload).str();
}

LogicalResult TorchGraph::importInPlace(const json::Object &node,
                                        StringRef target) {
  std::string name = functionalForm(target);
  const TorchImporters::Entry *entry = TorchImporters::get().find(name);
  const json::Array *inputs = node.getArray("inputs");
  const json::Object *first =
      inputs && !inputs->empty() ? inputs->front().getAsObject() : nullptr;
  const json::Value *argument = first ? first->get("arg") : nullptr;
  std::string changed = argument ? tensorNameOf(*argument).str() : "";
  if (!entry || changed.empty())
    return error(node) << "the operator is not supported";
  Value before = currentValue(changed);
  if (!before)
    return failure();
  json::Object functional(node);
  functional["target"] = "torch.ops." + name;
  auto results = importOperator(functional);
  if (failed(results))
    return failure();
  Value after = results->empty() ? Value() : results->front();
  // What gives its operand back, like dropout that is switched off, changes
  // nothing. Other views in place change shapes, which names here do not.
  if (after != before && entry->alias == TorchAlias::View)
    return error(node) << "the operator is not supported";
  if (after != before) {
    TorchNode caster(node, *this, program, location(""));
    after = after ? caster.cast(after, elementOf(before)) : after;
    if (!after || shapeOf(after) != shapeOf(before))
      return error(node) << "expected a result of the shape of '" << changed
                         << "', which it changes";
    if (failed(mutate(node, changed, after)))
      return failure();
  }
  const json::Array *outputs = node.getArray("outputs");
  StringRef result =
      outputs && !outputs->empty() ? tensorNameOf(outputs->front()) : "";
  if (result.empty())
    return success();
  TorchTensor &source = main.tensors[changed];
  TorchTensor tensor;
  tensor.base = changed;
  tensor.storage = source.storage;
  tensor.version = source.version;
  tensor.depth = source.depth + 1;
  if (source.base.empty())
    tensor.version = storages[tensor.storage];
  return bindOutput(node, result, source.value, std::move(tensor));
}
