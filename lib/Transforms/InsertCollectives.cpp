//===- InsertCollectives.cpp - Redistributions become collectives ---------===//
//
// 1. Each `dtc.redistribute` is planned as steps along single mesh axes.
// 2. A step that needs others becomes an asynchronous collective and its wait;
//    one that does not, a local slice or a local share.
// 3. Every collective records its cause: who wanted it, from what, to what.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/Dtc.h"
#include "dtc/Sharding/Redistribution.h"
#include "dtc/Transforms/Passes.h"

namespace dtc {
#define GEN_PASS_DEF_INSERTCOLLECTIVES
#include "dtc/Transforms/Passes.h.inc"
} // namespace dtc

using namespace mlir;
using namespace dtc;

static ReduceKindEnum toAttribute(ReduceKind kind) {
  return static_cast<ReduceKindEnum>(static_cast<int64_t>(kind));
}

/// Starts the step's collective; null for local steps.
static Value startCollective(OpBuilder &builder, Location location, Value input,
                             RankedTensorType target,
                             const RedistributionStep &step, StringRef cause,
                             StringRef module) {
  auto type = AsyncType::get(builder.getContext(), target);
  switch (step.kind) {
  case StepKind::AllReduce:
    return AllReduceOp::create(builder, location, type, input, step.axis,
                               toAttribute(step.from.reduce), cause, module);
  case StepKind::AllGather:
    return AllGatherOp::create(builder, location, type, input, step.axis,
                               step.from.dim, cause, module);
  case StepKind::ReduceScatter:
    return ReduceScatterOp::create(builder, location, type, input, step.axis,
                                   step.to.dim, toAttribute(step.from.reduce),
                                   cause, module);
  case StepKind::AllToAll:
    return AllToAllOp::create(builder, location, type, input, step.axis,
                              step.from.dim, step.to.dim, cause, module);
  case StepKind::HaloExchange: {
    auto tensor = cast<RankedTensorType>(input.getType());
    int64_t extent = tensor.getDimSize(step.to.dim);
    int64_t members = getLayout(tensor).getMesh().getSizes()[step.axis];
    SmallVector<int64_t> rows;
    for (Interval wanted : windowRows(step.to.window, extent, members))
      rows.append({wanted.begin, wanted.end});
    return HaloExchangeOp::create(builder, location, type, input, step.axis,
                                  step.to.dim, extent, rows, cause, module);
  }
  case StepKind::LocalSlice:
  case StepKind::LocalPartial:
  case StepKind::Relabel:
    return {};
  }
  return {};
}

static LogicalResult lower(RedistributeOp op) {
  LayoutAttr from = getLayout(op.getInput()), to = getLayout(op.getResult());
  auto type = cast<RankedTensorType>(op.getInput().getType());
  auto steps = planRedistribution(type.getShape(), from.getPlacements(),
                                  to.getPlacements(), from.getMesh().getMesh());
  if (!steps)
    return op.emitOpError() << llvm::toString(steps.takeError());

  OpBuilder builder(op);
  Location location = op.getLoc();
  StringRef module = getModulePath(location);
  Value value = op.getInput();
  auto inPhase = [&](Value made) {
    copyPhase(op, made.getDefiningOp());
    return made;
  };
  for (const RedistributionStep &step : *steps) {
    auto target = withLayout(
        type, LayoutAttr::get(op.getContext(), from.getMesh(), step.after));
    if (step.kind == StepKind::LocalSlice) {
      value = inPhase(LocalSliceOp::create(builder, location, target, value,
                                           step.axis, step.to.dim));
    } else if (step.kind == StepKind::LocalPartial) {
      value = inPhase(LocalPartialOp::create(builder, location, target, value,
                                             step.axis,
                                             toAttribute(step.to.reduce)));
    } else if (step.kind == StepKind::Relabel) {
      // An average over one rank is the value itself.
      value = inPhase(LocalPartialOp::create(builder, location, target, value,
                                             step.axis,
                                             toAttribute(ReduceKind::Avg)));
    } else {
      std::string cause =
          (op.getCause() + ": " + step.from.str() + " -> " + step.to.str())
              .str();
      Value started = inPhase(startCollective(builder, location, value, target,
                                              step, cause, module));
      value = inPhase(WaitOp::create(builder, location, target, started));
    }
  }
  if (value.getType() != op.getType())
    return op.emitOpError() << "expected a plan that ends in " << op.getType()
                            << ", got " << value.getType();
  op.replaceAllUsesWith(value);
  op.erase();
  return success();
}

namespace {

struct InsertCollectivesPass
    : public dtc::impl::InsertCollectivesBase<InsertCollectivesPass> {
  void runOnOperation() override {
    WalkResult result = getOperation().walk([](RedistributeOp op) {
      return failed(lower(op)) ? WalkResult::interrupt()
                               : WalkResult::advance();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    // A value that lies as its target does needs the target no longer.
    getOperation().walk([](PlaceLikeOp op) {
      if (!op.getInPlace() && op.getInput().getType() == op.getType() &&
          getLayout(op.getType())) {
        op.replaceAllUsesWith(op.getInput());
        op.erase();
      }
    });
  }
};

} // namespace
