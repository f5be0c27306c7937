//===- MaxPoolGradientToCpu.cpp - Where maxima lie, backwards -------------===//
//
// The algorithm is in the header.
//
//===----------------------------------------------------------------------===//

#include "MaxPoolGradientToCpu.h"

#include "dtc/IR/ProgramLimits.h"
#include "dtc/IR/ShapeInference.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

namespace {

/// One spatial dimension.
struct Dim {
  int64_t kernel, stride, dilation, padding;
  int64_t windows, result; ///< extents
  /// The stride of the windows in the padded copy.
  int64_t stretch = 1;

  void stretchWindows() {
    stretch = stride;
    stride = 1;
    windows = windows > 0 ? (windows - 1) * stretch + 1 : 0;
  }
  /// Windows that reach a position with one remainder.
  int64_t reaching() const { return llvm::divideCeil(kernel, stride); }
  bool hasSpare() const { return reaching() * stride > kernel; }
  int64_t firstQuotient() const {
    return llvm::divideFloorSigned(padding, stride);
  }
  int64_t lastQuotient() const {
    return llvm::divideFloorSigned(result - 1 + padding, stride);
  }
  int64_t quotients() const { return lastQuotient() - firstQuotient() + 1; }
  /// The window that is first in the padded copy, and how many there are.
  int64_t firstWindow() const {
    return firstQuotient() - (reaching() - 1) * dilation;
  }
  int64_t padded() const { return lastQuotient() - firstWindow() + 1; }
  /// Positions before the result's first that have its quotient.
  int64_t before() const { return padding - firstQuotient() * stride; }
};

/// The loops: batch, channel, for each dimension remainders and quotients (the
/// last one's quotients are the row), then the windows that reach a position.
class MaxPoolGradient {
public:
  MaxPoolGradient(ProgramBuilder &builder, MaxPoolGradientOp op);

  void build();

private:
  StridedView padded(Value value, Type element, double padding);
  StridedView target();
  Expression *share(ExpressionBuilder &b, Expression *place,
                    Expression *gradient);
  int spatial() const { return dims.size(); }
  int remainder(int dim) const { return 2 + 2 * dim; }
  int quotient(int dim) const { return 3 + 2 * dim; }
  int reach(int dim) const { return 2 + 2 * spatial() + dim; }

  ProgramBuilder &builder;
  MaxPoolGradientOp op;
  SmallVector<Dim, 3> dims;
};

} // namespace

MaxPoolGradient::MaxPoolGradient(ProgramBuilder &builder, MaxPoolGradientOp op)
    : builder(builder), op(op) {
  constexpr int64_t shortStride = 3;
  int last = op.getKernel().size() - 1;
  for (int i = 0; i <= last; ++i) {
    Dim dim{op.getKernel()[i],
            op.getStrides()[i],
            op.getDilations()[i],
            op.getPadsBegin()[i],
            shapeOf(op.getGradient())[i + 2],
            shapeOf(op.getResult())[i + 2]};
    // One window reaches every position once, whatever its stride.
    if (dim.windows == 1 && dim.dilation == 1)
      dim.stride = dim.kernel;
    bool isShort = i == last && dim.stride <= shortStride;
    if (dim.stride > 1 && (dim.dilation > 1 || isShort))
      dim.stretchWindows();
    dims.push_back(dim);
  }
}

/// The value of every window that is asked for, `padding` where there is none.
StridedView MaxPoolGradient::padded(Value value, Type element, double padding) {
  StridedView from = builder.view(value);
  SmallVector<int64_t> shape(from.shape);
  for (auto [i, dim] : llvm::enumerate(dims))
    shape[i + 2] = dim.padded();
  StridedView whole = builder.allocate(shape, element), to = whole;
  builder.fill(whole, padding, op.getLoc());
  for (auto [i, dim] : llvm::enumerate(dims)) {
    // The copy begins at window `first` of the stretched ones.
    int64_t first = dim.firstWindow();
    int64_t begin = llvm::divideCeil(std::max<int64_t>(first, 0), dim.stretch);
    int64_t end = std::min(dim.windows, first + dim.padded());
    int64_t count =
        std::max<int64_t>(llvm::divideCeilSigned(end, dim.stretch) - begin, 0);
    from = from.sliced(i + 2, count ? begin : 0, count, 1);
    to = to.sliced(i + 2, count ? begin * dim.stretch - first : 0, count,
                   dim.stretch);
  }
  IndexMap map = identityMap(to.rank());
  builder.addKernel(to.shape, to.rank(), to, map, op.getLoc(),
                    [&](ExpressionBuilder &b) {
                      Expression *held = b.load(from, map);
                      Type type = computeType(element);
                      if (held->element == type)
                        return held;
                      return b.spec().compute(
                          "narrow", type, {held},
                          [](const ElementBuilder &e, ValueRange v) -> Value {
                            return arith::TruncIOp::create(
                                e.builder, e.location, e.type, v[0]);
                          });
                    });
  return whole;
}

/// Where the result lies: the loops may go beyond its ends.
StridedView MaxPoolGradient::target() {
  SmallVector<int64_t> shape(shapeOf(op.getResult()));
  bool isWhole = true;
  for (auto [i, dim] : llvm::enumerate(dims)) {
    shape[i + 2] = dim.quotients() * dim.stride;
    isWhole &= shape[i + 2] == dim.result;
  }
  StridedView whole = isWhole
                          ? builder.allocate(op.getResult())
                          : builder.allocate(shape, elementOf(op.getResult()));
  StridedView result = whole;
  for (auto [i, dim] : llvm::enumerate(dims))
    result = result.sliced(i + 2, dim.before(), dim.result, 1);
  builder.define(op.getResult(), result);
  return whole;
}

/// The gradient where the window's place is the loops' own, else 0.
Expression *MaxPoolGradient::share(ExpressionBuilder &b, Expression *place,
                                   Expression *gradient) {
  SmallVector<Expression *> operands{place, gradient};
  SmallVector<DimIndex> number;
  SmallVector<int64_t> limits;
  std::string label = "share";
  int64_t step = 1;
  for (int i = spatial() - 1; i >= 0; --i) {
    DimIndex remainders{remainder(i)}, windows{reach(i), dims[i].stride, 0};
    if (dims[i].hasSpare()) {
      operands.push_back(b.position({remainders, windows}));
      limits.push_back(dims[i].kernel);
      label += "," + std::to_string(dims[i].kernel);
    }
    remainders.step = step;
    windows.step *= step;
    number.append({remainders, windows});
    step *= dims[i].kernel;
  }
  operands.push_back(b.position(number));
  return b.spec().compute(
      label, gradient->element, operands,
      [limits](const ElementBuilder &e, ValueRange v) -> Value {
        OpBuilder &o = e.builder;
        Value own = v.back();
        if (own.getType() != v[0].getType())
          own = arith::TruncIOp::create(o, e.location, v[0].getType(), own);
        Value isHere = arith::CmpIOp::create(
            o, e.location, arith::CmpIPredicate::eq, v[0], own);
        for (auto [limit, place] : llvm::zip(limits, v.drop_front(2))) {
          Value exists =
              arith::CmpIOp::create(o, e.location, arith::CmpIPredicate::slt,
                                    place, e.integer(place.getType(), limit));
          isHere = arith::AndIOp::create(o, e.location, isHere, exists);
        }
        return arith::SelectOp::create(o, e.location, isHere, v[1],
                                       e.constant(0));
      },
      2);
}

void MaxPoolGradient::build() {
  ArrayRef<int64_t> shape = shapeOf(op.getResult());
  auto i32 = IntegerType::get(op.getContext(), 32);
  auto count = countElements(op.getKernel());
  bool fits = count && *count < (int64_t(1) << 31);
  StridedView places =
      padded(op.getPlaces(), fits ? Type(i32) : elementOf(op.getPlaces()), -1);
  StridedView gradient =
      padded(op.getGradient(), elementOf(op.getGradient()), 0);
  StridedView store = target();

  SmallVector<int64_t> loops{shape[0], shape[1]};
  for (const Dim &dim : dims)
    loops.append({dim.stride, dim.quotients()});
  for (const Dim &dim : dims)
    loops.push_back(dim.reaching());
  // The result seen with a dimension for the remainder, behind the others; the
  // windows with one for those that reach a position, the last one first.
  IndexMap storeMap{DimIndex{0}, DimIndex{1}}, windowMap = storeMap;
  for (auto [i, dim] : llvm::enumerate(dims)) {
    int64_t stride = store.strides[i + 2];
    store.shape.push_back(dim.stride);
    store.strides.push_back(stride);
    store.strides[i + 2] = stride * dim.stride;
    storeMap.push_back(DimIndex{quotient(i)});
    windowMap.push_back(
        DimIndex{quotient(i), 1, (dim.reaching() - 1) * dim.dilation});
  }
  for (auto [i, dim] : llvm::enumerate(dims)) {
    storeMap.push_back(DimIndex{remainder(i)});
    windowMap.push_back(DimIndex{reach(i)});
    for (StridedView *view : {&places, &gradient}) {
      view->shape.push_back(dim.reaching());
      view->strides.push_back(-dim.dilation * view->strides[i + 2]);
    }
  }
  builder.addKernel(loops, 2 + 2 * spatial(), store, storeMap, op.getLoc(),
                    [&](ExpressionBuilder &b) {
                      Expression *element = share(b, b.load(places, windowMap),
                                                  b.load(gradient, windowMap));
                      Expression *sum = b.spec().make(
                          Expression::Kind::LoopReduce, element->element);
                      sum->operands.push_back(element);
                      sum->combine = Combine::Sum;
                      for (int i = 0; i < spatial(); ++i)
                        sum->reduceLoops.push_back(reach(i));
                      return sum;
                    });
}

LogicalResult dtc::cpu::buildMaxPoolGradient(ProgramBuilder &builder,
                                             MaxPoolGradientOp op) {
  MaxPoolGradient(builder, op).build();
  return success();
}
