//===- Interpreter.cpp - Reference evaluation of dtc programs -------------===//
//
// What all stages share (names, inputs, one op, results), and global programs:
//
// 1. Every compute op says its own semantics (EvaluateInterface); operands and
//    results are checked against the op's types on both sides.
// 2. Globally, ops that only move data between ranks are identities.
//
//===----------------------------------------------------------------------===//

#include "dtc/Interpreter/Interpreter.h"

#include "ProgramValues.h"
#include "dtc/Interpreter/CollectiveSemantics.h"

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Names and types of arguments and results
//===----------------------------------------------------------------------===//

std::string dtc::getInputName(func::FuncOp function, unsigned index) {
  if (auto name = function.getArgAttrOfType<StringAttr>(index, "dtc.name"))
    return name.str();
  return "arg" + std::to_string(index);
}

std::string dtc::getOutputName(func::FuncOp function, unsigned index) {
  if (auto name = function.getResultAttrOfType<StringAttr>(index, "dtc.name"))
    return name.str();
  return "result" + std::to_string(index);
}

static RankedTensorType globalType(TypeAttr recorded, Type type) {
  return dyn_cast<RankedTensorType>(recorded ? recorded.getValue() : type);
}

RankedTensorType dtc::getInputType(func::FuncOp function, unsigned index) {
  return globalType(function.getArgAttrOfType<TypeAttr>(index, "dtc.global"),
                    function.getArgumentTypes()[index]);
}

RankedTensorType dtc::getOutputType(func::FuncOp function, unsigned index) {
  return globalType(function.getResultAttrOfType<TypeAttr>(index, "dtc.global"),
                    function.getResultTypes()[index]);
}

//===----------------------------------------------------------------------===//
// Arrays and types
//===----------------------------------------------------------------------===//

static std::string describe(const HostTensor &tensor) {
  std::string text;
  for (int64_t extent : tensor.shape())
    text += std::to_string(extent) + "x";
  return text + stringify(tensor.type()).str();
}

static bool fits(const HostTensor &tensor, Type type) {
  auto ranked = dyn_cast<RankedTensorType>(type);
  return ranked && tensor.shape() == ranked.getShape() &&
         tensor.type() == getDType(ranked.getElementType());
}

/// A named array of the shape of `type`.
static FailureOr<HostTensor> findArray(Operation *op, StringRef what,
                                       const std::string &name,
                                       RankedTensorType type,
                                       const NamedTensors &arrays) {
  auto found = arrays.find(name);
  if (found == arrays.end())
    return op->emitError() << "expected an array for " << what << " '" << name
                           << "', got none";
  if (!fits(found->second, type))
    return op->emitError() << "expected " << type << " for " << what << " '"
                           << name << "', got " << describe(found->second);
  return found->second;
}

static LogicalResult verifyInputType(func::FuncOp function, unsigned index) {
  if (getInputType(function, index))
    return success();
  return function.emitError()
         << "expected argument " << index << " to be a tensor, got "
         << function.getArgumentTypes()[index];
}

/// What rank `rank` contributes to an input, before cutting.
static FailureOr<HostTensor> findContribution(func::FuncOp function,
                                              unsigned index,
                                              const NamedTensors &inputs,
                                              int64_t rank) {
  std::string name = getInputName(function, index);
  std::string own = name + ".rank" + std::to_string(rank);
  LayoutAttr layout = getLayout(getInputType(function, index));
  bool isPartial =
      layout && llvm::any_of(layout.getPlacements(),
                             [](const Placement &p) { return p.isPartial(); });
  if (isPartial && inputs.count(own))
    name = own;
  return findArray(function, "input", name, getInputType(function, index),
                   inputs);
}

static HostTensor cutFor(const HostTensor &whole, RankedTensorType type,
                         const ::dtc::Mesh &mesh, int64_t rank) {
  LayoutAttr layout = getLayout(type);
  if (!layout)
    return whole;
  return whole.cut(
      localBox(type.getShape(), layout.getPlacements(), mesh, rank));
}

FailureOr<HostTensor> dtc::getInputPiece(func::FuncOp function, unsigned index,
                                         const NamedTensors &inputs,
                                         RankPosition position) {
  if (failed(verifyInputType(function, index)))
    return failure();
  RankedTensorType type = getInputType(function, index);
  auto whole = findContribution(function, index, inputs, position.rank);
  if (failed(whole))
    return failure();
  return cutFor(*whole, type, *position.mesh, position.rank);
}

FailureOr<HostTensor> dtc::assembleValue(Operation *op, const Twine &what,
                                         RankedTensorType type,
                                         const ::dtc::Mesh &mesh,
                                         std::vector<HostTensor> pieces) {
  Placements placements = mesh.allReplicate();
  if (LayoutAttr layout = getLayout(type))
    placements.assign(layout.getPlacements().begin(),
                      layout.getPlacements().end());
  auto whole = assemble(placements, mesh, std::move(pieces));
  if (!whole)
    return op->emitError() << what << ": " << llvm::toString(whole.takeError());
  if (!fits(*whole, type))
    return op->emitError() << "expected " << what << " of " << type << ", got "
                           << describe(*whole);
  return std::move(*whole);
}

FailureOr<std::vector<HostTensor>>
dtc::assembleResults(func::FuncOp function, const ::dtc::Mesh &mesh,
                     llvm::ArrayRef<std::vector<HostTensor>> pieces) {
  std::vector<HostTensor> results;
  for (unsigned i = 0; i < function.getNumResults(); ++i) {
    RankedTensorType type = getOutputType(function, i);
    if (!type)
      return function.emitError()
             << "expected result " << i << " to be a tensor";
    std::vector<HostTensor> held;
    for (const std::vector<HostTensor> &rank : pieces)
      held.push_back(rank[i]);
    auto whole =
        assembleValue(function, "result '" + getOutputName(function, i) + "'",
                      type, mesh, std::move(held));
    if (failed(whole))
      return failure();
    results.push_back(std::move(*whole));
  }
  return results;
}

//===----------------------------------------------------------------------===//
// One op
//===----------------------------------------------------------------------===//

static FailureOr<HostTensor> findParameter(ParameterOp op,
                                           const NamedTensors &parameters,
                                           RankPosition position) {
  auto type = cast<RankedTensorType>(
      op.getGlobal() ? *op.getGlobal() : Type(op.getResult().getType()));
  auto whole = findArray(op, "parameter", op.getName().str(), type, parameters);
  if (failed(whole) || !position.mesh)
    return whole;
  return cutFor(*whole, type, *position.mesh, position.rank);
}

/// What an earlier step left, at first the state's `fill`.
static FailureOr<HostTensor>
findState(StateOp op, const NamedTensors &parameters, RankPosition position) {
  auto type = cast<RankedTensorType>(
      op.getGlobal() ? *op.getGlobal() : Type(op.getResult().getType()));
  HostTensor whole = HostTensor::ofType(type);
  if (parameters.count(op.getName().str())) {
    auto found = findArray(op, "state", op.getName().str(), type, parameters);
    if (failed(found))
      return failure();
    whole = *found;
  } else {
    for (int64_t i = 0; i < whole.size(); ++i)
      whole.setDouble(i, op.getFill().convertToDouble());
  }
  return position.mesh ? cutFor(whole, type, *position.mesh, position.rank)
                       : whole;
}

LogicalResult dtc::evaluateOp(Operation *op,
                              llvm::ArrayRef<HostTensor> operands,
                              const NamedTensors &parameters,
                              RankPosition position,
                              llvm::SmallVectorImpl<HostTensor> &results) {
  for (auto [operand, type] : llvm::zip(operands, op->getOperandTypes()))
    if (!fits(operand, type))
      return op->emitOpError() << "expected an operand of " << type << ", got "
                               << describe(operand);
  size_t before = results.size();
  if (auto parameter = dyn_cast<ParameterOp>(op)) {
    auto array = findParameter(parameter, parameters, position);
    if (failed(array))
      return failure();
    results.push_back(std::move(*array));
  } else if (auto state = dyn_cast<StateOp>(op)) {
    auto array = findState(state, parameters, position);
    if (failed(array))
      return failure();
    results.push_back(std::move(*array));
  } else if (auto interface = dyn_cast<EvaluateInterface>(op)) {
    if (failed(interface.evaluate(operands, results)))
      return failure();
  } else {
    return op->emitOpError() << "has no reference semantics";
  }
  auto made = llvm::ArrayRef<HostTensor>(results).drop_front(before);
  if (made.size() != op->getNumResults())
    return op->emitOpError() << "expected " << op->getNumResults()
                             << " results, got " << made.size();
  for (auto [result, type] : llvm::zip(made, op->getResultTypes()))
    if (!fits(result, type))
      return op->emitOpError()
             << "expected a result of " << type << ", got " << describe(result);
  return success();
}

//===----------------------------------------------------------------------===//
// Global programs
//===----------------------------------------------------------------------===//

/// Ops whose result is their operand, seen globally.
static bool isGlobalIdentity(Operation *op) {
  return isa<ConstrainOp, RedistributeOp, WaitOp, LocalSliceOp, LocalPartialOp>(
             op) ||
         getCollective(op);
}

/// The input's global value; contributions to a partial input are reduced.
static FailureOr<HostTensor> getGlobalInput(func::FuncOp function,
                                            unsigned index,
                                            const NamedTensors &inputs) {
  if (failed(verifyInputType(function, index)))
    return failure();
  LayoutAttr layout = getLayout(getInputType(function, index));
  if (!layout)
    return findContribution(function, index, inputs, 0);
  ::dtc::Mesh mesh = layout.getMesh().getMesh();
  std::vector<HostTensor> pieces;
  for (int64_t rank = 0; rank < mesh.numRanks(); ++rank) {
    auto piece = getInputPiece(function, index, inputs, {&mesh, rank});
    if (failed(piece))
      return failure();
    pieces.push_back(std::move(*piece));
  }
  auto whole = assemble(layout.getPlacements(), mesh, std::move(pieces));
  if (!whole)
    return function.emitError() << "input '" << getInputName(function, index)
                                << "': " << llvm::toString(whole.takeError());
  return *whole;
}

FailureOr<std::vector<HostTensor>>
dtc::evaluateGlobal(func::FuncOp function, const ProgramInputs &inputs,
                    NamedTensors *updates) {
  if (function.isExternal())
    return function.emitError() << "expected a function with a body";
  ProgramValues values;
  for (BlockArgument argument : function.getArguments()) {
    auto array =
        getGlobalInput(function, argument.getArgNumber(), inputs.inputs);
    if (failed(array))
      return failure();
    values.bind(argument, {std::move(*array)});
  }
  for (Operation &op : function.getBody().front()) {
    llvm::SmallVector<HostTensor> operands = values.operands(&op, 0), results;
    if (isa<func::ReturnOp>(op))
      return std::vector<HostTensor>(operands.begin(), operands.end());
    if (auto update = dyn_cast<UpdateOp>(op)) {
      if (updates)
        (*updates)[update.getName().str()] = operands[0];
    } else if (isGlobalIdentity(&op))
      results.push_back(operands[0]);
    else if (failed(evaluateOp(&op, operands, inputs.parameters, {}, results)))
      return failure();
    values.release(&op);
    for (auto [value, array] : llvm::zip(op.getResults(), results))
      values.bind(value, {std::move(array)});
  }
  return function.emitError() << "expected a function that returns";
}
