//===- Localize.cpp - One rank's program ----------------------------------===//
//
// 1. A new function takes the rank's pieces of the arguments; global types stay
//    in the `dtc.global` attributes of arguments and results.
// 2. Ops that depend on the rank say their local form themselves
//    (LocalizeInterface); all others are rebuilt on local types, as a sharding
//    rule promises that the same op on pieces gives the piece of the result.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/Dtc.h"
#include "dtc/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

namespace dtc {
#define GEN_PASS_DEF_LOCALIZE
#include "dtc/Transforms/Passes.h.inc"
} // namespace dtc

using namespace mlir;
using namespace dtc;

static Type localTypeOf(Type type, int64_t rank) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return getLocalType(tensor, rank);
  if (auto async = dyn_cast<AsyncType>(type))
    return AsyncType::get(type.getContext(),
                          getLocalType(async.getValueType(), rank));
  return type;
}

static LogicalResult localizeOp(Operation *op, IRMapping &mapping,
                                OpBuilder &builder, int64_t rank) {
  if (isa<RedistributeOp, ConstrainOp>(op))
    return op->emitOpError()
           << "has no local form; run --dtc-insert-collectives first";
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(mapping.lookup(operand));
  SmallVector<Type> types;
  for (Type type : op->getResultTypes())
    types.push_back(localTypeOf(type, rank));
  if (auto interface = dyn_cast<LocalizeInterface>(op)) {
    Block *block = builder.getInsertionBlock();
    Operation *before = block->empty() ? nullptr : &block->back();
    FailureOr<SmallVector<Value>> results =
        interface.localize(builder, operands, types, rank);
    if (failed(results))
      return failure();
    // What an op becomes belongs to the part of the step that it is in.
    Block::iterator begin =
        before ? std::next(before->getIterator()) : block->begin();
    for (Operation &made : llvm::make_range(begin, block->end()))
      copyPhase(op, &made);
    mapping.map(op->getResults(), *results);
    return success();
  }
  Operation *local = builder.clone(*op, mapping);
  for (auto [result, type] : llvm::zip(local->getResults(), types))
    result.setType(type);
  return success();
}

static LogicalResult localize(func::FuncOp function, int64_t rank) {
  OpBuilder builder(function);
  auto local =
      func::FuncOp::create(builder, function.getLoc(), function.getName(),
                           function.getFunctionType());
  local->setDiscardableAttrs(function->getDiscardableAttrDictionary());
  Block *block = builder.createBlock(&local.getBody());
  IRMapping mapping;
  SmallVector<Type> argumentTypes, resultTypes;
  for (BlockArgument argument : function.getArguments()) {
    argumentTypes.push_back(localTypeOf(argument.getType(), rank));
    mapping.map(argument,
                block->addArgument(argumentTypes.back(), argument.getLoc()));
  }
  for (Operation &op : function.getBody().front())
    if (failed(localizeOp(&op, mapping, builder, rank)))
      return failure();
  for (Type type : function.getResultTypes())
    resultTypes.push_back(localTypeOf(type, rank));
  local.setType(builder.getFunctionType(argumentTypes, resultTypes));
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i) {
    local.setArgAttrs(i, function.getArgAttrDict(i));
    local.setArgAttr(i, "dtc.global",
                     TypeAttr::get(function.getArgument(i).getType()));
  }
  for (unsigned i = 0, e = function.getNumResults(); i < e; ++i) {
    local.setResultAttrs(i, function.getResultAttrDict(i));
    local.setResultAttr(i, "dtc.global",
                        TypeAttr::get(function.getResultTypes()[i]));
  }
  function.erase();
  return success();
}

namespace {

struct LocalizePass : public dtc::impl::LocalizeBase<LocalizePass> {
  using Base::Base;

  void runOnOperation() override {
    MeshAttr mesh = getMesh(getOperation());
    if (!mesh) {
      getOperation().emitError("expected a module attribute 'dtc.mesh'");
      return signalPassFailure();
    }
    int64_t ranks = mesh.getMesh().numRanks();
    if (rank < 0 || rank >= ranks) {
      getOperation().emitError() << "expected a rank from 0 to " << ranks - 1
                                 << ", got " << rank.getValue();
      return signalPassFailure();
    }
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions)
      if (failed(localize(function, rank)))
        return signalPassFailure();
  }
};

} // namespace
