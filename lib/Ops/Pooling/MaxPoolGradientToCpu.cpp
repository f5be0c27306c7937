//===- MaxPoolGradientToCpu.cpp - Where maxima lie, backwards -------------===//
//
// The algorithm is in the header.
//
//===----------------------------------------------------------------------===//

#include "MaxPoolGradientToCpu.h"

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
  bool isByWindows = false;

  void chooseWalk(bool isLast);

  /// Loops over remainders and quotients, and over windows.
  int64_t remainders() const { return isByWindows ? 1 : stride; }
  int64_t quotients() const {
    return isByWindows ? result : lastQuotient() - firstQuotient() + 1;
  }
  /// Windows that are looked at for a position.
  int64_t reaching() const {
    return isByWindows ? windows : ceilDiv(kernel, stride);
  }
  bool hasSpare() const { return reaching() * stride > kernel; }
  /// The window that is first in the copy, and how many there are.
  int64_t firstWindow() const {
    return isByWindows ? 0 : firstQuotient() - (reaching() - 1) * dilation;
  }
  int64_t copied() const {
    return isByWindows ? windows : lastQuotient() - firstWindow() + 1;
  }
  /// Positions before the result's first that have its quotient.
  int64_t before() const {
    return isByWindows ? 0 : padding - firstQuotient() * stride;
  }
  /// Where loops over quotients and windows lead in the copy.
  DimIndex copyOrigin(int loop) const {
    return isByWindows ? DimIndex{-1}
                       : DimIndex{loop, 1, (reaching() - 1) * dilation};
  }
  int64_t copyStep() const { return isByWindows ? 1 : -dilation; }

private:
  static int64_t ceilDiv(int64_t a, int64_t b) {
    return llvm::divideCeilSigned(a, b);
  }
  int64_t firstQuotient() const {
    return llvm::divideFloorSigned(padding, stride);
  }
  int64_t lastQuotient() const {
    return llvm::divideFloorSigned(result - 1 + padding, stride);
  }
  bool isWorthCopies() const;
};

/// The loops: batch, channel, for each dimension remainders and quotients (the
/// last one's quotients are the row), then the windows of a position.
class MaxPoolGradient {
public:
  MaxPoolGradient(ProgramBuilder &builder, MaxPoolGradientOp op);

  void build();

private:
  StridedView copy(Value value, Type element, double padding);
  Expression *narrow(ExpressionBuilder &b, Expression *place, Type type);
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
  /// Elements of the kernel where an i32 counts them, else 0.
  int64_t places = 0;
};

/// What decides whether a window's place in a dimension is the loops' own.
struct PlaceTest {
  /// The distance from the window's first position is an operand; elements of
  /// the kernel are `dilation` apart.
  int64_t kernel, dilation;
  /// What the place counts in the number, where that has to be divided.
  int64_t step;
};

} // namespace

/// Loops and copies that are few times as large as the tensors, and no more
/// work than all windows would be.
bool Dim::isWorthCopies() const {
  constexpr int64_t few = 64;
  int64_t most = 2 * (result + windows) + few, walked = quotients() * stride;
  return walked <= most && copied() <= most &&
         walked * reaching() < result * windows;
}

void Dim::chooseWalk(bool isLast) {
  constexpr int64_t shortStride = 3;
  Dim plain = *this;
  bool isShort = isLast && stride <= shortStride;
  int64_t extent = windows > 0 ? (windows - 1) * stride + 1 : 0;
  if (stride > 1 && (dilation > 1 || isShort)) {
    stretch = stride;
    stride = 1;
  }
  if (isWorthCopies()) {
    windows = stretch > 1 ? extent : windows;
    return;
  }
  *this = plain;
  isByWindows = true;
}

MaxPoolGradient::MaxPoolGradient(ProgramBuilder &builder, MaxPoolGradientOp op)
    : builder(builder), op(op) {
  int last = op.getKernel().size() - 1;
  for (int i = 0; i <= last; ++i) {
    Dim dim{op.getKernel()[i],
            op.getStrides()[i],
            op.getDilations()[i],
            op.getPadsBegin()[i],
            shapeOf(op.getGradient())[i + 2],
            shapeOf(op.getResult())[i + 2]};
    dim.chooseWalk(i == last);
    dims.push_back(dim);
  }
  int64_t count = numElements(op.getKernel());
  if (count < (int64_t(1) << 31))
    places = count;
}

/// Of a kernel with few elements the number of one; others become -1.
Expression *MaxPoolGradient::narrow(ExpressionBuilder &b, Expression *place,
                                    Type type) {
  return b.spec().compute(
      "narrow" + std::to_string(places), type, {place},
      [places = places](const ElementBuilder &e, ValueRange v) -> Value {
        // Negative numbers are huge as unsigned ones.
        Value exists = arith::CmpIOp::create(e.builder, e.location,
                                             arith::CmpIPredicate::ult, v[0],
                                             e.integer(v[0].getType(), places));
        Value number =
            arith::TruncIOp::create(e.builder, e.location, e.type, v[0]);
        return arith::SelectOp::create(e.builder, e.location, exists, number,
                                       e.integer(-1));
      },
      2);
}

/// The value of every window that is looked at, `padding` where there is none.
StridedView MaxPoolGradient::copy(Value value, Type element, double padding) {
  StridedView from = builder.view(value);
  SmallVector<int64_t> shape(from.shape);
  bool isSame = true;
  for (auto [i, dim] : llvm::enumerate(dims)) {
    isSame &= dim.firstWindow() == 0 && dim.copied() == shape[i + 2];
    shape[i + 2] = dim.copied();
  }
  if (isSame)
    return from;
  StridedView whole = builder.allocate(shape, element), to = whole;
  builder.fill(whole, padding, op.getLoc());
  for (auto [i, dim] : llvm::enumerate(dims)) {
    // The copy begins at window `first` of the stretched ones.
    int64_t first = dim.firstWindow();
    int64_t begin =
        llvm::divideCeilSigned(std::max<int64_t>(first, 0), dim.stretch);
    int64_t end = std::min(dim.windows, first + dim.copied());
    int64_t count =
        std::max<int64_t>(llvm::divideCeilSigned(end, dim.stretch) - begin, 0);
    from = from.sliced(i + 2, count ? begin : 0, count, 1);
    to = to.sliced(i + 2, count ? begin * dim.stretch - first : 0, count,
                   dim.stretch);
  }
  IndexMap map = identityMap(to.rank());
  builder.addKernel(
      to.shape, to.rank(), to, map, op.getLoc(), [&](ExpressionBuilder &b) {
        Expression *held = b.load(from, map);
        Type type = computeType(element);
        return held->element == type ? held : narrow(b, held, type);
      });
  return whole;
}

/// Where the result lies: the loops may go beyond its ends.
StridedView MaxPoolGradient::target() {
  SmallVector<int64_t> shape(shapeOf(op.getResult()));
  bool isWhole = true;
  for (auto [i, dim] : llvm::enumerate(dims)) {
    shape[i + 2] = dim.quotients() * dim.remainders();
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

/// True where the distance is a place of the kernel; adds it to `number`.
static Value emitTest(const ElementBuilder &e, const PlaceTest &test,
                      Value distance, Value &number) {
  OpBuilder &o = e.builder;
  Type type = distance.getType();
  auto compare = [&](arith::CmpIPredicate is, Value a, int64_t b) -> Value {
    return arith::CmpIOp::create(o, e.location, is, a, e.integer(type, b));
  };
  // Negative distances are huge as unsigned numbers.
  Value exists =
      compare(arith::CmpIPredicate::ult, distance, test.kernel * test.dilation);
  if (test.dilation == 1)
    return exists;
  Value dilation = e.integer(type, test.dilation);
  Value place = arith::DivSIOp::create(o, e.location, distance, dilation);
  Value back = arith::MulIOp::create(o, e.location, place, dilation);
  Value isWhole = arith::CmpIOp::create(o, e.location, arith::CmpIPredicate::eq,
                                        back, distance);
  Value part =
      arith::MulIOp::create(o, e.location, place, e.integer(type, test.step));
  number = arith::AddIOp::create(o, e.location, number, part);
  return arith::AndIOp::create(o, e.location, exists, isWhole);
}

/// The gradient where the window's place is the loops' own, else 0.
Expression *MaxPoolGradient::share(ExpressionBuilder &b, Expression *place,
                                   Expression *gradient) {
  SmallVector<Expression *> operands{place, gradient};
  SmallVector<DimIndex> number;
  SmallVector<PlaceTest, 3> tests;
  std::string label = "share";
  int64_t step = 1;
  for (int i = spatial() - 1; i >= 0; --i) {
    const Dim &dim = dims[i];
    SmallVector<DimIndex, 2> distance{{remainder(i)},
                                      {reach(i), dim.stride, 0}};
    int64_t dilation = 1;
    if (dim.isByWindows) {
      distance = {{quotient(i), 1, dim.padding}, {reach(i), -dim.stride, 0}};
      dilation = dim.dilation;
    }
    if (dim.isByWindows || dim.hasSpare()) {
      operands.push_back(b.position(distance));
      tests.push_back({dim.kernel, dilation, step});
      for (int64_t n : {dim.kernel, dilation, step})
        label += "," + std::to_string(n);
    }
    if (dilation == 1)
      for (DimIndex term : distance) {
        // Numbers of places that exist are right, others may wrap.
        term.step = uint64_t(term.step) * uint64_t(step);
        term.offset = uint64_t(term.offset) * uint64_t(step);
        number.push_back(term);
      }
    step *= dim.kernel;
  }
  operands.push_back(b.position(number));
  return b.spec().compute(
      label, gradient->element, operands,
      [tests](const ElementBuilder &e, ValueRange v) -> Value {
        OpBuilder &o = e.builder;
        Value own = v.back(), isHere;
        for (auto [test, distance] : llvm::zip(tests, v.drop_front(2))) {
          Value exists = emitTest(e, test, distance, own);
          isHere = isHere ? arith::AndIOp::create(o, e.location, isHere, exists)
                                .getResult()
                          : exists;
        }
        if (own.getType() != v[0].getType())
          own = arith::TruncIOp::create(o, e.location, v[0].getType(), own);
        Value isOwn = arith::CmpIOp::create(
            o, e.location, arith::CmpIPredicate::eq, v[0], own);
        if (isHere)
          isOwn = arith::AndIOp::create(o, e.location, isOwn, isHere);
        return arith::SelectOp::create(o, e.location, isOwn, v[1],
                                       e.constant(0));
      },
      2);
}

void MaxPoolGradient::build() {
  ArrayRef<int64_t> shape = shapeOf(op.getResult());
  if (numElements(shape) == 0 || numElements(shapeOf(op.getGradient())) == 0) {
    StridedView result = builder.allocate(op.getResult());
    builder.fill(result, 0, op.getLoc());
    builder.define(op.getResult(), result);
    return;
  }
  auto i32 = IntegerType::get(op.getContext(), 32);
  StridedView numbers =
      copy(op.getPlaces(), places ? Type(i32) : elementOf(op.getPlaces()), -1);
  StridedView gradient = copy(op.getGradient(), elementOf(op.getGradient()), 0);
  StridedView store = target();

  SmallVector<int64_t> loops{shape[0], shape[1]};
  for (const Dim &dim : dims)
    loops.append({dim.remainders(), dim.quotients()});
  for (const Dim &dim : dims)
    loops.push_back(dim.reaching());
  // The result seen with a dimension for the remainder, behind the others; the
  // windows with one for those that are looked at.
  IndexMap storeMap{DimIndex{0}, DimIndex{1}}, windowMap = storeMap;
  for (auto [i, dim] : llvm::enumerate(dims)) {
    int64_t stride = store.strides[i + 2];
    store.shape.push_back(dim.remainders());
    store.strides.push_back(stride);
    store.strides[i + 2] = stride * dim.remainders();
    storeMap.push_back(DimIndex{quotient(i)});
    windowMap.push_back(dim.copyOrigin(quotient(i)));
  }
  for (auto [i, dim] : llvm::enumerate(dims)) {
    storeMap.push_back(DimIndex{remainder(i)});
    windowMap.push_back(DimIndex{reach(i)});
    for (StridedView *view : {&numbers, &gradient}) {
      view->shape.push_back(dim.reaching());
      view->strides.push_back(dim.copyStep() * view->strides[i + 2]);
    }
  }
  builder.addKernel(loops, 2 + 2 * spatial(), store, storeMap, op.getLoc(),
                    [&](ExpressionBuilder &b) {
                      Expression *element = share(b, b.load(numbers, windowMap),
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
