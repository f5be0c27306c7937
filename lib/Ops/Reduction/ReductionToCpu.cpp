//===- ReductionToCpu.cpp - Code of reductions ----------------------------===//
//
// The reduced dimensions are brought together behind the kept ones, as a view
// where that needs no copy. A row that lies without gaps is reduced along
// itself; otherwise rows are walked side by side.
//
//===----------------------------------------------------------------------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

#include <limits>

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

namespace {

using Finish =
    std::function<Expression *(RowBuilder &, Operation *, Expression *)>;

/// The type that sums of integers are made in.
enum class Sums { Own, SixtyFourBits };

/// What happens to elements before and to the sum after, and how they combine.
struct Reduction {
  Combine combine = Combine::Sum;
  Finish before, after;
  /// Means and norms divide or take roots: they need the whole sum.
  Sums integers = Sums::Own;
};

/// A reduction brought into loops: the kept dimensions, then the reduced.
struct ReductionLoops {
  StridedView from, to;
  IndexMap map, storeMap;
  /// Kept dimensions.
  int64_t rank;
  int64_t length;
};

} // namespace

static bool isUnsignedInput(Operation *op) {
  Type element = elementOf(op->getOperand(0));
  return element.isUnsignedInteger() || element.isInteger(1);
}

static Expression *apply(const Finish &step, RowBuilder &row, Operation *op,
                         Expression *value) {
  return step ? step(row, op, value) : value;
}

/// How elements of the input's type combine: what is unsigned has another
/// order, and bools have no sum but "or".
static Combine combineOf(Combine combine, Operation *op) {
  bool isBool = elementOf(op->getOperand(0)).isInteger(1);
  if (isBool && combine == Combine::Sum)
    return Combine::MaxUnsigned;
  if (isBool && combine == Combine::Product)
    return Combine::MinUnsigned;
  if (isUnsignedInput(op) && combine == Combine::Max)
    return Combine::MaxUnsigned;
  if (isUnsignedInput(op) && combine == Combine::Min)
    return Combine::MinUnsigned;
  return combine;
}

/// An integer as 64 bits.
static Expression *widen(RowBuilder &row, Operation *op, Expression *x) {
  bool isUnsigned = isUnsignedInput(op);
  Type i64 = IntegerType::get(op->getContext(), 64);
  if (x->element == i64)
    return x;
  return row.kernel.compute(
      isUnsigned ? "widen unsigned" : "widen", i64, {x},
      [isUnsigned](const ElementBuilder &e, ValueRange v) -> Value {
        if (isUnsigned)
          return arith::ExtUIOp::create(e.builder, e.location, e.type, v[0]);
        return arith::ExtSIOp::create(e.builder, e.location, e.type, v[0]);
      });
}

/// 64 bits as the type of the result.
static Expression *narrow(RowBuilder &row, Type element, Expression *x) {
  if (x->element == element)
    return x;
  return row.kernel.compute(
      "narrow", element, {x},
      [](const ElementBuilder &e, ValueRange v) -> Value {
        if (getElementTypeOrSelf(e.type).isInteger(1))
          return arith::CmpIOp::create(e.builder, e.location,
                                       arith::CmpIPredicate::ne, v[0],
                                       e.integer(v[0].getType(), 0));
        return arith::TruncIOp::create(e.builder, e.location, e.type, v[0]);
      });
}

/// A view with kept dimensions first and all reduced ones as the last.
static StridedView keptThenReduced(ProgramBuilder &builder,
                                   const StridedView &input,
                                   ArrayRef<int64_t> dims, Location location) {
  SmallVector<int64_t> order, shape;
  int64_t reduced = 1;
  for (int64_t i = 0, e = input.rank(); i < e; ++i)
    if (!llvm::is_contained(dims, i)) {
      order.push_back(i);
      shape.push_back(input.shape[i]);
    }
  for (int64_t dim : dims) {
    order.push_back(dim);
    reduced *= input.shape[dim];
  }
  shape.push_back(reduced);
  StridedView view = input.transposed(order);
  if (auto flat = view.reshaped(shape))
    return *flat;
  StridedView copy = builder.allocate(view.shape, view.element);
  builder.copy(view, copy, location);
  return *copy.reshaped(shape);
}

/// Loops over `from`, what is reduced last, that store to `result`.
static ReductionLoops loopsOver(StridedView from, const StridedView &result) {
  ReductionLoops loops;
  loops.from = std::move(from);
  loops.length = loops.from.shape.back();
  // Over nothing, a loop around the reduction remains.
  if (loops.length == 0 && loops.from.rank() == 1)
    loops.from = *loops.from.reshaped({1, 0});
  loops.to = *result.reshaped(ArrayRef(loops.from.shape).drop_back());
  loops.rank = loops.from.rank() - 1;
  for (int64_t i = 0; i <= loops.rank; ++i)
    loops.map.push_back(DimIndex{static_cast<int>(i), 1, 0});
  loops.storeMap.assign(loops.map.begin(), loops.map.end() - 1);
  return loops;
}

static StridedView defineResult(ProgramBuilder &builder, Value output) {
  StridedView result = builder.allocate(shapeOf(output), elementOf(output));
  builder.define(output, result);
  return result;
}

static ReductionLoops loopsOf(ProgramBuilder &builder, Operation *op,
                              ArrayRef<int64_t> dims) {
  StridedView from = keptThenReduced(builder, builder.view(op->getOperand(0)),
                                     dims, op->getLoc());
  return loopsOver(from, defineResult(builder, op->getResult(0)));
}

/// What an element's computation is made from: loads, or more.
using MakeElement = std::function<Expression *(ExpressionBuilder &)>;

/// One kernel for a reduction that each result makes of `count` elements.
static void addReduction(ProgramBuilder &builder, Operation *op,
                         const Reduction &reduction,
                         const ReductionLoops &loops, int64_t count,
                         const MakeElement &makeElement = {}) {
  const StridedView &from = loops.from;
  int64_t rank = loops.rank;
  bool alongRow = loops.length != 0 && (rank == 0 || from.strides.back() == 1 ||
                                        from.strides[rank - 1] != 1);
  builder.addKernel(
      from.shape, alongRow ? rank + 1 : rank, loops.to, loops.storeMap,
      op->getLoc(), [&](ExpressionBuilder &b) {
        RowBuilder row{b.spec(), count};
        Expression *element =
            makeElement ? makeElement(b) : b.load(from, loops.map);
        Type own = element->element;
        Combine combine = reduction.combine;
        if (isa<IntegerType>(own) && reduction.integers == Sums::SixtyFourBits)
          element = widen(row, op, element);
        else
          combine = combineOf(combine, op);
        element = apply(reduction.before, row, op, element);
        Expression *sum = nullptr;
        if (alongRow) {
          sum = row.reduce(combine, element);
        } else {
          sum = b.spec().make(Expression::Kind::LoopReduce, element->element);
          sum->operands.push_back(element);
          sum->combine = combine;
          sum->reduceLoops.push_back(static_cast<int>(rank));
        }
        return narrow(row, own, apply(reduction.after, row, op, sum));
      });
}

/// Reduces some of the dimensions of a view; the rest is the result, dense.
static StridedView reduceFirst(ProgramBuilder &builder, Operation *op,
                               const Reduction &reduction,
                               const StridedView &from) {
  StridedView partial =
      builder.allocate(ArrayRef(from.shape).drop_back(), from.element);
  addReduction(builder, op, {reduction.combine, reduction.before, {}},
               loopsOver(from, partial), from.shape.back());
  return partial;
}

/// The same over one dimension of a value that is still an expression, which is
/// computed on the way. `makeResult` gives the memory of the other dimensions.
static StridedView reduceExpression(
    ProgramBuilder &builder, Operation *op, const Reduction &reduction,
    Value value, int64_t axis,
    llvm::function_ref<StridedView(ArrayRef<int64_t>)> makeResult) {
  // As the value would lie in memory.
  StridedView from = denseView(-1, shapeOf(value), elementOf(value));
  SmallVector<int64_t> order;
  for (int64_t dim = 0; dim < from.rank(); ++dim)
    if (dim != axis)
      order.push_back(dim);
  order.push_back(axis);
  from = from.transposed(order);
  IndexMap map(order.size());
  for (auto [loop, dim] : llvm::enumerate(order))
    map[dim] = DimIndex{static_cast<int>(loop), 1, 0};
  StridedView result = makeResult(ArrayRef(from.shape).drop_back());
  addReduction(builder, op, reduction, loopsOver(from, result),
               from.shape.back(),
               [&](ExpressionBuilder &b) { return b.at(value, map); });
  return result;
}

/// The last of the dimensions (ascending) that lie beside each other.
static ArrayRef<int64_t> lastRun(ArrayRef<int64_t> dims) {
  size_t begin = dims.size();
  while (begin > 0 &&
         (begin == dims.size() || dims[begin - 1] + 1 == dims[begin]))
    --begin;
  return dims.drop_front(begin);
}

/// The largest part of a long row that divides it; 0 where there is none that
/// is worth a step of its own.
static int64_t partOfRow(int64_t length) {
  constexpr int64_t longRow = int64_t(1) << 17, longest = int64_t(1) << 14,
                    shortest = int64_t(1) << 8;
  if (length < longRow)
    return 0;
  for (int64_t part = longest; part >= shortest; --part)
    if (length % part == 0)
      return part;
  return 0;
}

/// True when a value's elements are computed while they are reduced along
/// `axis`: rows are long enough for vectors.
static bool isComputedInside(ProgramBuilder &builder, Value value,
                             int64_t axis) {
  constexpr int64_t shortest = 16;
  return builder.isWaiting(value) && shapeOf(value).back() >= shortest &&
         shapeOf(value)[axis] >= 2;
}

/// 1. An operand that is still an expression is computed inside of the kernel.
/// 2. Dimensions that do not lie beside each other are reduced one run after
///    the other, without a copy that brings them together.
/// 3. What reduces everything does so by parts, whose sums keep more digits.
static LogicalResult build(ProgramBuilder &builder, Operation *op,
                           const Reduction &whole) {
  Reduction reduction = whole;
  Value input = op->getOperand(0);
  Location location = op->getLoc();
  SmallVector<int64_t> dims(
      op->getAttrOfType<DenseI64ArrayAttr>("dims").asArrayRef());
  llvm::sort(dims);
  int64_t count = 1;
  for (int64_t dim : dims)
    count *= shapeOf(input)[dim];
  Type element = elementOf(input);
  bool hasParts = (element.isF32() || element.isF64()) && !dims.empty() &&
                  numElements(shapeOf(input)) != 0;
  StridedView view;
  if (hasParts && isComputedInside(builder, input, dims.back())) {
    int64_t axis = dims.pop_back_val();
    if (dims.empty()) {
      reduceExpression(builder, op, reduction, input, axis,
                       [&](ArrayRef<int64_t>) {
                         return defineResult(builder, op->getResult(0));
                       });
      return success();
    }
    // Only kept dimensions are behind it, and move up.
    view =
        reduceExpression(builder, op, {reduction.combine, reduction.before, {}},
                         input, axis, [&](ArrayRef<int64_t> shape) {
                           return builder.allocate(shape, element);
                         });
    reduction.before = {};
  } else {
    view = builder.view(input);
  }
  while (hasParts && lastRun(dims).size() < dims.size()) {
    ArrayRef<int64_t> run = lastRun(dims);
    view = reduceFirst(builder, op, reduction,
                       keptThenReduced(builder, view, run, location));
    dims.truncate(dims.size() - run.size());
    reduction.before = {};
  }
  StridedView from = keptThenReduced(builder, view, dims, location);
  int64_t part =
      hasParts && from.rank() == 1 ? partOfRow(from.shape.back()) : 0;
  if (part != 0) {
    from = reduceFirst(builder, op, reduction,
                       *from.reshaped({from.shape.back() / part, part}));
    reduction.before = {};
  }
  StridedView result = defineResult(builder, op->getResult(0));
  addReduction(builder, op, reduction, loopsOver(from, result), count);
  return success();
}

static Reduction withCombine(Combine combine) {
  Reduction reduction;
  reduction.combine = combine;
  return reduction;
}

static Expression *square(RowBuilder &row, Operation *, Expression *x) {
  if (isa<FloatType>(x->element))
    return row.mul(x, x);
  return row.unary("square", x, [](const ElementBuilder &e, ValueRange v) {
    return arith::MulIOp::create(e.builder, e.location, v[0], v[0]).getResult();
  });
}

static Expression *absolute(RowBuilder &row, Operation *op, Expression *x) {
  if (isa<FloatType>(x->element))
    return row.abs(x);
  if (isUnsignedInput(op))
    return x;
  return row.unary("absi", x, [](const ElementBuilder &e, ValueRange v) {
    return math::AbsIOp::create(e.builder, e.location, v[0]).getResult();
  });
}

static Expression *share(RowBuilder &row, Operation *op, Expression *sum) {
  if (isa<FloatType>(sum->element))
    return row.div(sum, row.constant(sum, static_cast<double>(row.length)));
  Expression *count = row.kernel.integer(sum->element, row.length);
  // Sums of short unsigned integers fit a signed one.
  if (elementOf(op->getOperand(0)).isUnsignedInteger(64))
    return row.binary("divui", sum, count,
                      [](const ElementBuilder &e, ValueRange v) -> Value {
                        return arith::DivUIOp::create(e.builder, e.location,
                                                      v[0], v[1]);
                      });
  return row.binary(
      "divsi", sum, count, [](const ElementBuilder &e, ValueRange v) -> Value {
        return arith::DivSIOp::create(e.builder, e.location, v[0], v[1]);
      });
}

/// The root of a sum; of an integer, its whole part.
static Expression *root(RowBuilder &row, Operation *op, Expression *sum) {
  if (isa<FloatType>(sum->element))
    return row.sqrt(sum);
  bool isUnsigned = elementOf(op->getOperand(0)).isUnsignedInteger(64);
  return row.unary(
      isUnsigned ? "rootui" : "rootsi", sum,
      [isUnsigned](const ElementBuilder &e, ValueRange v) -> Value {
        OpBuilder &b = e.builder;
        Type f64 = b.getF64Type();
        if (auto vector = dyn_cast<VectorType>(e.type))
          f64 = VectorType::get(vector.getShape(), f64);
        Value real =
            isUnsigned
                ? arith::UIToFPOp::create(b, e.location, f64, v[0]).getResult()
                : arith::SIToFPOp::create(b, e.location, f64, v[0]);
        real = math::SqrtOp::create(b, e.location, real);
        return arith::FPToSIOp::create(b, e.location, e.type, real);
      });
}

static LogicalResult buildMean(ProgramBuilder &builder, ReduceMeanOp op) {
  int64_t count = 1;
  for (int64_t dim : op.getDims())
    count *= shapeOf(op.getInput())[dim];
  if (count == 0 && !isa<FloatType>(elementOf(op.getInput())))
    return op.emitOpError() << "expected a mean over at least one integer";
  return build(builder, op, {Combine::Sum, {}, share, Sums::SixtyFourBits});
}

template <typename Op>
static void add(CpuLowerings &lowerings, Reduction reduction) {
  lowerings.build<Op>([reduction](ProgramBuilder &builder, Op op) {
    return build(builder, op, reduction);
  });
  lowerings.readsElements<Op>();
}

/// The largest element to subtract before exponentials; infinities have no
/// difference.
static Expression *finiteOrZero(RowBuilder &row, Expression *largest) {
  return row.unary("finite", largest,
                   [](const ElementBuilder &e, ValueRange v) -> Value {
                     OpBuilder &b = e.builder;
                     Value size = math::AbsFOp::create(b, e.location, v[0]);
                     Value isFinite = arith::CmpFOp::create(
                         b, e.location, arith::CmpFPredicate::OLT, size,
                         e.constant(std::numeric_limits<double>::infinity()));
                     return arith::SelectOp::create(b, e.location, isFinite,
                                                    v[0], e.constant(0));
                   });
}

/// log(sum(exp(x - max))) + max needs two reductions of one row.
static LogicalResult buildLogSumExp(ProgramBuilder &builder,
                                    ReduceLogSumExpOp op) {
  if (!isa<FloatType>(elementOf(op.getInput())))
    return op.emitOpError()
           << "has no meaning on elements of type " << elementOf(op.getInput());
  ReductionLoops loops = loopsOf(builder, op, op.getDims());
  if (loops.length == 0) {
    builder.fill(loops.to, -std::numeric_limits<double>::infinity(),
                 op.getLoc());
    return success();
  }
  builder.addKernel(loops.from.shape, loops.rank + 1, loops.to, loops.storeMap,
                    op.getLoc(), [&](ExpressionBuilder &b) {
                      RowBuilder row{b.spec(), loops.length};
                      Expression *x = b.load(loops.from, loops.map);
                      Expression *largest =
                          finiteOrZero(row, row.reduce(Combine::Max, x));
                      Expression *sum = row.reduce(
                          Combine::Sum, row.exp(row.sub(x, largest)));
                      return row.add(row.log(sum), largest);
                    });
  return success();
}

/// The mean, then the squares of what differs from it: two reductions.
template <typename Op> static void addVariance(CpuLowerings &lowerings) {
  lowerings.build<Op>([](ProgramBuilder &builder, Op op) {
    ReductionLoops loops = loopsOf(builder, op, op.getDims());
    double length = static_cast<double>(loops.length);
    double divisor =
        std::max(0.0, length - static_cast<double>(op.getCorrection()));
    if (loops.length == 0) {
      builder.fill(loops.to, std::numeric_limits<double>::quiet_NaN(),
                   op.getLoc());
      return success();
    }
    builder.addKernel(
        loops.from.shape, loops.rank + 1, loops.to, loops.storeMap, op.getLoc(),
        [&](ExpressionBuilder &b) {
          RowBuilder row{b.spec(), loops.length};
          Expression *x = b.load(loops.from, loops.map);
          Expression *mean =
              row.div(row.reduce(Combine::Sum, x), row.constant(x, length));
          Expression *centred = row.sub(x, mean);
          Expression *variance =
              row.div(row.reduce(Combine::Sum, row.mul(centred, centred)),
                      row.constant(x, divisor));
          return std::is_same_v<Op, ReduceStdOp> ? row.sqrt(variance)
                                                 : variance;
        });
    return success();
  });
}

//===----------------------------------------------------------------------===//
// Positions of extremes
//===----------------------------------------------------------------------===//

static Value emitIsNan(const ElementBuilder &e, Value x) {
  return arith::CmpFOp::create(e.builder, e.location, arith::CmpFPredicate::UNO,
                               x, x);
}

/// The position where the element is the extreme (or a NaN: it wins), `none`
/// elsewhere.
static Expression *positionIfBest(RowBuilder &row, Expression *x,
                                  Expression *best, Expression *position,
                                  int64_t none) {
  return row.kernel.compute(
      "position if best" + std::to_string(none), position->element,
      {x, best, position},
      [none](const ElementBuilder &e, ValueRange v) -> Value {
        OpBuilder &b = e.builder;
        Value isBest;
        if (isa<FloatType>(getElementTypeOrSelf(v[0].getType()))) {
          Value equal = arith::CmpFOp::create(
              b, e.location, arith::CmpFPredicate::OEQ, v[0], v[1]);
          isBest =
              arith::OrIOp::create(b, e.location, equal, emitIsNan(e, v[0]));
        } else {
          isBest = arith::CmpIOp::create(b, e.location,
                                         arith::CmpIPredicate::eq, v[0], v[1]);
        }
        return arith::SelectOp::create(b, e.location, isBest, v[2],
                                       e.integer(none));
      },
      2);
}

/// The first or last position of the row's extreme.
static Expression *positionOfBest(ExpressionBuilder &b, Expression *x,
                                  Expression *best, const IndexMap &map,
                                  bool last, int64_t length) {
  RowBuilder row{b.spec(), length};
  Expression *position = b.position({map.back()});
  Expression *first =
      row.reduce(Combine::Min, positionIfBest(row, x, best, position, length));
  if (!last)
    return first;
  Expression *latest =
      row.reduce(Combine::Max, positionIfBest(row, x, best, position, -1));
  if (!isa<FloatType>(x->element))
    return latest;
  // Of several NaNs the first one counts.
  return row.kernel.compute("first nan", latest->element, {best, first, latest},
                            [](const ElementBuilder &e, ValueRange v) -> Value {
                              return arith::SelectOp::create(
                                  e.builder, e.location, emitIsNan(e, v[0]),
                                  v[1], v[2]);
                            });
}

template <typename Op>
static void addPositionOf(CpuLowerings &lowerings, Combine extreme) {
  lowerings.build<Op>([extreme](ProgramBuilder &builder,
                                Op op) -> LogicalResult {
    ReductionLoops loops = loopsOf(builder, op, {int64_t(op.getAxis())});
    if (loops.length == 0 && loops.to.size() != 0)
      return op.emitOpError()
             << "expected at least one element along dimension "
             << op.getAxis();
    builder.addKernel(loops.from.shape, loops.rank + 1, loops.to,
                      loops.storeMap, op.getLoc(), [&](ExpressionBuilder &b) {
                        RowBuilder row{b.spec(), loops.length};
                        Expression *x = b.load(loops.from, loops.map);
                        Expression *best =
                            row.reduce(combineOf(extreme, op), x);
                        return positionOfBest(b, x, best, loops.map,
                                              op.getLastIndex(), loops.length);
                      });
    return success();
  });
}

//===----------------------------------------------------------------------===//
// Running sums and products
//===----------------------------------------------------------------------===//

template <typename Op>
static LogicalResult buildRunning(ProgramBuilder &builder, Op op,
                                  Combine combine) {
  if (elementOf(op.getInput()).isInteger(1))
    return op.emitOpError() << "has no code for elements of type "
                            << elementOf(op.getInput()) << ", cast them first";
  StridedView from = builder.view(op.getInput());
  StridedView result = builder.allocate(op.getResult());
  builder.define(op.getResult(), result);
  int64_t axis = op.getAxis(), length = from.shape[axis];
  StridedView to = result;
  if (op.getReverse() && length > 0) {
    from = from.sliced(axis, length - 1, length, -1);
    to = to.sliced(axis, length - 1, length, -1);
  }
  // The summed dimension is the row.
  IndexMap map(from.rank());
  SmallVector<int64_t> loops;
  for (int64_t dim = 0; dim < from.rank(); ++dim)
    if (dim != axis) {
      map[dim].loop = loops.size();
      loops.push_back(from.shape[dim]);
    }
  map[axis].loop = loops.size();
  loops.push_back(length);
  builder.addKernel(loops, loops.size(), to, map, op.getLoc(),
                    [&](ExpressionBuilder &b) {
                      b.spec().walk = op.getExclusive() ? RowWalk::RunningBefore
                                                        : RowWalk::Running;
                      b.spec().running = combine;
                      return b.load(from, map);
                    });
  return success();
}

void dtc::cpu::registerReductionCpuLowerings(CpuLowerings &lowerings) {
  add<ReduceSumOp>(lowerings, withCombine(Combine::Sum));
  add<ReduceMaxOp>(lowerings, withCombine(Combine::Max));
  add<ReduceMinOp>(lowerings, withCombine(Combine::Min));
  add<ReduceProdOp>(lowerings, withCombine(Combine::Product));
  add<ReduceL1Op>(lowerings, {Combine::Sum, absolute, {}});
  add<ReduceSumSquareOp>(lowerings, {Combine::Sum, square, {}});
  add<ReduceL2Op>(lowerings, {Combine::Sum, square, root, Sums::SixtyFourBits});
  lowerings.build<ReduceMeanOp>(buildMean);
  lowerings.readsElements<ReduceMeanOp>();
  lowerings.build<ReduceLogSumExpOp>(buildLogSumExp);
  addVariance<ReduceVarOp>(lowerings);
  addVariance<ReduceStdOp>(lowerings);
  addPositionOf<ArgMaxOp>(lowerings, Combine::Max);
  addPositionOf<ArgMinOp>(lowerings, Combine::Min);
  lowerings.build<CumSumOp>([](ProgramBuilder &builder, CumSumOp op) {
    return buildRunning(builder, op, Combine::Sum);
  });
  lowerings.build<CumProdOp>([](ProgramBuilder &builder, CumProdOp op) {
    return buildRunning(builder, op, Combine::Product);
  });
}
