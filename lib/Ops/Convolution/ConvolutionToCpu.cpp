//===- ConvolutionToCpu.cpp - Code of convolutions ------------------------===//
//
// 1. Convolutions and gradients of weights become primitives.
// 2. Those that the primitives do not compute (f16, f64, windows that lie in
//    the padding alone) become kernels. One goes over the positions whose
//    windows lie inside of the input; around it padded copies of the borders
//    are enough.
//
//===----------------------------------------------------------------------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

namespace {

/// A convolution as a kernel of our own sees it: [n, c, position...] and
/// weights [group, o, c, window...].
struct DirectForm {
  StridedView input, weight;
  SmallVector<int64_t> strides, dilations, padsBegin, padsEnd;

  /// How far the first and the last element of a window are apart.
  int64_t reach(int64_t dim) const {
    return dilations[dim] * (weight.shape[3 + dim] - 1);
  }
};

} // namespace

/// Splits a dimension of a dense view, or of one with any strides.
static void splitDim(StridedView &view, int64_t dim, int64_t outer) {
  int64_t inner = outer == 0 ? 0 : view.shape[dim] / outer;
  view.shape.insert(view.shape.begin() + dim, outer);
  view.strides.insert(view.strides.begin() + dim, view.strides[dim] * inner);
  view.shape[dim + 1] = inner;
}

/// The input with its padding, so that every window lies inside.
template <typename Op>
static StridedView padInput(ProgramBuilder &builder, Op op) {
  StridedView input = builder.view(op.getInput());
  SmallVector<int64_t> low{0, 0}, high{0, 0};
  llvm::append_range(low, op.getPadsBegin());
  llvm::append_range(high, op.getPadsEnd());
  if (llvm::all_of(low, [](int64_t n) { return n == 0; }) && low == high)
    return builder.dense(op.getInput());
  SmallVector<int64_t> shape(input.shape);
  for (auto [extent, before, after] : llvm::zip(shape, low, high))
    extent += before + after;
  StridedView padded = builder.allocate(shape, input.element);
  builder.pad(input, low, high, 0, padded, op.getLoc());
  return padded;
}

static DirectForm directForm(ProgramBuilder &builder, ConvolutionOp op) {
  DirectForm form;
  form.input = builder.view(op.getInput());
  form.padsBegin.assign(op.getPadsBegin().begin(), op.getPadsBegin().end());
  form.padsEnd.assign(op.getPadsEnd().begin(), op.getPadsEnd().end());
  form.weight = builder.view(op.getWeight());
  splitDim(form.weight, 0, op.getGroups());
  llvm::append_range(form.strides, op.getStrides());
  llvm::append_range(form.dilations, op.getDilations());
  return form;
}

/// The input elements at their places in the result, zeros between and around.
static StridedView spreadInput(ProgramBuilder &builder,
                               TransposedConvolutionOp op) {
  StridedView from = builder.view(op.getInput());
  ArrayRef<int64_t> kernel = shapeOf(op.getWeight()).drop_front(2);
  ArrayRef<int64_t> result = shapeOf(op.getResult()).drop_front(2);
  SmallVector<int64_t> shape(from.shape), firsts;
  for (auto [i, extent] : llvm::enumerate(kernel)) {
    int64_t reach = op.getDilations()[i] * (extent - 1);
    shape[i + 2] = result[i] + reach;
    firsts.push_back(reach - op.getPadsBegin()[i]);
  }
  StridedView spread = builder.allocate(shape, from.element);
  builder.fill(spread, 0, op.getLoc());
  StridedView to = spread;
  for (auto [i, first] : llvm::enumerate(firsts)) {
    // Elements before the first that is inside, and behind the last.
    int64_t dim = static_cast<int64_t>(i) + 2, stride = op.getStrides()[i];
    int64_t skipped = first < 0 ? (-first + stride - 1) / stride : 0;
    int64_t place = first + skipped * stride;
    int64_t room =
        place < shape[dim] ? (shape[dim] - 1 - place) / stride + 1 : 0;
    int64_t count =
        std::min(room, std::max<int64_t>(from.shape[dim] - skipped, 0));
    from = from.sliced(dim, count ? skipped : 0, count, 1);
    to = to.sliced(dim, count ? place : 0, count, stride);
  }
  builder.copy(from, to, op.getLoc());
  return spread;
}

/// A convolution of the spread input with the kernel walked backwards.
static DirectForm directForm(ProgramBuilder &builder,
                             TransposedConvolutionOp op) {
  DirectForm form;
  form.input = spreadInput(builder, op);
  form.weight = builder.view(op.getWeight());
  int64_t spatial = form.input.rank() - 2;
  splitDim(form.weight, 0, op.getGroups());
  SmallVector<int64_t> order{0, 2, 1};
  for (int64_t dim = 3; dim < spatial + 3; ++dim) {
    int64_t extent = form.weight.shape[dim];
    form.weight = form.weight.sliced(dim, extent - 1, extent, -1);
    order.push_back(dim);
  }
  form.weight = form.weight.transposed(order);
  form.strides.assign(spatial, 1);
  form.padsBegin.assign(spatial, 0);
  form.padsEnd.assign(spatial, 0);
  llvm::append_range(form.dilations, op.getDilations());
  return form;
}

/// Stores the convolution of `input`, in which all windows lie, in `to`: a
/// kernel over [n, group, output, position...] that sums over
/// [channel, window...]. The input is seen with a dimension for the position
/// and one for the place in the window.
template <typename Op>
static void addWindows(ProgramBuilder &builder, Op op, const DirectForm &form,
                       StridedView windows, StridedView to) {
  int64_t groups = op.getGroups(), spatial = windows.rank() - 2;
  const StridedView &weight = form.weight;
  splitDim(windows, 1, groups);
  splitDim(to, 1, groups);
  // Loops: n, group, output, positions; channel, window.
  SmallVector<int64_t> loops(to.shape);
  int64_t parallel = loops.size();
  loops.append(weight.shape.begin() + 2, weight.shape.end());
  IndexMap inputMap{DimIndex{0}, DimIndex{1}, DimIndex{int(parallel)}};
  IndexMap weightMap{DimIndex{1}, DimIndex{2}, DimIndex{int(parallel)}};
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t stride = windows.strides[3 + i];
    windows.shape.push_back(weight.shape[3 + i]);
    windows.strides.push_back(stride * form.dilations[i]);
    windows.shape[3 + i] = to.shape[3 + i];
    windows.strides[3 + i] = stride * form.strides[i];
    inputMap.push_back(DimIndex{int(3 + i)});
    weightMap.push_back(DimIndex{int(parallel + 1 + i)});
  }
  inputMap.append(weightMap.begin() + 3, weightMap.end());
  StridedView bias;
  if (op.getBias()) {
    bias = builder.view(op.getBias());
    splitDim(bias, 0, groups);
  }
  builder.addKernel(
      loops, parallel, to, identityMap(parallel), op.getLoc(),
      [&](ExpressionBuilder &b) {
        RowBuilder row{b.spec(), 1};
        Expression *product =
            row.mul(b.load(windows, inputMap), b.load(weight, weightMap));
        Expression *sum =
            b.spec().make(Expression::Kind::LoopReduce, product->element);
        sum->operands.push_back(product);
        for (int64_t i = 0; i <= spatial; ++i)
          sum->reduceLoops.push_back(parallel + i);
        if (!op.getBias())
          return sum;
        return row.add(sum, b.load(bias, {DimIndex{1}, DimIndex{2}}));
      });
}

/// What the result positions [begin, begin + count) of a dimension read of a
/// padded input: which of its elements, and how much padding around them.
struct PaddedPart {
  int64_t start, count, low, high;
};

static PaddedPart partOf(const DirectForm &form, int64_t dim, int64_t begin,
                         int64_t count) {
  int64_t extent = form.input.shape[2 + dim];
  int64_t first = begin * form.strides[dim] - form.padsBegin[dim];
  int64_t end = first + (count - 1) * form.strides[dim] + form.reach(dim) + 1;
  int64_t start = std::clamp<int64_t>(first, 0, extent);
  int64_t stop = std::clamp<int64_t>(end, start, extent);
  // All of it may be padding.
  int64_t low = std::min(std::max<int64_t>(start - first, 0), end - first);
  return {start, stop - start, low, end - first - low - (stop - start)};
}

/// Result positions of a box of [position...].
struct Box {
  SmallVector<int64_t> begin, count;
};

/// The convolution on one box, after a copy of its input where that is padded.
template <typename Op>
static void addBox(ProgramBuilder &builder, Op op, const DirectForm &form,
                   const Box &box, StridedView to) {
  StridedView input = form.input;
  SmallVector<int64_t> low{0, 0}, high{0, 0}, shape(input.shape);
  bool isPadded = false;
  for (size_t i = 0; i < box.begin.size(); ++i) {
    if (box.count[i] == 0)
      return;
    PaddedPart part = partOf(form, i, box.begin[i], box.count[i]);
    input = input.sliced(2 + i, part.count ? part.start : 0, part.count, 1);
    to = to.sliced(2 + i, box.begin[i], box.count[i], 1);
    low.push_back(part.low);
    high.push_back(part.high);
    shape[2 + i] = part.low + part.count + part.high;
    isPadded |= part.low != 0 || part.high != 0;
  }
  if (isPadded) {
    StridedView padded = builder.allocate(shape, input.element);
    builder.pad(input, low, high, 0, padded, op.getLoc());
    input = padded;
  }
  addWindows(builder, op, form, input, to);
}

/// Positions of dimension `dim` whose windows lie inside of the input.
static std::pair<int64_t, int64_t>
insidePositions(const DirectForm &form, int64_t dim, int64_t results) {
  int64_t stride = form.strides[dim];
  int64_t begin =
      llvm::divideCeil(std::max<int64_t>(form.padsBegin[dim], 0), stride);
  int64_t room =
      form.input.shape[2 + dim] + form.padsBegin[dim] - form.reach(dim) - 1;
  int64_t end = room < 0 ? 0 : room / stride + 1;
  begin = std::min(begin, results);
  return {begin, std::clamp(end, begin, results)};
}

template <typename Op>
static LogicalResult buildKernel(ProgramBuilder &builder, Op op) {
  /// Smaller inputs are copied whole: more kernels cost more.
  constexpr int64_t leastElements = 1 << 14;
  DirectForm form = directForm(builder, op);
  StridedView result =
      builder.allocate(shapeOf(op.getResult()), elementOf(op.getResult()));
  builder.define(op.getResult(), result);
  if (result.size() == 0)
    return success();
  Box box;
  for (int64_t extent : ArrayRef<int64_t>(result.shape).drop_front(2)) {
    box.begin.push_back(0);
    box.count.push_back(extent);
  }
  if (form.input.size() >= leastElements)
    for (size_t i = 0; i < box.begin.size(); ++i) {
      auto [begin, end] = insidePositions(form, i, box.count[i]);
      if (begin == end)
        continue;
      Box before = box, after = box;
      before.count[i] = begin;
      after.begin[i] = end;
      after.count[i] = box.count[i] - end;
      addBox(builder, op, form, before, result);
      addBox(builder, op, form, after, result);
      box.begin[i] = begin;
      box.count[i] = end - begin;
    }
  addBox(builder, op, form, box, result);
  return success();
}

/// Sums over [n, position...] of the gradient times the padded input, seen with
/// a dimension for the place in the window and one for the position.
static LogicalResult buildGradientKernel(ProgramBuilder &builder,
                                         ConvolutionWeightGradientOp op) {
  StridedView windows = padInput(builder, op);
  StridedView gradient = builder.view(op.getGradient());
  StridedView result = builder.allocateDense(op.getResult());
  builder.define(op.getResult(), result);
  int64_t groups = op.getGroups(), spatial = windows.rank() - 2;
  StridedView to = result;
  splitDim(to, 0, groups);
  splitDim(windows, 1, groups);
  splitDim(gradient, 1, groups);
  // Loops: group, output, channel, window; n, positions.
  SmallVector<int64_t> loops(to.shape);
  int parallel = loops.size();
  loops.push_back(windows.shape[0]);
  IndexMap inputMap{DimIndex{parallel}, DimIndex{0}, DimIndex{2}};
  IndexMap gradientMap{DimIndex{parallel}, DimIndex{0}, DimIndex{1}};
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t stride = windows.strides[3 + i];
    windows.shape.push_back(gradient.shape[3 + i]);
    windows.strides.push_back(stride * op.getStrides()[i]);
    windows.shape[3 + i] = op.getKernel()[i];
    windows.strides[3 + i] = stride * op.getDilations()[i];
    loops.push_back(gradient.shape[3 + i]);
    inputMap.push_back(DimIndex{int(3 + i)});
    gradientMap.push_back(DimIndex{int(parallel + 1 + i)});
  }
  inputMap.append(gradientMap.begin() + 3, gradientMap.end());
  IndexMap storeMap;
  for (int i = 0; i < parallel; ++i)
    storeMap.push_back(DimIndex{i});
  builder.addKernel(
      loops, parallel, to, storeMap, op.getLoc(), [&](ExpressionBuilder &b) {
        RowBuilder row{b.spec(), 1};
        Expression *product =
            row.mul(b.load(windows, inputMap), b.load(gradient, gradientMap));
        Expression *sum =
            b.spec().make(Expression::Kind::LoopReduce, product->element);
        sum->operands.push_back(product);
        for (int64_t i = 0; i <= spatial; ++i)
          sum->reduceLoops.push_back(parallel + i);
        return sum;
      });
  return success();
}

/// True when oneDNN takes the padding. It gives wrong values where a window
/// lies in the padding alone (measured with 2.6: kernel 1, padding 3).
template <typename Op>
static bool takesPadding(Op op, ArrayRef<int64_t> kernel) {
  constexpr bool isTransposed = std::is_same_v<Op, TransposedConvolutionOp>;
  for (size_t i = 0; i < kernel.size(); ++i) {
    int64_t reach = op.getDilations()[i] * (kernel[i] - 1);
    int64_t before = op.getPadsBegin()[i], after = op.getPadsEnd()[i];
    // A transposed result may go on behind what the input reaches.
    int64_t least = isTransposed ? 1 - op.getStrides()[i] : 0;
    if (before < 0 || before > reach || after < least || after > reach)
      return false;
  }
  return true;
}

/// True when the windows have as many positions with the padding at the
/// beginning at both ends: libraries may take that for the same convolution.
template <typename Op>
static bool isEven(Op op, ArrayRef<int64_t> kernel, ArrayRef<int64_t> input,
                   ArrayRef<int64_t> positions) {
  for (size_t i = 0; i < kernel.size(); ++i) {
    int64_t reach = op.getDilations()[i] * (kernel[i] - 1);
    int64_t room = input[2 + i] + 2 * op.getPadsBegin()[i] - reach - 1;
    if (room < 0 || room / op.getStrides()[i] + 1 != positions[2 + i])
      return false;
  }
  return true;
}

static bool isEven(ConvolutionOp op) {
  return isEven(op, shapeOf(op.getWeight()).drop_front(2),
                shapeOf(op.getInput()), shapeOf(op.getResult()));
}

/// The convolution's input is the transposed one's result.
static bool isEven(TransposedConvolutionOp op) {
  return isEven(op, shapeOf(op.getWeight()).drop_front(2),
                shapeOf(op.getResult()), shapeOf(op.getInput()));
}

static bool isEven(ConvolutionWeightGradientOp op) {
  return isEven(op, op.getKernel(), shapeOf(op.getInput()),
                shapeOf(op.getGradient()));
}

/// True when the target's library computes it.
template <typename Op>
static bool usesPrimitive(ProgramBuilder &builder, Op op) {
  DType type = getDType(elementOf(op.getResult()));
  // Primitives are made after what loading computes.
  return !builder.isStatic(op.getInput()) && builder.hasConvolutions(type) &&
         numElements(shapeOf(op.getWeight())) != 0 &&
         numElements(shapeOf(op.getInput())) != 0 &&
         takesPadding(op, shapeOf(op.getWeight()).drop_front(2)) &&
         (!std::is_same_v<Op, TransposedConvolutionOp> ||
          builder.products().padsUnevenly || isEven(op));
}

/// The input as the library takes it, with its padding where that is uneven.
template <typename Op>
static StridedView libraryInput(ProgramBuilder &builder, Op op,
                                dtc_convolution &desc) {
  bool isTaken = builder.products().padsUnevenly || isEven(op);
  StridedView input =
      isTaken ? builder.dense(op.getInput()) : padInput(builder, op);
  if (!isTaken) {
    std::fill(std::begin(desc.pads_begin), std::end(desc.pads_begin), 0);
    std::fill(std::begin(desc.pads_end), std::end(desc.pads_end), 0);
  }
  llvm::copy(input.shape, desc.input_shape);
  return input;
}

/// Adds the bias to the channels of `from`.
static void addBias(ProgramBuilder &builder, const StridedView &from,
                    const StridedView &bias, const StridedView &to,
                    Location location) {
  IndexMap map = identityMap(to.rank());
  builder.addKernel(to.shape, to.rank(), to, map, location,
                    [&](ExpressionBuilder &b) {
                      RowBuilder row{b.spec(), 1};
                      return row.add(b.load(from, map), b.load(bias, {map[1]}));
                    });
}

template <typename Op>
static dtc_convolution describe(Op op, ArrayRef<int64_t> weight,
                                ArrayRef<int64_t> result) {
  dtc_convolution desc{};
  desc.dtype = static_cast<int32_t>(getDType(elementOf(op.getResult())));
  desc.spatial = result.size() - 2;
  desc.epilogue = DTC_EPILOGUE_NONE;
  desc.groups = op.getGroups();
  llvm::copy(weight, desc.weight_shape);
  llvm::copy(result, desc.result_shape);
  llvm::copy(op.getStrides(), desc.strides);
  llvm::copy(op.getDilations(), desc.dilations);
  llvm::copy(op.getPadsBegin(), desc.pads_begin);
  llvm::copy(op.getPadsEnd(), desc.pads_end);
  return desc;
}

template <typename Op>
static LogicalResult build(ProgramBuilder &builder, Op op) {
  constexpr bool isTransposed = std::is_same_v<Op, TransposedConvolutionOp>;
  if (!usesPrimitive(builder, op))
    return buildKernel(builder, op);
  dtc_convolution desc =
      describe(op, shapeOf(op.getWeight()), shapeOf(op.getResult()));
  desc.is_transposed = isTransposed;
  StridedView input = libraryInput(builder, op, desc);
  StridedView weight = builder.dense(op.getWeight());
  StridedView bias;
  if (op.getBias())
    bias = builder.dense(op.getBias());
  bool joinsBias =
      op.getBias() && (!isTransposed || builder.products().joinsTransposedBias);
  desc.has_bias = joinsBias;
  Value value = isTransposed ? op.getResult()
                             : builder.joinActivation(op.getResult(), desc);
  StridedView result = builder.allocateDense(value);
  builder.define(value, result);
  if (result.size() == 0)
    return success();
  bool addsBias = op.getBias() && !joinsBias;
  StridedView sums =
      addsBias ? builder.allocate(result.shape, result.element) : result;
  builder.addConvolution(desc, input, weight, joinsBias ? &bias : nullptr, sums,
                         op.getLoc());
  if (addsBias)
    addBias(builder, sums, bias, result, op.getLoc());
  return success();
}

static LogicalResult buildWeightGradient(ProgramBuilder &builder,
                                         ConvolutionWeightGradientOp op) {
  DType type = getDType(elementOf(op.getResult()));
  bool isStatic =
      builder.isStatic(op.getInput()) && builder.isStatic(op.getGradient());
  // Positions that the padded input has no windows for make no convolution.
  if (isStatic || !builder.hasConvolutions(type) ||
      numElements(shapeOf(op.getInput())) == 0 ||
      numElements(shapeOf(op.getGradient())) == 0 ||
      numElements(shapeOf(op.getResult())) == 0 ||
      !takesPadding(op, op.getKernel()))
    return buildGradientKernel(builder, op);
  dtc_convolution desc =
      describe(op, shapeOf(op.getResult()), shapeOf(op.getGradient()));
  StridedView input = libraryInput(builder, op, desc);
  StridedView gradient = builder.dense(op.getGradient());
  StridedView result = builder.allocateDense(op.getResult());
  builder.define(op.getResult(), result);
  builder.addWeightGradient(desc, input, gradient, result, op.getLoc());
  return success();
}

void dtc::cpu::registerConvolutionCpuLowerings(CpuLowerings &lowerings) {
  lowerings.build<ConvolutionWeightGradientOp>(buildWeightGradient);
  lowerings.build<ConvolutionOp>(build<ConvolutionOp>);
  lowerings.build<TransposedConvolutionOp>(build<TransposedConvolutionOp>);
}
