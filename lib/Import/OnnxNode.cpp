//===- OnnxNode.cpp - One ONNX node as op families see it -----------------===//

#include "dtc/Import/OnnxNode.h"
#include "OnnxGraph.h"

#include "dtc/Import/OnnxProto.h"

using namespace mlir;
using namespace dtc;

std::string dtc::describeNode(const onnx::NodeProto &node) {
  std::string name = "node '" + node.name() + "'";
  if (node.name().empty() && node.output_size() > 0)
    name = "node of output '" + node.output(0) + "'";
  return name + " (op type '" + node.op_type() + "')";
}

OnnxNode::OnnxNode(const onnx::NodeProto &proto, const OnnxNodeContext &context,
                   Location location, ArrayRef<Value> inputs)
    : ImportNode(context.program, location), proto(proto), context(context),
      inputs(inputs) {
  for (const auto &attribute : proto.attribute()) {
    const onnx::AttributeProto *actual = &attribute;
    if (!attribute.ref_attr_name().empty()) {
      const OnnxAttributes *call = context.callAttributes;
      auto found = call ? call->find(attribute.ref_attr_name())
                        : OnnxAttributes::const_iterator();
      // A reference to an attribute that the call leaves out leaves it out.
      if (!call || found == call->end())
        continue;
      actual = found->second;
    }
    attributes[attribute.name()] = actual;
  }
}

StringRef OnnxNode::opType() const { return proto.op_type(); }
unsigned OnnxNode::numOutputs() const { return proto.output_size(); }
bool OnnxNode::hasOutput(unsigned i) const {
  return i < numOutputs() && !proto.output(i).empty();
}
StringRef OnnxNode::outputName(unsigned i) const {
  return i < numOutputs() ? StringRef(proto.output(i)) : StringRef();
}

void OnnxNode::report(const Twine &message) {
  context.graph.error() << describeNode(proto) << ": " << message;
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

std::optional<SmallVector<int64_t>> OnnxNode::knownIntegers(unsigned i) {
  const HostTensor *value = known(input(i));
  if (value && !isFloat(value->type()) && value->rank() <= 1)
    return value->asIntegers();
  std::string name = has(i) ? " ('" + proto.input(i) + "')" : "";
  error("operand " + Twine(i) + name +
        (value ? ": expected a list of integers"
               : ": expected a value known at compile time, got one that "
                 "depends on the model's inputs or weights"));
  return std::nullopt;
}

std::optional<double> OnnxNode::knownReal(unsigned i) {
  const HostTensor *value = known(input(i));
  if (value && value->size() == 1)
    return value->getDouble(0);
  // A number that could be a weight, but here it is none.
  if (auto parameter =
          has(i) ? inputs[i].getDefiningOp<ParameterOp>() : ParameterOp())
    if (auto number = context.graph.readNumber(parameter.getName()))
      return number;
  std::string name = has(i) ? " ('" + proto.input(i) + "')" : "";
  error("operand " + Twine(i) + name +
        ": expected one number known at compile time");
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Subgraphs
//===----------------------------------------------------------------------===//

unsigned OnnxNode::numInputs(const onnx::GraphProto &graph) {
  return graph.input_size();
}

unsigned OnnxNode::numOutputs(const onnx::GraphProto &graph) {
  return graph.output_size();
}

OnnxResults OnnxNode::importSubgraph(const onnx::GraphProto &graph,
                                     ArrayRef<Value> arguments) {
  OnnxResults results = context.graph.importSubgraph(graph, arguments);
  // The error is out already, with the node that it is about.
  if (results.empty())
    setFailed();
  return results;
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

const OnnxImporters &OnnxImporters::get() {
  static const OnnxImporters all = [] {
    OnnxImporters importers;
#define DTC_OP_FAMILY(NAME) register##NAME##OnnxImporters(importers);
#include "Ops.def"
#undef DTC_OP_FAMILY
    return importers;
  }();
  return all;
}
