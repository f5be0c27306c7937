//===- ImportNode.cpp - Building the ops that a node becomes --------------===//

#include "dtc/Import/ImportNode.h"
#include "ImportedProgram.h"

using namespace mlir;
using namespace dtc;

ImportNode::~ImportNode() = default;

MLIRContext *ImportNode::getContext() const { return program.getContext(); }
OpBuilder &ImportNode::getBuilder() const { return program.getBuilder(); }
Type ImportNode::placeholderType() const { return getBuilder().getNoneType(); }

Value ImportNode::error(const Twine &message) {
  if (!hasFailed)
    report(message);
  hasFailed = true;
  return {};
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

const HostTensor *ImportNode::known(Value value) const {
  return value ? program.known(value) : nullptr;
}

bool ImportNode::isParameter(Value value) {
  return value && value.getDefiningOp<ParameterOp>();
}

ArrayRef<int64_t> ImportNode::shape(Value value) const {
  return value ? shapeOf(value) : ArrayRef<int64_t>();
}

Type ImportNode::element(Value value) const {
  return value ? elementOf(value) : Type();
}

int64_t ImportNode::dimension(int64_t axis, int64_t rank) {
  if (axis >= -rank && axis < rank)
    return axis < 0 ? axis + rank : axis;
  error("expected an axis from " + Twine(-rank) + " to " + Twine(rank - 1) +
        ", got " + Twine(axis));
  return 0;
}

SmallVector<int64_t> ImportNode::dimensions(ArrayRef<int64_t> axes,
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

NodeResults ImportNode::finish(OperationState &state) {
  NodeResults results;
  std::string message;
  if (!hasFailed && mlir::failed(program.finish(state, results, message)))
    error(message);
  return hasFailed ? NodeResults() : results;
}

Value ImportNode::finishOne(OperationState &state) {
  NodeResults results = finish(state);
  return results.empty() ? Value() : results.front();
}

Type ImportNode::tensorOf(ArrayRef<int64_t> shape, Type element) {
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
Value ImportNode::createTyped(StringRef op, Value operand,
                              ArrayRef<int64_t> shape, Type element) {
  if (!operand || !element || hasFailed)
    return {};
  Type type = tensorOf(shape, element);
  if (!type)
    return {};
  if (type == operand.getType())
    return operand;
  OperationState state(getLocation(), op, operand, type);
  return finishOne(state);
}

Value ImportNode::reshape(Value value, ArrayRef<int64_t> shape) {
  return createTyped(ReshapeOp::getOperationName(), value, shape,
                     element(value));
}

Value ImportNode::broadcast(Value value, ArrayRef<int64_t> shape) {
  return createTyped(BroadcastOp::getOperationName(), value, shape,
                     element(value));
}

Value ImportNode::cast(Value value, Type elementType) {
  return createTyped(CastOp::getOperationName(), value, shape(value),
                     elementType);
}

Value ImportNode::transpose(Value value, ArrayRef<int64_t> permutation) {
  if (value && static_cast<int64_t>(permutation.size()) == rank(value) &&
      llvm::equal(permutation, llvm::seq<int64_t>(0, permutation.size())))
    return value;
  return create<TransposeOp>(value, permutation);
}

Value ImportNode::slice(Value value, int64_t axis, int64_t start, int64_t size,
                        int64_t step) {
  if (value && axis >= 0 && axis < rank(value) && start == 0 && step == 1 &&
      size == shape(value)[axis])
    return value;
  return create<SliceOp>(value, ArrayRef<int64_t>(axis),
                         ArrayRef<int64_t>(start), ArrayRef<int64_t>(size),
                         ArrayRef<int64_t>(step));
}

Value ImportNode::unsqueeze(Value value, int64_t axis) {
  if (!value)
    return {};
  SmallVector<int64_t> dims(shape(value));
  dims.insert(dims.begin() + dimension(axis, dims.size() + 1), 1);
  return reshape(value, dims);
}

Value ImportNode::constant(HostTensor value) {
  if (!program.reserveConstant(value.size()))
    return error("expected constants of at most 2^25 elements in all, got "
                 "more");
  return program.addKnown(std::move(value), location);
}

Value ImportNode::scalar(double value, Type elementType) {
  if (!elementType)
    return {};
  HostTensor tensor(getDType(elementType), {});
  tensor.setDouble(0, value);
  return constant(std::move(tensor));
}

/// The last op of the program; null when there is none yet.
Operation *ImportNode::lastOp() const {
  Block *block = getBuilder().getInsertionBlock();
  return block->empty() ? nullptr : &block->back();
}

SmallVector<Operation *> ImportNode::opsSince(Operation *last) const {
  SmallVector<Operation *> ops;
  Block *block = getBuilder().getInsertionBlock();
  for (Operation *op = last       ? last->getNextNode()
                       : lastOp() ? &block->front()
                                  : nullptr;
       op; op = op->getNextNode())
    ops.push_back(op);
  return ops;
}
