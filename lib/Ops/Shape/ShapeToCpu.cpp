//===- ShapeToCpu.cpp - Reshapes, transposes, broadcasts as views ---------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

template <typename Op>
static LogicalResult buildReshape(ProgramBuilder &builder, Op op) {
  ArrayRef<int64_t> shape = shapeOf(op.getResult());
  auto view = builder.view(op.getInput()).reshaped(shape);
  if (!view)
    view = builder.dense(op.getInput()).reshaped(shape);
  builder.define(op.getResult(), *view);
  return success();
}

void dtc::cpu::registerShapeCpuLowerings(CpuLowerings &lowerings) {
  lowerings.build<ReshapeOp>(buildReshape<ReshapeOp>);
  lowerings.build<ViewOp>(buildReshape<ViewOp>);
  lowerings.build<TransposeOp>([](ProgramBuilder &builder, TransposeOp op) {
    builder.define(op.getResult(),
                   builder.view(op.getInput()).transposed(op.getPermutation()));
    return success();
  });
  lowerings.build<BroadcastOp>([](ProgramBuilder &builder, BroadcastOp op) {
    builder.define(
        op.getResult(),
        builder.view(op.getInput()).broadcastTo(shapeOf(op.getResult())));
    return success();
  });
}
