//===- OnnxAttributes.cpp - Typed access to a node's attributes -----------===//
//
// Each read is noted, so that an attribute nobody asked for is an error instead
// of a silently different result.
//
//===----------------------------------------------------------------------===//

#include "OnnxGraph.h"
#include "OnnxTensors.h"

#include "dtc/Import/OnnxProto.h"

using namespace mlir;
using namespace dtc;

/// Attribute `name`, which must be of the ONNX attribute type `type`.
const onnx::AttributeProto *OnnxNode::find(StringRef name, int type,
                                           StringRef expected) {
  read.insert(name);
  auto found = attributes.find(name);
  if (found == attributes.end())
    return nullptr;
  if (found->second->type() == type)
    return found->second;
  error("attribute '" + name + "': expected " + expected + ", got type '" +
        onnx::AttributeProto_AttributeType_Name(found->second->type()) + "'");
  return nullptr;
}

std::optional<int64_t> OnnxNode::integer(StringRef name) {
  auto *found = find(name, onnx::AttributeProto::INT, "an integer");
  return found ? std::optional<int64_t>(found->i()) : std::nullopt;
}

int64_t OnnxNode::integer(StringRef name, int64_t fallback) {
  return integer(name).value_or(fallback);
}

std::optional<double> OnnxNode::real(StringRef name) {
  auto *found = find(name, onnx::AttributeProto::FLOAT, "a float");
  return found ? std::optional<double>(found->f()) : std::nullopt;
}

double OnnxNode::real(StringRef name, double fallback) {
  return real(name).value_or(fallback);
}

StringRef OnnxNode::text(StringRef name, StringRef fallback) {
  auto *found = find(name, onnx::AttributeProto::STRING, "a string");
  return found ? StringRef(found->s()) : fallback;
}

std::optional<SmallVector<int64_t>> OnnxNode::integers(StringRef name) {
  auto *found = find(name, onnx::AttributeProto::INTS, "a list of integers");
  if (!found)
    return std::nullopt;
  return SmallVector<int64_t>(found->ints().begin(), found->ints().end());
}

std::optional<SmallVector<double>> OnnxNode::reals(StringRef name) {
  auto *found = find(name, onnx::AttributeProto::FLOATS, "a list of floats");
  if (!found)
    return std::nullopt;
  return SmallVector<double>(found->floats().begin(), found->floats().end());
}

std::optional<SmallVector<std::string>> OnnxNode::texts(StringRef name) {
  auto *found = find(name, onnx::AttributeProto::STRINGS, "a list of strings");
  if (!found)
    return std::nullopt;
  return SmallVector<std::string>(found->strings().begin(),
                                  found->strings().end());
}

Value OnnxNode::tensor(StringRef name) {
  auto *found = find(name, onnx::AttributeProto::TENSOR, "a tensor");
  if (!found)
    return {};
  auto value = context.graph.importLiteral(found->t());
  if (!value)
    return error("attribute '" + name +
                 "': " + llvm::toString(value.takeError()));
  return *value;
}

const onnx::GraphProto *OnnxNode::subgraph(StringRef name) {
  auto *found = find(name, onnx::AttributeProto::GRAPH, "a graph");
  return found ? &found->g() : nullptr;
}

Type OnnxNode::elementType(StringRef name, int64_t fallback) {
  auto type = elementTypeOf(integer(name, fallback));
  if (type)
    return getElementType(*type, getContext());
  error("attribute '" + name + "': " + llvm::toString(type.takeError()));
  return {};
}

LogicalResult OnnxNode::checkAllRead() {
  for (const auto &entry : attributes)
    if (!read.contains(entry.getKey()))
      return error("attribute '" + entry.getKey() + "' of '" + opType() +
                   "' is not supported"),
             failure();
  return success();
}
