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
  StridedView result = builder.allocateJoined(op);
  int64_t start = 0;
  for (const StridedView &part : parts) {
    int64_t size = part.shape[op.getAxis()];
    StridedView to = result.sliced(op.getAxis(), start, size, 1);
    if (!(part == to))
      builder.copy(part, to, op.getLoc());
    start += size;
  }
  builder.define(op.getResult(), result);
  return success();
}

static LogicalResult buildPad(ProgramBuilder &builder, PadOp op) {
  StridedView from = builder.view(op.getInput());
  StridedView result = builder.allocate(op.getResult());
  SmallVector<int64_t> lows(from.rank(), 0), highs(from.rank(), 0);
  for (auto [axis, low, high] :
       llvm::zip(op.getAxes(), op.getLow(), op.getHigh())) {
    lows[axis] = low;
    highs[axis] = high;
  }
  builder.pad(from, lows, highs, op.getValue().convertToDouble(), result,
              op.getLoc());
  builder.define(op.getResult(), result);
  return success();
}

/// The element where column - row is on the kept side, zero elsewhere.
static Expression *triangle(ExpressionBuilder &b, TriangleOp op,
                            const IndexMap &map) {
  DimIndex row = map[map.size() - 2];
  row.step = -row.step;
  row.offset = -row.offset;
  Expression *diagonal = b.position({map.back(), row});
  Expression *x = b.at(op.getInput(), map);
  int64_t limit = op.getDiagonal();
  auto keeps =
      op.getUpper() ? arith::CmpIPredicate::sge : arith::CmpIPredicate::sle;
  std::string label =
      "triangle" + std::to_string(limit) + (op.getUpper() ? "upper" : "lower");
  return b.spec().compute(
      label, x->element, {x, diagonal},
      [limit, keeps](const ElementBuilder &e, ValueRange v) -> Value {
        Value kept = arith::CmpIOp::create(e.builder, e.location, keeps, v[1],
                                           e.integer(v[1].getType(), limit));
        return arith::SelectOp::create(e.builder, e.location, kept, v[0],
                                       e.constant(0));
      },
      2);
}

void dtc::cpu::registerSliceCpuLowerings(CpuLowerings &lowerings) {
  lowerings.build<SliceOp>(buildSlice);
  lowerings.build<SplitOp>(buildSplit);
  lowerings.build<ConcatOp>(buildConcat);
  lowerings.build<PadOp>(buildPad);
  lowerings.expression<TriangleOp>(triangle);
}
