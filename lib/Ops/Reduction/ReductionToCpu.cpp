//===- ReductionToCpu.cpp - Code of reductions ----------------------------===//
//
// The reduced dimensions are brought together behind the kept ones, as a view
// where that needs no copy. A row that lies without gaps is reduced along
// itself; otherwise rows are walked side by side.
//
//===----------------------------------------------------------------------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

namespace {

/// What happens to elements before and to the sum after, and how they combine.
struct Reduction {
  Combine combine = Combine::Sum;
  std::function<Expression *(RowBuilder &, Expression *)> before;
  std::function<Expression *(RowBuilder &, Expression *)> after;
};

} // namespace

static Expression *
apply(const std::function<Expression *(RowBuilder &, Expression *)> &step,
      RowBuilder &row, Expression *value) {
  return step ? step(row, value) : value;
}

/// The input with kept dimensions first and all reduced ones as the last.
static StridedView keptThenReduced(ProgramBuilder &builder, Value input,
                                   ArrayRef<int64_t> dims) {
  SmallVector<int64_t> order, shape;
  ArrayRef<int64_t> full = shapeOf(input);
  int64_t reduced = 1;
  for (int64_t i = 0, e = full.size(); i < e; ++i)
    if (!llvm::is_contained(dims, i)) {
      order.push_back(i);
      shape.push_back(full[i]);
    }
  for (int64_t dim : dims) {
    order.push_back(dim);
    reduced *= full[dim];
  }
  shape.push_back(reduced);
  StridedView view = builder.view(input).transposed(order);
  if (auto flat = view.reshaped(shape))
    return *flat;
  StridedView copy = builder.allocate(view.shape, view.element);
  builder.copy(view, copy, input.getLoc());
  return *copy.reshaped(shape);
}

static LogicalResult build(ProgramBuilder &builder, Operation *op,
                           const Reduction &reduction) {
  Value input = op->getOperand(0), output = op->getResult(0);
  if (elementOf(input).isInteger(1))
    return op->emitOpError() << "of bool elements has no code for processors "
                                "yet, cast them first";
  auto dims = op->getAttrOfType<DenseI64ArrayAttr>("dims").asArrayRef();
  StridedView from = keptThenReduced(builder, input, dims);
  StridedView result = builder.allocate(shapeOf(output), elementOf(output));
  builder.define(output, result);
  SmallVector<int64_t> kept(from.shape.begin(), from.shape.end() - 1);
  StridedView to = *result.reshaped(kept);
  int64_t rank = kept.size();
  IndexMap map, storeMap;
  for (int64_t i = 0; i <= rank; ++i)
    map.push_back(DimIndex{static_cast<int>(i), 1, 0});
  storeMap.assign(map.begin(), map.end() - 1);
  int64_t length = from.shape.back();
  bool alongRow =
      rank == 0 || from.strides.back() == 1 || from.strides[rank - 1] != 1;
  builder.addKernel(
      from.shape, alongRow ? rank + 1 : rank, to, storeMap, op->getLoc(),
      [&](ExpressionBuilder &b) {
        RowBuilder row{b.spec(), length};
        Expression *element = apply(reduction.before, row, b.load(from, map));
        Expression *sum = nullptr;
        if (alongRow) {
          sum = row.reduce(reduction.combine, element);
        } else {
          sum = b.spec().make(Expression::Kind::LoopReduce, element->element);
          sum->operands.push_back(element);
          sum->combine = reduction.combine;
          sum->reduceLoops.push_back(static_cast<int>(rank));
        }
        return apply(reduction.after, row, sum);
      });
  return success();
}

static Reduction withCombine(Combine combine) {
  Reduction reduction;
  reduction.combine = combine;
  return reduction;
}

static Expression *square(RowBuilder &row, Expression *x) {
  if (isa<FloatType>(x->element))
    return row.mul(x, x);
  return row.unary("square", x, [](const ElementBuilder &e, ValueRange v) {
    return arith::MulIOp::create(e.builder, e.location, v[0], v[0]).getResult();
  });
}

static Expression *absolute(RowBuilder &row, Expression *x) {
  if (isa<FloatType>(x->element))
    return row.abs(x);
  return row.unary("absi", x, [](const ElementBuilder &e, ValueRange v) {
    return math::AbsIOp::create(e.builder, e.location, v[0]).getResult();
  });
}

static Expression *share(RowBuilder &row, Expression *sum) {
  if (isa<FloatType>(sum->element))
    return row.div(sum, row.constant(sum, static_cast<double>(row.length)));
  return row.binary("divi", sum, row.constant(sum, row.length),
                    [](const ElementBuilder &e, ValueRange v) {
                      return arith::DivSIOp::create(e.builder, e.location, v[0],
                                                    v[1])
                          .getResult();
                    });
}

template <typename Op>
static void add(CpuLowerings &lowerings, Reduction reduction) {
  lowerings.build<Op>([reduction](ProgramBuilder &builder, Op op) {
    return build(builder, op, reduction);
  });
}

/// log(sum(exp(x - max))) + max needs two reductions of one row.
static LogicalResult buildLogSumExp(ProgramBuilder &builder,
                                    ReduceLogSumExpOp op) {
  StridedView from = keptThenReduced(builder, op.getInput(), op.getDims());
  StridedView result =
      builder.allocate(shapeOf(op.getResult()), elementOf(op.getResult()));
  builder.define(op.getResult(), result);
  SmallVector<int64_t> kept(from.shape.begin(), from.shape.end() - 1);
  IndexMap map;
  for (int64_t i = 0; i < from.rank(); ++i)
    map.push_back(DimIndex{static_cast<int>(i), 1, 0});
  builder.addKernel(from.shape, from.rank(), *result.reshaped(kept),
                    IndexMap(map.begin(), map.end() - 1), op.getLoc(),
                    [&](ExpressionBuilder &b) {
                      RowBuilder row{b.spec(), from.shape.back()};
                      Expression *x = b.load(from, map);
                      Expression *largest = row.reduce(Combine::Max, x);
                      Expression *sum = row.reduce(
                          Combine::Sum, row.exp(row.sub(x, largest)));
                      return row.add(row.log(sum), largest);
                    });
  return success();
}

void dtc::cpu::registerReductionCpuLowerings(CpuLowerings &lowerings) {
  add<ReduceSumOp>(lowerings, withCombine(Combine::Sum));
  add<ReduceMaxOp>(lowerings, withCombine(Combine::Max));
  add<ReduceMinOp>(lowerings, withCombine(Combine::Min));
  add<ReduceProdOp>(lowerings, withCombine(Combine::Product));
  add<ReduceMeanOp>(lowerings, {Combine::Sum, {}, share});
  add<ReduceL1Op>(lowerings, {Combine::Sum, absolute, {}});
  add<ReduceSumSquareOp>(lowerings, {Combine::Sum, square, {}});
  add<ReduceL2Op>(lowerings,
                  {Combine::Sum, square, [](RowBuilder &row, Expression *sum) {
                     return row.sqrt(sum);
                   }});
  lowerings.build<ReduceLogSumExpOp>(buildLogSumExp);
}
