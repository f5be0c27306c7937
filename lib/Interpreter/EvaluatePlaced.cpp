//===- EvaluatePlaced.cpp - Placed programs on simulated ranks ------------===//
//
// 1. Each rank gets its pieces of the arguments.
// 2. A compute op is localised for every rank as the localisation pass would,
//    into a block of its own; the local form is verified and evaluated on the
//    rank's pieces. So a sharding rule that promises too much shows here.
// 3. Redistributions run step by step, collectives among their groups; a
//    collective's result is there at once and its wait is an identity.
// 4. The pieces of the results are put together.
//
//===----------------------------------------------------------------------===//

#include "ProgramValues.h"
#include "dtc/Interpreter/CollectiveSemantics.h"
#include "dtc/Interpreter/Interpreter.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace dtc;

using Pieces = std::vector<HostTensor>;

namespace {

/// One op rebuilt on the types of one rank.
struct LocalForm {
  Block block;
  SmallVector<Value> results;
};

class PlacedRun {
public:
  PlacedRun(func::FuncOp function, const ::dtc::Mesh &mesh,
            const ProgramInputs &inputs, NamedTensors *updates)
      : function(function), mesh(mesh), inputs(inputs), updates(updates) {}

  FailureOr<std::vector<HostTensor>> run();

private:
  LogicalResult bindArguments();
  LogicalResult step(Operation *op);
  LogicalResult computeOnRanks(Operation *op, ArrayRef<Pieces> operands,
                               std::vector<Pieces> &results);
  LogicalResult redistribute(RedistributeOp op);
  FailureOr<Pieces> runStep(RedistributeOp op, const RedistributionStep &step,
                            RankedTensorType before, const Pieces &pieces);
  LogicalResult update(UpdateOp op);
  LogicalResult bindFitting(Operation *op, RankedTensorType type,
                            Pieces pieces);

  func::FuncOp function;
  const ::dtc::Mesh &mesh;
  const ProgramInputs &inputs;
  NamedTensors *updates;
  ProgramValues values;
};

} // namespace

static LogicalResult buildLocalForm(Operation *op, int64_t rank,
                                    LocalForm &form) {
  IRMapping mapping;
  SmallVector<Value> operands;
  for (Value operand : op->getOperands()) {
    Type local = getLocalType(cast<RankedTensorType>(operand.getType()), rank);
    operands.push_back(form.block.addArgument(local, op->getLoc()));
    mapping.map(operand, operands.back());
  }
  SmallVector<Type> types;
  for (Type type : op->getResultTypes())
    types.push_back(getLocalType(cast<RankedTensorType>(type), rank));
  OpBuilder builder(op->getContext());
  builder.setInsertionPointToEnd(&form.block);
  if (auto interface = dyn_cast<LocalizeInterface>(op)) {
    auto results = interface.localize(builder, operands, types, rank);
    if (failed(results))
      return failure();
    form.results = std::move(*results);
  } else {
    Operation *local = builder.clone(*op, mapping);
    for (auto [result, type] : llvm::zip(local->getResults(), types))
      result.setType(type);
    form.results.assign(local->result_begin(), local->result_end());
  }
  for (Operation &local : form.block)
    if (failed(mlir::verify(&local)))
      return op->emitOpError() << "has no valid local form on rank " << rank;
  return success();
}

static FailureOr<std::vector<HostTensor>>
evaluateForm(LocalForm &form, ArrayRef<HostTensor> operands,
             const NamedTensors &parameters, RankPosition position) {
  DenseMap<Value, HostTensor> values;
  for (auto [argument, array] : llvm::zip(form.block.getArguments(), operands))
    values[argument] = array;
  for (Operation &op : form.block) {
    SmallVector<HostTensor> inputs, results;
    for (Value operand : op.getOperands())
      inputs.push_back(values[operand]);
    if (failed(evaluateOp(&op, inputs, parameters, position, results)))
      return failure();
    for (auto [value, array] : llvm::zip(op.getResults(), results))
      values[value] = std::move(array);
  }
  std::vector<HostTensor> results;
  for (Value value : form.results)
    results.push_back(values[value]);
  return results;
}

LogicalResult PlacedRun::bindArguments() {
  for (BlockArgument argument : function.getArguments()) {
    Pieces pieces;
    for (int64_t rank = 0; rank < mesh.numRanks(); ++rank) {
      auto piece = getInputPiece(function, argument.getArgNumber(),
                                 inputs.inputs, {&mesh, rank});
      if (failed(piece))
        return failure();
      pieces.push_back(std::move(*piece));
    }
    values.bind(argument, std::move(pieces));
  }
  return success();
}

/// `operands[i][rank]` to `results[i][rank]`.
LogicalResult PlacedRun::computeOnRanks(Operation *op,
                                        ArrayRef<Pieces> operands,
                                        std::vector<Pieces> &results) {
  results.resize(op->getNumResults());
  for (int64_t rank = 0; rank < mesh.numRanks(); ++rank) {
    LocalForm form;
    SmallVector<HostTensor> held;
    for (const Pieces &operand : operands)
      held.push_back(operand[rank]);
    if (failed(buildLocalForm(op, rank, form)))
      return failure();
    auto made = evaluateForm(form, held, inputs.parameters, {&mesh, rank});
    if (failed(made)) {
      op->emitRemark() << "while evaluating the local form on rank " << rank;
      return failure();
    }
    for (auto [result, array] : llvm::zip(results, *made))
      result.push_back(std::move(array));
  }
  return success();
}

/// Binds the result of a redistribution or collective after comparing its
/// pieces with what `type` promises.
LogicalResult PlacedRun::bindFitting(Operation *op, RankedTensorType type,
                                     Pieces pieces) {
  for (auto [rank, piece] : llvm::enumerate(pieces)) {
    RankedTensorType local = getLocalType(type, rank);
    if (piece.shape() != local.getShape())
      return op->emitOpError() << "expected " << local << " on rank " << rank
                               << ", got an array of rank " << piece.rank()
                               << " with " << piece.size() << " elements";
  }
  values.release(op);
  values.bind(op->getResult(0), std::move(pieces));
  return success();
}

FailureOr<Pieces> PlacedRun::runStep(RedistributeOp op,
                                     const RedistributionStep &step,
                                     RankedTensorType before,
                                     const Pieces &pieces) {
  if (step.kind == StepKind::Relabel)
    return pieces;
  if (step.kind != StepKind::LocalSlice &&
      step.kind != StepKind::LocalPartial) {
    auto done = runCollective(getCollective(step, before.getShape(), mesh),
                              mesh, pieces);
    if (!done)
      return op.emitOpError() << llvm::toString(done.takeError());
    return *done;
  }
  // Local steps have ops of their own, which know their local form.
  auto target = withLayout(
      before, LayoutAttr::get(op.getContext(),
                              getLayout(op.getInput()).getMesh(), step.after));
  Block block;
  Value input = block.addArgument(before, op.getLoc());
  OpBuilder builder(op.getContext());
  builder.setInsertionPointToEnd(&block);
  Operation *local;
  if (step.kind == StepKind::LocalSlice)
    local = LocalSliceOp::create(builder, op.getLoc(), target, input, step.axis,
                                 step.to.dim);
  else
    local = LocalPartialOp::create(
        builder, op.getLoc(), target, input, step.axis,
        static_cast<ReduceKindEnum>(static_cast<int64_t>(step.to.reduce)));
  std::vector<Pieces> results;
  if (failed(computeOnRanks(local, {pieces}, results)))
    return failure();
  return results[0];
}

LogicalResult PlacedRun::redistribute(RedistributeOp op) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  LayoutAttr from = getLayout(type), to = getLayout(op.getResult());
  auto steps = planRedistribution(type.getShape(), from.getPlacements(),
                                  to.getPlacements(), mesh);
  if (!steps)
    return op.emitOpError() << llvm::toString(steps.takeError());
  Pieces pieces = values.get(op.getInput()).vec();
  for (const RedistributionStep &step : *steps) {
    auto after = runStep(op, step, type, pieces);
    if (failed(after))
      return failure();
    pieces = std::move(*after);
    type = withLayout(
        type, LayoutAttr::get(op.getContext(), from.getMesh(), step.after));
  }
  return bindFitting(op, cast<RankedTensorType>(op.getResult().getType()),
                     std::move(pieces));
}

LogicalResult PlacedRun::update(UpdateOp op) {
  auto whole = assembleValue(op, "update of '" + op.getName() + "'",
                             cast<RankedTensorType>(op.getValue().getType()),
                             mesh, values.get(op.getValue()).vec());
  if (failed(whole))
    return failure();
  if (updates)
    (*updates)[op.getName().str()] = std::move(*whole);
  values.release(op);
  return success();
}

LogicalResult PlacedRun::step(Operation *op) {
  if (auto change = dyn_cast<UpdateOp>(op))
    return update(change);
  if (auto change = dyn_cast<RedistributeOp>(op))
    return redistribute(change);
  if (auto collective = getCollective(op)) {
    auto done = runCollective(*collective, mesh, values.get(op->getOperand(0)));
    if (!done)
      return op->emitOpError() << llvm::toString(done.takeError());
    auto type = cast<AsyncType>(op->getResult(0).getType()).getValueType();
    return bindFitting(op, type, std::move(*done));
  }
  if (isa<WaitOp, ConstrainOp>(op))
    return bindFitting(op, cast<RankedTensorType>(op->getResult(0).getType()),
                       values.get(op->getOperand(0)).vec());
  std::vector<Pieces> operands, results;
  for (Value operand : op->getOperands())
    operands.push_back(values.get(operand).vec());
  if (failed(computeOnRanks(op, operands, results)))
    return failure();
  values.release(op);
  for (auto [value, pieces] : llvm::zip(op->getResults(), results))
    values.bind(value, std::move(pieces));
  return success();
}

FailureOr<std::vector<HostTensor>> PlacedRun::run() {
  if (failed(bindArguments()))
    return failure();
  for (Operation &op : function.getBody().front()) {
    if (isa<func::ReturnOp>(op)) {
      std::vector<Pieces> pieces;
      for (int64_t rank = 0; rank < mesh.numRanks(); ++rank) {
        auto held = values.operands(&op, rank);
        pieces.emplace_back(held.begin(), held.end());
      }
      return assembleResults(function, mesh, pieces);
    }
    for (Type type : op.getResultTypes())
      if (!isa<RankedTensorType, AsyncType>(type))
        return op.emitOpError() << "expected tensors, got " << type;
    if (failed(step(&op)))
      return failure();
  }
  return function.emitError() << "expected a function that returns";
}

FailureOr<std::vector<HostTensor>>
dtc::evaluatePlaced(func::FuncOp function, const ::dtc::Mesh &mesh,
                    const ProgramInputs &inputs, NamedTensors *updates) {
  if (function.isExternal())
    return function.emitError() << "expected a function with a body";
  return PlacedRun(function, mesh, inputs, updates).run();
}
