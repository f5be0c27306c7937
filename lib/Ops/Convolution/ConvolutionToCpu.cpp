//===- ConvolutionToCpu.cpp - Code of convolutions ------------------------===//
//
// 1. Convolutions and gradients of weights become primitives.
// 2. Those that the primitives do not compute (f16, f64, windows that lie in
//    the padding alone) become a kernel.
//
//===----------------------------------------------------------------------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

namespace {

/// A convolution as a kernel of our own sees it: [n, c, position...] with all
/// padding, and weights [group, o, c, window...].
struct DirectForm {
  StridedView input, weight;
  SmallVector<int64_t> strides, dilations;
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
  form.input = padInput(builder, op);
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
  llvm::append_range(form.dilations, op.getDilations());
  return form;
}

/// A kernel of our own over [n, group, output, position...] that sums over
/// [channel, window...]: the padded input seen with a dimension for the
/// position and one for the place in the window.
template <typename Op>
static LogicalResult buildKernel(ProgramBuilder &builder, Op op) {
  DirectForm form = directForm(builder, op);
  StridedView result = builder.allocateDense(op.getResult());
  builder.define(op.getResult(), result);
  int64_t groups = op.getGroups(), spatial = form.input.rank() - 2;
  StridedView to = result, windows = form.input, weight = form.weight;
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
  IndexMap storeMap;
  for (int64_t i = 0; i < parallel; ++i)
    storeMap.push_back(DimIndex{int(i)});
  builder.addKernel(
      loops, parallel, to, storeMap, op.getLoc(), [&](ExpressionBuilder &b) {
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

/// True when oneDNN computes it.
template <typename Op>
static bool usesPrimitive(ProgramBuilder &builder, Op op) {
  DType type = getDType(elementOf(op.getResult()));
  // Primitives are made after what loading computes.
  return !builder.isStatic(op.getInput()) &&
         (type == DType::F32 || type == DType::BF16) &&
         numElements(shapeOf(op.getWeight())) != 0 &&
         numElements(shapeOf(op.getInput())) != 0 &&
         takesPadding(op, shapeOf(op.getWeight()).drop_front(2));
}

template <typename Op>
static dtc_convolution describe(Op op, const StridedView &input,
                                const StridedView &weight,
                                const StridedView &result) {
  dtc_convolution desc{};
  desc.dtype = static_cast<int32_t>(getDType(elementOf(op.getResult())));
  desc.spatial = input.rank() - 2;
  desc.epilogue = DTC_EPILOGUE_NONE;
  desc.groups = op.getGroups();
  llvm::copy(input.shape, desc.input_shape);
  llvm::copy(weight.shape, desc.weight_shape);
  llvm::copy(result.shape, desc.result_shape);
  llvm::copy(op.getStrides(), desc.strides);
  llvm::copy(op.getDilations(), desc.dilations);
  llvm::copy(op.getPadsBegin(), desc.pads_begin);
  llvm::copy(op.getPadsEnd(), desc.pads_end);
  return desc;
}

template <typename Op>
static LogicalResult build(ProgramBuilder &builder, Op op) {
  if (!usesPrimitive(builder, op))
    return buildKernel(builder, op);
  StridedView input = builder.dense(op.getInput());
  StridedView weight = builder.dense(op.getWeight());
  StridedView bias;
  if (op.getBias())
    bias = builder.dense(op.getBias());
  StridedView result = builder.allocateDense(op.getResult());
  dtc_convolution desc = describe(op, input, weight, result);
  desc.has_bias = op.getBias() != nullptr;
  desc.is_transposed = std::is_same_v<Op, TransposedConvolutionOp>;
  builder.define(op.getResult(), result);
  if (result.size() != 0)
    builder.addConvolution(desc, input, weight, op.getBias() ? &bias : nullptr,
                           result, op.getLoc());
  return success();
}

static LogicalResult buildWeightGradient(ProgramBuilder &builder,
                                         ConvolutionWeightGradientOp op) {
  DType type = getDType(elementOf(op.getResult()));
  bool isStatic =
      builder.isStatic(op.getInput()) && builder.isStatic(op.getGradient());
  // Positions that the padded input has no windows for make no convolution.
  if (isStatic || (type != DType::F32 && type != DType::BF16) ||
      numElements(shapeOf(op.getInput())) == 0 ||
      numElements(shapeOf(op.getGradient())) == 0 ||
      numElements(shapeOf(op.getResult())) == 0 ||
      !takesPadding(op, op.getKernel()))
    return buildGradientKernel(builder, op);
  StridedView input = builder.dense(op.getInput());
  StridedView gradient = builder.dense(op.getGradient());
  StridedView result = builder.allocateDense(op.getResult());
  builder.define(op.getResult(), result);
  builder.addWeightGradient(describe(op, input, result, gradient), input,
                            gradient, result, op.getLoc());
  return success();
}

void dtc::cpu::registerConvolutionCpuLowerings(CpuLowerings &lowerings) {
  lowerings.build<ConvolutionWeightGradientOp>(buildWeightGradient);
  lowerings.build<ConvolutionOp>(build<ConvolutionOp>);
  lowerings.build<TransposedConvolutionOp>(build<TransposedConvolutionOp>);
}
