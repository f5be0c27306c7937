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
    : proto(proto), context(context), location(location), inputs(inputs) {
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
MLIRContext *OnnxNode::getContext() const {
  return context.program.getContext();
}
OpBuilder &OnnxNode::getBuilder() const { return context.program.getBuilder(); }
Type OnnxNode::placeholderType() const { return getBuilder().getNoneType(); }

Value OnnxNode::error(const Twine &message) {
  if (!hasFailed)
    context.graph.error() << describeNode(proto) << ": " << message;
  hasFailed = true;
  return {};
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

const HostTensor *OnnxNode::known(Value value) const {
  return value ? context.program.known(value) : nullptr;
}

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

bool OnnxNode::isParameter(Value value) {
  return value && value.getDefiningOp<ParameterOp>();
}

ArrayRef<int64_t> OnnxNode::shape(Value value) const {
  return value ? shapeOf(value) : ArrayRef<int64_t>();
}

Type OnnxNode::element(Value value) const {
  return value ? elementOf(value) : Type();
}

int64_t OnnxNode::dimension(int64_t axis, int64_t rank) {
  if (axis >= -rank && axis < rank)
    return axis < 0 ? axis + rank : axis;
  error("expected an axis from " + Twine(-rank) + " to " + Twine(rank - 1) +
        ", got " + Twine(axis));
  return 0;
}

SmallVector<int64_t> OnnxNode::dimensions(ArrayRef<int64_t> axes,
                                          int64_t rank) {
  SmallVector<int64_t> dims;
  for (int64_t axis : axes) {
    dims.push_back(dimension(axis, rank));
    if (hasFailed)
      return {};
  }
  llvm::sort(dims);
  auto twice = std::adjacent_find(dims.begin(), dims.end());
  if (twice != dims.end()) {
    error("expected distinct axes, got " + Twine(*twice) + " twice");
    return {};
  }
  return dims;
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

OnnxResults OnnxNode::finish(OperationState &state) {
  OnnxResults results;
  std::string message;
  if (!hasFailed &&
      mlir::failed(context.program.finish(state, results, message)))
    error(message);
  return hasFailed ? OnnxResults() : results;
}

Value OnnxNode::finishOne(OperationState &state) {
  OnnxResults results = finish(state);
  return results.empty() ? Value() : results.front();
}

Type OnnxNode::tensorOf(ArrayRef<int64_t> shape, Type element) {
  if (!element)
    return {};
  if (countElements(shape))
    return RankedTensorType::get(shape, element);
  error("expected results of less than 2^44 elements and no negative "
        "dimension, of which there are at most " +
        Twine(maxTensorRank));
  return {};
}

/// An op with one operand and a given result type; null for a null operand or
/// a shape that no tensor has.
Value OnnxNode::createTyped(StringRef op, Value operand,
                            ArrayRef<int64_t> shape, Type element) {
  if (!operand || !element || hasFailed)
    return {};
  Type type = tensorOf(shape, element);
  if (!type)
    return {};
  if (type == operand.getType())
    return operand;
  OperationState state(location, op, operand, type);
  return finishOne(state);
}

Value OnnxNode::reshape(Value value, ArrayRef<int64_t> shape) {
  return createTyped(ReshapeOp::getOperationName(), value, shape,
                     element(value));
}

Value OnnxNode::broadcast(Value value, ArrayRef<int64_t> shape) {
  return createTyped(BroadcastOp::getOperationName(), value, shape,
                     element(value));
}

Value OnnxNode::cast(Value value, Type elementType) {
  return createTyped(CastOp::getOperationName(), value, shape(value),
                     elementType);
}

Value OnnxNode::transpose(Value value, ArrayRef<int64_t> permutation) {
  if (value && static_cast<int64_t>(permutation.size()) == rank(value) &&
      llvm::equal(permutation, llvm::seq<int64_t>(0, permutation.size())))
    return value;
  return create<TransposeOp>(value, permutation);
}

Value OnnxNode::slice(Value value, int64_t axis, int64_t start, int64_t size,
                      int64_t step) {
  if (value && axis >= 0 && axis < rank(value) && start == 0 && step == 1 &&
      size == shape(value)[axis])
    return value;
  return create<SliceOp>(value, ArrayRef<int64_t>(axis),
                         ArrayRef<int64_t>(start), ArrayRef<int64_t>(size),
                         ArrayRef<int64_t>(step));
}

Value OnnxNode::unsqueeze(Value value, int64_t axis) {
  if (!value)
    return {};
  SmallVector<int64_t> dims(shape(value));
  dims.insert(dims.begin() + dimension(axis, dims.size() + 1), 1);
  return reshape(value, dims);
}

Value OnnxNode::constant(HostTensor value) {
  if (!context.program.reserveConstant(value.size()))
    return error("expected constants of at most 2^25 elements in all, got "
                 "more");
  return context.program.addKnown(std::move(value), location);
}

Value OnnxNode::scalar(double value, Type elementType) {
  if (!elementType)
    return {};
  HostTensor tensor(getDType(elementType), {});
  tensor.setDouble(0, value);
  return constant(std::move(tensor));
}

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
    hasFailed = true;
  return results;
}

/// The last op of the program; null when there is none yet.
Operation *OnnxNode::lastOp() const {
  Block *block = getBuilder().getInsertionBlock();
  return block->empty() ? nullptr : &block->back();
}

SmallVector<Operation *> OnnxNode::opsSince(Operation *last) const {
  SmallVector<Operation *> ops;
  Block *block = getBuilder().getInsertionBlock();
  for (Operation *op = last       ? last->getNextNode()
                       : lastOp() ? &block->front()
                                  : nullptr;
       op; op = op->getNextNode())
    ops.push_back(op);
  return ops;
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
