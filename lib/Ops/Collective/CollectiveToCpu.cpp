//===- CollectiveToCpu.cpp - Starting and awaiting collectives ------------===//
//
// A collective sees its tensor as [outer, extent, inner] around the dimension
// that is gathered or scattered, whole in one of operand and result.
//
//===----------------------------------------------------------------------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

template <typename Op> static Collective describe(Op op) {
  Collective collective;
  collective.dtype = getDType(elementOf(op.getInput()));
  collective.axis = op.getAxis();
  collective.module = op.getModule().str();
  collective.cause = op.getCause().str();
  return collective;
}

static void setExtents(Collective &collective, ArrayRef<int64_t> whole,
                       int64_t dim) {
  collective.outer = numElements(whole.take_front(dim));
  collective.extent = whole[dim];
  collective.inner = numElements(whole.drop_front(dim + 1));
}

static ArrayRef<int64_t> resultShape(Operation *op) {
  return cast<AsyncType>(op->getResult(0).getType()).getValueType().getShape();
}

static LogicalResult start(ProgramBuilder &builder, Operation *op,
                           Collective collective) {
  StridedView source = builder.dense(op->getOperand(0));
  Type element = source.element;
  StridedView result = builder.allocateResult(op, resultShape(op), element);
  builder.startCollective(collective, source, result, op);
  return success();
}

static dtc_reduce reduceOf(ReduceKindEnum kind) {
  return static_cast<dtc_reduce>(static_cast<int64_t>(kind));
}

static LogicalResult buildAllReduce(ProgramBuilder &builder, AllReduceOp op) {
  Collective collective = describe(op);
  collective.kind = DTC_ALL_REDUCE;
  collective.reduce = reduceOf(op.getReduce());
  collective.extent = numElements(shapeOf(op.getInput()));
  return start(builder, op, collective);
}

static LogicalResult buildAllGather(ProgramBuilder &builder, AllGatherOp op) {
  Collective collective = describe(op);
  collective.kind = DTC_ALL_GATHER;
  setExtents(collective, resultShape(op), op.getDim());
  return start(builder, op, collective);
}

static LogicalResult buildReduceScatter(ProgramBuilder &builder,
                                        ReduceScatterOp op) {
  Collective collective = describe(op);
  collective.kind = DTC_REDUCE_SCATTER;
  collective.reduce = reduceOf(op.getReduce());
  setExtents(collective, shapeOf(op.getInput()), op.getDim());
  return start(builder, op, collective);
}

static LogicalResult buildAllToAll(ProgramBuilder &builder, AllToAllOp op) {
  Collective collective = describe(op);
  collective.kind = DTC_ALL_TO_ALL;
  collective.fromDim = op.getFromDim();
  collective.toDim = op.getToDim();
  collective.shape.assign(shapeOf(op.getInput()).begin(),
                          shapeOf(op.getInput()).end());
  collective.shape[op.getFromDim()] = resultShape(op)[op.getFromDim()];
  return start(builder, op, collective);
}

static LogicalResult buildHaloExchange(ProgramBuilder &builder,
                                       HaloExchangeOp op) {
  Collective collective = describe(op);
  collective.kind = DTC_HALO_EXCHANGE;
  SmallVector<int64_t> whole(shapeOf(op.getInput()));
  whole[op.getDim()] = op.getExtent();
  setExtents(collective, whole, op.getDim());
  llvm::append_range(collective.shape, op.getRows());
  return start(builder, op, collective);
}

void dtc::cpu::registerCollectiveCpuLowerings(CpuLowerings &lowerings) {
  lowerings.build<AllReduceOp>(buildAllReduce);
  lowerings.build<AllGatherOp>(buildAllGather);
  lowerings.build<ReduceScatterOp>(buildReduceScatter);
  lowerings.build<AllToAllOp>(buildAllToAll);
  lowerings.build<HaloExchangeOp>(buildHaloExchange);
  lowerings.build<WaitOp>([](ProgramBuilder &builder, WaitOp op) {
    builder.waitCollective(op.getInput(), op.getResult());
    return success();
  });
}
