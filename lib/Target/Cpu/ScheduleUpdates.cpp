//===- ScheduleUpdates.cpp - Updates as soon as their gradients are there -===//
//
// What an optimizer computes moves up to where its operands are known, behind
// the last op that reads the old value: a gradient then dies at once, and a
// weight that the backward pass has just read is still in the cache when it is
// updated. Collectives stay where they are, in the order that all ranks share.
//
//===----------------------------------------------------------------------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

static bool isOptimizers(Operation *op) { return phaseOf(op) == DTC_OPTIMIZER; }

static Operation *later(Operation *a, Operation *b) {
  if (!a || !b)
    return a ? a : b;
  return a->isBeforeInBlock(b) ? b : a;
}

/// True when the op may wait to be computed inside its only user.
static bool mayJoin(Operation *op) {
  const CpuLowerings &lowerings = CpuLowerings::get();
  return (lowerings.findElement(op) || lowerings.findRows(op)) &&
         op->getResult(0).hasOneUse();
}

/// The last op before the optimizer that reads `value`, or reads it seen
/// otherwise; a product or an expression runs where its only user joins it.
static Operation *lastReader(Value value) {
  Operation *last = nullptr;
  for (Operation *user : value.getUsers()) {
    if (isOptimizers(user) || isa<UpdateOp, func::ReturnOp>(user))
      continue;
    last = later(last, user);
    bool isView = isa<TransposeOp, ReshapeOp, ViewOp, BroadcastOp>(user);
    bool waits = isa<LinearOp, MatMulOp, LinearWeightGradientOp>(user) &&
                 user->getResult(0).hasOneUse();
    if (isView || mayJoin(user))
      last = later(last, lastReader(user->getResult(0)));
    else if (waits && !isa<func::ReturnOp>(*user->getResult(0).user_begin()))
      last = later(last, *user->getResult(0).user_begin());
  }
  return last;
}

static bool isCollective(Operation *op) {
  return isa<WaitOp>(op) || (op->getNumResults() == 1 &&
                             isa<AsyncType>(op->getResult(0).getType()));
}

void dtc::cpu::scheduleUpdates(func::FuncOp function) {
  Block &body = function.getBody().front();
  for (auto constant :
       llvm::make_early_inc_range(function.getOps<ConstantOp>()))
    constant->moveBefore(&body, body.begin());
  // What an op's result is the new value of.
  DenseMap<Operation *, Value> updates;
  for (auto update : function.getOps<UpdateOp>())
    if (Operation *op = update.getValue().getDefiningOp())
      updates[op] = findUpdated(update);
  for (Operation &op : llvm::make_early_inc_range(body.without_terminator())) {
    if (!isOptimizers(&op) || isCollective(&op) ||
        isa<UpdateOp, ParameterOp, StateOp, ConstantOp>(op))
      continue;
    Operation *after = nullptr;
    for (Value operand : op.getOperands())
      after = later(after, operand.getDefiningOp());
    if (Value updated = updates.lookup(&op))
      after = later(after, lastReader(updated));
    if (after && after->isBeforeInBlock(&op))
      op.moveAfter(after);
  }
}
