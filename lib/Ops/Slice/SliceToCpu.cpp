//===- SliceToCpu.cpp - Parts as views, joins and pads as copies ----------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

static LogicalResult buildSlice(ProgramBuilder &builder, SliceOp op) {
  StridedView view = builder.view(op.getInput());
  for (auto [axis, start, size, step] :
       llvm::zip(op.getAxes(), op.getStarts(), op.getSizes(), op.getSteps()))
    view = view.sliced(axis, size == 0 ? 0 : start, size, step);
  builder.define(op.getResult(), view);
  return success();
}

static LogicalResult buildSplit(ProgramBuilder &builder, SplitOp op) {
  StridedView view = builder.view(op.getInput());
  int64_t start = 0;
  for (auto [part, size] : llvm::zip(op.getParts(), op.getSizes())) {
    builder.define(part, view.sliced(op.getAxis(), start, size, 1));
    start += size;
  }
  return success();
}

static LogicalResult buildConcat(ProgramBuilder &builder, ConcatOp op) {
  SmallVector<StridedView> parts;
  for (Value input : op.getInputs())
    parts.push_back(builder.view(input));
  StridedView result = builder.allocate(op.getResult());
  int64_t start = 0;
  for (const StridedView &part : parts) {
    int64_t size = part.shape[op.getAxis()];
    builder.copy(part, result.sliced(op.getAxis(), start, size, 1),
                 op.getLoc());
    start += size;
  }
  builder.define(op.getResult(), result);
  return success();
}

static LogicalResult buildPad(ProgramBuilder &builder, PadOp op) {
  StridedView from = builder.view(op.getInput());
  StridedView result = builder.allocate(op.getResult());
  builder.fill(result, op.getValue().convertToDouble(), op.getLoc());
  StridedView to = result;
  for (auto [axis, low, high] :
       llvm::zip(op.getAxes(), op.getLow(), op.getHigh())) {
    int64_t cutLow = std::max<int64_t>(-low, 0);
    int64_t cutHigh = std::max<int64_t>(-high, 0);
    int64_t kept = std::max<int64_t>(from.shape[axis] - cutLow - cutHigh, 0);
    from = from.sliced(axis, cutLow, kept, 1);
    to = to.sliced(axis, std::max<int64_t>(low, 0), kept, 1);
  }
  builder.copy(from, to, op.getLoc());
  builder.define(op.getResult(), result);
  return success();
}

/// Row by row: the kept columns are copied, the others are zero.
static LogicalResult buildTriangle(ProgramBuilder &builder, TriangleOp op) {
  StridedView from = builder.view(op.getInput());
  StridedView result = builder.allocate(op.getResult());
  builder.fill(result, 0, op.getLoc());
  int64_t rowDim = from.rank() - 2, columnDim = from.rank() - 1;
  int64_t columns = from.shape[columnDim];
  for (int64_t row = 0; row < from.shape[rowDim]; ++row) {
    int64_t edge = std::clamp<int64_t>(
        row + op.getDiagonal() + (op.getUpper() ? 0 : 1), 0, columns);
    int64_t start = op.getUpper() ? edge : 0;
    int64_t count = op.getUpper() ? columns - edge : edge;
    builder.copy(
        from.sliced(rowDim, row, 1, 1).sliced(columnDim, start, count, 1),
        result.sliced(rowDim, row, 1, 1).sliced(columnDim, start, count, 1),
        op.getLoc());
  }
  builder.define(op.getResult(), result);
  return success();
}

void dtc::cpu::registerSliceCpuLowerings(CpuLowerings &lowerings) {
  lowerings.build<SliceOp>(buildSlice);
  lowerings.build<SplitOp>(buildSplit);
  lowerings.build<ConcatOp>(buildConcat);
  lowerings.build<PadOp>(buildPad);
  lowerings.build<TriangleOp>(buildTriangle);
}
