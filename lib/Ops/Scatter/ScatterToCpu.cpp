//===- ScatterToCpu.cpp - Updates by index as a runtime routine -----------===//
//
// The data is copied to the result, where the routine then writes row by row.
//
//===----------------------------------------------------------------------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

template <typename Op>
static void emitUpdate(ProgramBuilder &builder, Op op, Routine routine) {
  routine.kind = Routine::Kind::Scatter;
  dtc_scatter &desc = routine.scatter;
  desc.dtype = static_cast<int32_t>(getDType(elementOf(op.getData())));
  desc.index_dtype = static_cast<int32_t>(getDType(elementOf(op.getIndices())));
  desc.combine =
      op.getCombine() ? static_cast<int32_t>(*op.getCombine()) : DTC_OVERWRITE;
  StridedView data = builder.view(op.getData());
  StridedView indices = builder.dense(op.getIndices());
  StridedView updates = builder.dense(op.getUpdates());
  StridedView result = builder.allocateDense(op.getResult());
  builder.define(op.getResult(), result);
  builder.copy(data, result, op.getLoc());
  if (updates.size() > 0)
    builder.addRoutine(routine, {indices, updates, result}, op.getLoc());
}

static LogicalResult buildElements(ProgramBuilder &builder,
                                   ScatterElementsOp op) {
  Routine routine;
  ArrayRef<int64_t> data = shapeOf(op.getData());
  int64_t axis = op.getAxis();
  routine.extents.assign(shapeOf(op.getIndices()).begin(),
                         shapeOf(op.getIndices()).end());
  routine.strides = rowMajorStrides(data);
  routine.indexExtents.push_back(data[axis]);
  routine.indexStrides.push_back(routine.strides[axis]);
  routine.strides[axis] = 0;
  routine.scatter.row = 1;
  emitUpdate(builder, op, std::move(routine));
  return success();
}

static LogicalResult buildNd(ProgramBuilder &builder, ScatterNdOp op) {
  Routine routine;
  ArrayRef<int64_t> data = shapeOf(op.getData());
  ArrayRef<int64_t> indices = shapeOf(op.getIndices());
  int64_t depth = indices.back();
  SmallVector<int64_t, 6> strides = rowMajorStrides(data);
  routine.extents.push_back(numElements(indices.drop_back()));
  routine.strides.push_back(0);
  routine.indexExtents.assign(data.begin(), data.begin() + depth);
  routine.indexStrides.assign(strides.begin(), strides.begin() + depth);
  routine.scatter.row = numElements(data.drop_front(depth));
  emitUpdate(builder, op, std::move(routine));
  return success();
}

void dtc::cpu::registerScatterCpuLowerings(CpuLowerings &lowerings) {
  lowerings.build<ScatterElementsOp>(buildElements);
  lowerings.build<ScatterNdOp>(buildNd);
}
