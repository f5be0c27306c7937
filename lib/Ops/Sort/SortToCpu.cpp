//===- SortToCpu.cpp - Orders as a runtime routine ------------------------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

/// `count` elements along `axis`; the routine sorts in memory of the step.
template <typename Op>
static LogicalResult emitOrder(ProgramBuilder &builder, Op op, int64_t count,
                               bool descending) {
  StridedView input = builder.dense(op.getInput());
  StridedView values = builder.allocateDense(op.getValues());
  StridedView indices = builder.allocateDense(op.getIndices());
  builder.define(op.getValues(), values);
  builder.define(op.getIndices(), indices);
  if (values.size() == 0)
    return success();
  Routine routine;
  routine.kind = Routine::Kind::Sort;
  int64_t axis = op.getAxis(), extent = input.shape[axis];
  ArrayRef<int64_t> shape = input.shape;
  routine.sort.dtype = static_cast<int32_t>(getDType(input.element));
  routine.sort.descending = descending;
  routine.sort.outer = numElements(shape.take_front(axis));
  routine.sort.extent = extent;
  routine.sort.inner = numElements(shape.drop_front(axis + 1));
  routine.sort.count = count;
  Type byte = IntegerType::get(op.getContext(), 8);
  StridedView scratch =
      builder.allocate({builder.sortScratchBytes(input.size(), extent)}, byte);
  builder.addRoutine(routine, {input, scratch, values, indices}, op.getLoc());
  return success();
}

void dtc::cpu::registerSortCpuLowerings(CpuLowerings &lowerings) {
  lowerings.build<SortOp>([](ProgramBuilder &builder, SortOp op) {
    return emitOrder(builder, op, shapeOf(op.getInput())[op.getAxis()],
                     op.getDescending());
  });
  lowerings.build<TopKOp>([](ProgramBuilder &builder, TopKOp op) {
    return emitOrder(builder, op, op.getK(), !op.getSmallest());
  });
}
