//===- PoolingToCpu.cpp - Code of pools -----------------------------------===//
//
// A pool is a kernel over [n, c, position...] that reduces over [window...]:
// the input, with padding that changes nothing, is seen with a dimension for
// the position and one for the place in the window.
// Windows that overlap in several dimensions are reduced one dimension after
// the other (PoolLinesToCpu.h).
//
//===----------------------------------------------------------------------===//

#include "MaxPoolGradientToCpu.h"
#include "PoolLinesToCpu.h"

#include "dtc/IR/ShapeInference.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

template <typename Op>
static StridedView padInput(ProgramBuilder &builder, Op op, double value) {
  StridedView input = builder.view(op.getInput());
  SmallVector<int64_t> low{0, 0}, high{0, 0};
  llvm::append_range(low, op.getPadsBegin());
  llvm::append_range(high, op.getPadsEnd());
  auto isZero = [](int64_t n) { return n == 0; };
  if (llvm::all_of(low, isZero) && llvm::all_of(high, isZero))
    return input;
  SmallVector<int64_t> shape(input.shape);
  for (auto [extent, before, after] : llvm::zip(shape, low, high))
    extent += before + after;
  StridedView padded = builder.allocate(shape, input.element);
  builder.pad(input, low, high, value, padded, op.getLoc());
  return padded;
}

/// `padding` is what positions outside of the input hold.
template <typename Op>
static PoolLoops loopsOf(ProgramBuilder &builder, Op op, double padding) {
  PoolLoops loops;
  loops.windows = padInput(builder, op, padding);
  loops.extents.assign(shapeOf(op.getResult()).begin(),
                       shapeOf(op.getResult()).end());
  loops.parallel = loops.extents.size();
  loops.spatial = loops.parallel - 2;
  for (int i = 0; i < loops.parallel; ++i)
    loops.resultMap.push_back(DimIndex{i});
  loops.inputMap = loops.resultMap;
  for (int i = 0; i < loops.spatial; ++i) {
    int64_t stride = loops.windows.strides[2 + i];
    loops.extents.push_back(op.getKernel()[i]);
    loops.windows.shape.push_back(op.getKernel()[i]);
    loops.windows.strides.push_back(stride * op.getDilations()[i]);
    loops.windows.shape[2 + i] = loops.extents[2 + i];
    loops.windows.strides[2 + i] = stride * op.getStrides()[i];
    loops.inputMap.push_back(DimIndex{loops.window(i)});
  }
  return loops;
}

template <typename Op> static PoolWindow windowOf(Op op) {
  return {shapeOf(op.getInput()), shapeOf(op.getResult()), op.getKernel(),
          op.getStrides(),        op.getDilations(),       op.getPadsBegin(),
          op.getPadsEnd()};
}

/// Windows that overlap much are reduced line by line; where padding cuts many
/// of them, from a padded copy.
template <typename Op>
static PoolLoops fastLoopsOf(ProgramBuilder &builder, Op op, Combine combine,
                             double padding) {
  PoolWindow window = windowOf(op);
  PoolReduction reduction{combine, padding, op.getLoc()};
  if (reducesLines(window))
    return lineLoopsOf(builder, builder.view(op.getInput()), window, reduction);
  SmallVector<int64_t> shape(window.input), none(window.spatial(), 0);
  for (int i = 0; i < window.spatial(); ++i)
    shape[i + 2] += window.padsBegin[i] + window.padsEnd[i];
  PoolWindow padded = window;
  padded.input = shape;
  padded.padsBegin = padded.padsEnd = none;
  if (!reducesLines(padded))
    return loopsOf(builder, op, padding);
  return lineLoopsOf(builder, padInput(builder, op, padding), padded,
                     reduction);
}

static Expression *reduceWindow(ExpressionBuilder &b, const PoolLoops &loops,
                                Combine combine, Expression *element) {
  Expression *result =
      b.spec().make(Expression::Kind::LoopReduce, element->element);
  result->operands.push_back(element);
  result->combine = combine;
  for (int i = 0; i < loops.spatial; ++i)
    result->reduceLoops.push_back(loops.window(i));
  return result;
}

//===----------------------------------------------------------------------===//
// Maxima
//===----------------------------------------------------------------------===//

/// What orders elements of a type, and what is below all of them.
struct Order {
  Combine combine;
  double lowest;
};

static Order orderOf(Type element) {
  if (isa<FloatType>(element))
    return {Combine::Max, -std::numeric_limits<double>::infinity()};
  if (element.isUnsignedInteger() || element.isInteger(1))
    return {Combine::MaxUnsigned, 0};
  unsigned width = element.getIntOrFloatBitWidth();
  return {Combine::Max, -std::ldexp(1.0, static_cast<int>(width) - 1)};
}

/// Stores the maximum of each window.
template <typename Op>
static void storeMaxima(ProgramBuilder &builder, Op op, const PoolLoops &loops,
                        const StridedView &to) {
  Combine combine = orderOf(elementOf(op.getInput())).combine;
  builder.addKernel(loops.extents, loops.parallel, to, loops.resultMap,
                    op.getLoc(), [&](ExpressionBuilder &b) {
                      return reduceWindow(
                          b, loops, combine,
                          b.load(loops.windows, loops.inputMap));
                    });
}

static LogicalResult buildMaxPool(ProgramBuilder &builder, MaxPoolOp op) {
  Order order = orderOf(elementOf(op.getInput()));
  PoolLoops loops = fastLoopsOf(builder, op, order.combine, order.lowest);
  StridedView result =
      builder.allocate(shapeOf(op.getResult()), elementOf(op.getResult()));
  builder.define(op.getResult(), result);
  storeMaxima(builder, op, loops, result);
  return success();
}

//===----------------------------------------------------------------------===//
// Places of maxima
//===----------------------------------------------------------------------===//

/// `number` where the element is the window's maximum, or a NaN, and its
/// positions lie in the input; `none` elsewhere.
static Expression *numberIfBest(ExpressionBuilder &b, ArgMaxPoolOp op,
                                const PoolLoops &loops, Expression *x,
                                Expression *best, int64_t none) {
  SmallVector<int64_t> extents(shapeOf(op.getInput()).drop_front(2));
  SmallVector<Expression *> operands{x, best};
  SmallVector<DimIndex> number;
  int64_t step = 1;
  for (int i = loops.spatial - 1; i >= 0; --i) {
    number.push_back(DimIndex{loops.window(i), step, 0});
    step *= op.getKernel()[i];
  }
  operands.push_back(b.position(number));
  std::string label = "number if best" + std::to_string(none);
  for (int i = 0; i < loops.spatial; ++i) {
    operands.push_back(
        b.position({DimIndex{2 + i, op.getStrides()[i], -op.getPadsBegin()[i]},
                    DimIndex{loops.window(i), op.getDilations()[i], 0}}));
    label += "," + std::to_string(extents[i]);
  }
  Type i64 = operands[2]->element;
  return b.spec().compute(
      label, i64, operands,
      [none, extents](const ElementBuilder &e, ValueRange v) -> Value {
        OpBuilder &o = e.builder;
        Value isBest;
        if (isa<FloatType>(getElementTypeOrSelf(v[0].getType()))) {
          // Where the maximum is a NaN, the NaNs are.
          auto test = [&](arith::CmpFPredicate is, Value a, Value b) -> Value {
            return arith::CmpFOp::create(o, e.location, is, a, b);
          };
          Value equal = test(arith::CmpFPredicate::OEQ, v[0], v[1]);
          Value isNan = test(arith::CmpFPredicate::UNO, v[0], v[0]);
          isBest = arith::OrIOp::create(o, e.location, equal, isNan);
        } else {
          isBest = arith::CmpIOp::create(o, e.location,
                                         arith::CmpIPredicate::eq, v[0], v[1]);
        }
        for (auto [extent, position] : llvm::zip(extents, v.drop_front(3))) {
          // Negative positions are huge as unsigned numbers.
          Value inside = arith::CmpIOp::create(
              o, e.location, arith::CmpIPredicate::ult, position,
              e.integer(position.getType(), extent));
          isBest = arith::AndIOp::create(o, e.location, isBest, inside);
        }
        return arith::SelectOp::create(o, e.location, isBest, v[2],
                                       e.integer(none));
      },
      3);
}

/// First all maxima, then the first place of each.
static LogicalResult buildArgMaxPool(ProgramBuilder &builder, ArgMaxPoolOp op) {
  Type element = elementOf(op.getInput());
  PoolLoops loops = loopsOf(builder, op, orderOf(element).lowest);
  StridedView maxima = builder.allocate(shapeOf(op.getResult()), element);
  storeMaxima(builder, op, loops, maxima);
  StridedView result =
      builder.allocate(shapeOf(op.getResult()), elementOf(op.getResult()));
  builder.define(op.getResult(), result);
  int64_t none = 1;
  for (int64_t extent : op.getKernel())
    none *= extent;
  builder.addKernel(
      loops.extents, loops.parallel, result, loops.resultMap, op.getLoc(),
      [&](ExpressionBuilder &b) {
        Expression *place =
            numberIfBest(b, op, loops, b.load(loops.windows, loops.inputMap),
                         b.load(maxima, loops.resultMap), none);
        Expression *first = reduceWindow(b, loops, Combine::Min, place);
        return b.spec().compute(
            "place" + std::to_string(none), first->element, {first},
            [none](const ElementBuilder &e, ValueRange v) -> Value {
              Value isNone = arith::CmpIOp::create(
                  e.builder, e.location, arith::CmpIPredicate::eq, v[0],
                  e.integer(v[0].getType(), none));
              return arith::SelectOp::create(e.builder, e.location, isNone,
                                             e.integer(0), v[0]);
            });
      });
  return success();
}

//===----------------------------------------------------------------------===//
// Sums and means
//===----------------------------------------------------------------------===//

namespace {

/// Which positions of a dimension count, and how a window walks them.
struct CountedDim {
  int64_t kernel, dilation, begin, end;
};

} // namespace

/// The number of a window's positions in [begin, end); `start` is its first.
static Value emitCount(const ElementBuilder &e, Value start,
                       const CountedDim &dim) {
  OpBuilder &o = e.builder;
  Type type = start.getType();
  auto number = [&](int64_t n) { return e.integer(type, n); };
  // The first k with start + k * dilation >= begin, and the first with >= end.
  auto firstAtLeast = [&](int64_t bound) -> Value {
    Value distance = arith::SubIOp::create(o, e.location, number(bound), start);
    distance = arith::MaxSIOp::create(o, e.location, distance, number(0));
    if (dim.dilation != 1) {
      distance = arith::AddIOp::create(o, e.location, distance,
                                       number(dim.dilation - 1));
      distance =
          arith::DivSIOp::create(o, e.location, distance, number(dim.dilation));
    }
    return arith::MinSIOp::create(o, e.location, distance, number(dim.kernel));
  };
  return arith::SubIOp::create(o, e.location, firstAtLeast(dim.end),
                               firstAtLeast(dim.begin));
}

/// The number of counted positions as a number of the sum's type.
static Expression *countOf(ExpressionBuilder &b, AveragePoolOp op,
                           Expression *sum) {
  SmallVector<CountedDim> dims;
  SmallVector<Expression *> starts;
  std::string label = "count";
  ArrayRef<int64_t> extents = shapeOf(op.getInput()).drop_front(2);
  for (int i = 0, spatial = extents.size(); i < spatial; ++i) {
    CountedDim dim{op.getKernel()[i], op.getDilations()[i],
                   -op.getCountedBegin()[i],
                   extents[i] + op.getCountedEnd()[i]};
    starts.push_back(b.position(
        {DimIndex{2 + i, op.getStrides()[i], -op.getPadsBegin()[i]}}));
    for (int64_t n : {dim.kernel, dim.dilation, dim.begin, dim.end})
      label += "," + std::to_string(n);
    dims.push_back(dim);
  }
  return b.spec().compute(
      label, sum->element, starts,
      [dims](const ElementBuilder &e, ValueRange v) -> Value {
        Value count;
        for (auto [dim, start] : llvm::zip(dims, v)) {
          Value own = emitCount(e, start, dim);
          count = count
                      ? arith::MulIOp::create(e.builder, e.location, count, own)
                            .getResult()
                      : own;
        }
        return arith::SIToFPOp::create(e.builder, e.location, e.type, count);
      },
      6);
}

/// True when every window counts all of its positions.
static bool countsAll(AveragePoolOp op) {
  ArrayRef<int64_t> extents = shapeOf(op.getInput()).drop_front(2);
  for (size_t i = 0; i < extents.size(); ++i) {
    int64_t last = (shapeOf(op.getResult())[i + 2] - 1) * op.getStrides()[i] -
                   op.getPadsBegin()[i] +
                   op.getDilations()[i] * (op.getKernel()[i] - 1);
    if (op.getPadsBegin()[i] > op.getCountedBegin()[i] ||
        last >= extents[i] + op.getCountedEnd()[i])
      return false;
  }
  return true;
}

template <typename Op, typename Finish>
static LogicalResult buildSum(ProgramBuilder &builder, Op op, Finish finish) {
  // Narrow floats would be rounded in between.
  Type element = elementOf(op.getInput());
  bool isExact = !element.isF16() && !element.isBF16();
  PoolLoops loops = isExact ? fastLoopsOf(builder, op, Combine::Sum, 0)
                            : loopsOf(builder, op, 0);
  StridedView result =
      builder.allocate(shapeOf(op.getResult()), elementOf(op.getResult()));
  builder.define(op.getResult(), result);
  builder.addKernel(loops.extents, loops.parallel, result, loops.resultMap,
                    op.getLoc(), [&](ExpressionBuilder &b) {
                      Expression *sum =
                          reduceWindow(b, loops, Combine::Sum,
                                       b.load(loops.windows, loops.inputMap));
                      return finish(b, loops, sum);
                    });
  return success();
}

static LogicalResult buildSumPool(ProgramBuilder &builder, SumPoolOp op) {
  return buildSum(builder, op,
                  [](ExpressionBuilder &, const PoolLoops &, Expression *sum) {
                    return sum;
                  });
}

static LogicalResult buildAveragePool(ProgramBuilder &builder,
                                      AveragePoolOp op) {
  return buildSum(
      builder, op,
      [&](ExpressionBuilder &b, const PoolLoops &loops, Expression *sum) {
        RowBuilder row{b.spec(), 1};
        if (!countsAll(op))
          return row.div(sum, countOf(b, op, sum));
        double count = 1;
        for (int64_t extent : op.getKernel())
          count *= static_cast<double>(extent);
        return row.div(sum, row.constant(sum, count));
      });
}

void dtc::cpu::registerPoolingCpuLowerings(CpuLowerings &lowerings) {
  lowerings.build<MaxPoolOp>(buildMaxPool);
  lowerings.build<ArgMaxPoolOp>(buildArgMaxPool);
  lowerings.build<MaxPoolGradientOp>(buildMaxPoolGradient);
  lowerings.build<SumPoolOp>(buildSumPool);
  lowerings.build<AveragePoolOp>(buildAveragePool);
}
