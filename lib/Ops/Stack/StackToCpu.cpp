//===- StackToCpu.cpp - Stacks as copies, slices as views -----------------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

/// The slice of `view` at `index` of dimension `axis`, without that dimension.
static StridedView sliceAt(const StridedView &view, int64_t axis,
                           int64_t index) {
  SmallVector<int64_t> shape(view.shape);
  shape.erase(shape.begin() + axis);
  // A dimension of size 1 carries no stride: the shape can always drop it.
  return *view.sliced(axis, index, 1, 1).reshaped(shape);
}

void dtc::cpu::registerStackCpuLowerings(CpuLowerings &lowerings) {
  lowerings.build<StackOp>([](ProgramBuilder &builder, StackOp op) {
    SmallVector<StridedView> parts;
    for (Value input : op.getInputs())
      parts.push_back(builder.view(input));
    StridedView result = builder.allocate(op.getResult());
    for (auto [index, part] : llvm::enumerate(parts))
      builder.copy(part, sliceAt(result, op.getAxis(), index), op.getLoc());
    builder.define(op.getResult(), result);
    return success();
  });
  lowerings.build<UnbindOp>([](ProgramBuilder &builder, UnbindOp op) {
    StridedView view = builder.view(op.getInput());
    for (auto [index, slice] : llvm::enumerate(op.getSlices()))
      builder.define(slice, sliceAt(view, op.getAxis(), index));
    return success();
  });
}
