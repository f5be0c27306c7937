//===- EvaluateLocal.cpp - The ranks' own programs in lockstep ------------===//
//
// 1. Every rank runs its program up to its next collective, or to its end.
// 2. All ranks must have stopped at the same collective: then it runs among
//    their values and each rank goes on.
// 3. At the end the pieces of the results are put together by the types that
//    localisation left in `dtc.global`.
//
//===----------------------------------------------------------------------===//

#include "ProgramValues.h"
#include "dtc/Interpreter/CollectiveSemantics.h"
#include "dtc/Interpreter/Interpreter.h"

using namespace mlir;
using namespace dtc;

namespace {

/// A rank's program and how far it has come.
struct RankRun {
  func::FuncOp function;
  Operation *next = nullptr;
  ProgramValues values;
  /// The rank's pieces of what it updates, in its order.
  std::vector<std::pair<UpdateOp, HostTensor>> updates;

  bool atEnd() const { return isa<func::ReturnOp>(next); }
  void finish(ArrayRef<HostTensor> results);
  LogicalResult begin(const NamedTensors &inputs, RankPosition position);
  LogicalResult advance(const NamedTensors &parameters, RankPosition position);
};

} // namespace

/// Binds the results of `next` and goes to the op after it.
void RankRun::finish(ArrayRef<HostTensor> results) {
  values.release(next);
  for (auto [value, array] : llvm::zip(next->getResults(), results))
    values.bind(value, {array});
  next = next->getNextNode();
}

LogicalResult RankRun::begin(const NamedTensors &inputs,
                             RankPosition position) {
  if (function.isExternal() ||
      !isa<func::ReturnOp>(function.getBody().front().back()))
    return function.emitError() << "expected a function that returns";
  for (BlockArgument argument : function.getArguments()) {
    auto piece =
        getInputPiece(function, argument.getArgNumber(), inputs, position);
    if (failed(piece))
      return failure();
    values.bind(argument, {std::move(*piece)});
  }
  next = &function.getBody().front().front();
  return success();
}

LogicalResult RankRun::advance(const NamedTensors &parameters,
                               RankPosition position) {
  while (!atEnd() && !getCollective(next)) {
    SmallVector<HostTensor> operands = values.operands(next, 0), results;
    if (isa<WaitOp>(next))
      results.push_back(operands[0]);
    else if (auto update = dyn_cast<UpdateOp>(next))
      updates.emplace_back(update, operands[0]);
    else if (failed(evaluateOp(next, operands, parameters, position, results)))
      return failure();
    finish(results);
  }
  return success();
}

/// What a stopped rank does next, for errors.
static std::string nextStep(const RankRun &run) {
  if (auto collective = getCollective(run.next))
    return "'" + run.next->getName().getStringRef().str() + "' (" +
           collective->str() + ")";
  return "the end of its program";
}

static LogicalResult verifyAgreement(ArrayRef<RankRun> runs) {
  auto expected = getCollective(runs[0].next);
  for (auto [rank, run] : llvm::enumerate(runs)) {
    if (getCollective(run.next) == expected)
      continue;
    InFlightDiagnostic error = run.next->emitError()
                               << "expected the collectives of all ranks in "
                                  "one order, got "
                               << nextStep(run) << " on rank " << rank;
    error.attachNote(runs[0].next->getLoc())
        << "where rank 0 reaches " << nextStep(runs[0]);
    return error;
  }
  return success();
}

static LogicalResult runTogether(MutableArrayRef<RankRun> runs,
                                 const ::dtc::Mesh &mesh) {
  std::vector<HostTensor> pieces;
  for (RankRun &run : runs)
    pieces.push_back(run.values.operands(run.next, 0)[0]);
  auto done = runCollective(*getCollective(runs[0].next), mesh, pieces);
  if (!done)
    return runs[0].next->emitOpError() << llvm::toString(done.takeError());
  for (auto [rank, run] : llvm::enumerate(runs)) {
    auto type = cast<AsyncType>(run.next->getResult(0).getType());
    if ((*done)[rank].shape() != type.getValueType().getShape())
      return run.next->emitOpError()
             << "expected " << type.getValueType() << " on rank " << rank
             << ", got an array of " << (*done)[rank].size() << " elements";
    run.finish((*done)[rank]);
  }
  return success();
}

/// The ranks' programs, checked to be as many as the mesh has ranks.
static FailureOr<::dtc::Mesh> findMesh(ArrayRef<func::FuncOp> ranks) {
  MeshAttr mesh = getMesh(ranks[0]);
  if (!mesh)
    return func::FuncOp(ranks[0]).emitError()
           << "expected a module attribute 'dtc.mesh'";
  for (func::FuncOp function : ranks)
    if (getMesh(function) != mesh)
      return function.emitError() << "expected the mesh of rank 0, " << mesh
                                  << ", got " << getMesh(function);
  auto count = static_cast<int64_t>(ranks.size());
  if (mesh.getMesh().numRanks() != count)
    return func::FuncOp(ranks[0]).emitError()
           << "expected " << mesh.getMesh().numRanks()
           << " programs, one for each rank of the mesh, got " << count;
  return mesh.getMesh();
}

/// Puts the pieces of every updated parameter and state together.
static LogicalResult collectUpdates(ArrayRef<RankRun> runs,
                                    const ::dtc::Mesh &mesh,
                                    NamedTensors &updates) {
  for (size_t i = 0; i < runs[0].updates.size(); ++i) {
    UpdateOp op = runs[0].updates[i].first;
    std::vector<HostTensor> pieces;
    for (const RankRun &run : runs) {
      if (run.updates.size() != runs[0].updates.size() ||
          UpdateOp(run.updates[i].first).getName() != op.getName())
        return op.emitOpError() << "expected the updates of all ranks in one "
                                   "order";
      pieces.push_back(run.updates[i].second);
    }
    auto type = dyn_cast<RankedTensorType>(
        op.getGlobal() ? *op.getGlobal() : Type(op.getValue().getType()));
    if (!type)
      return op.emitOpError() << "expected a tensor type in 'global'";
    auto whole = assembleValue(op, "update of '" + op.getName() + "'", type,
                               mesh, std::move(pieces));
    if (failed(whole))
      return failure();
    updates[op.getName().str()] = std::move(*whole);
  }
  return success();
}

FailureOr<std::vector<HostTensor>>
dtc::evaluateLocal(ArrayRef<func::FuncOp> ranks, const ProgramInputs &inputs,
                   NamedTensors *updates) {
  auto mesh = findMesh(ranks);
  if (failed(mesh))
    return failure();
  std::vector<RankRun> runs(ranks.size());
  for (auto [rank, run] : llvm::enumerate(runs)) {
    run.function = ranks[rank];
    if (failed(run.begin(inputs.inputs, {&*mesh, static_cast<int64_t>(rank)})))
      return failure();
  }
  while (true) {
    for (auto [rank, run] : llvm::enumerate(runs))
      if (failed(run.advance(inputs.parameters,
                             {&*mesh, static_cast<int64_t>(rank)})))
        return failure();
    if (failed(verifyAgreement(runs)))
      return failure();
    if (runs[0].atEnd())
      break;
    if (failed(runTogether(runs, *mesh)))
      return failure();
  }
  if (updates && failed(collectUpdates(runs, *mesh, *updates)))
    return failure();
  std::vector<std::vector<HostTensor>> pieces;
  for (RankRun &run : runs) {
    auto held = run.values.operands(run.next, 0);
    pieces.emplace_back(held.begin(), held.end());
  }
  return assembleResults(runs[0].function, *mesh, pieces);
}
