//===- LikeToCpu.cpp - Code of values like another ------------------------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

void dtc::cpu::registerLikeCpuLowerings(CpuLowerings &lowerings) {
  lowerings.build<PlaceLikeOp>([](ProgramBuilder &builder, PlaceLikeOp op) {
    builder.define(op.getResult(), builder.view(op.getInput()));
    return success();
  });
  lowerings.build<FillLikeOp>([](ProgramBuilder &builder, FillLikeOp op) {
    StridedView result = builder.allocate(op.getResult());
    builder.fill(result, op.getValue().convertToDouble(), op.getLoc());
    builder.define(op.getResult(), result);
    return success();
  });
}
