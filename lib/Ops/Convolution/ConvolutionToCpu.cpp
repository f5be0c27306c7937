//===- ConvolutionToCpu.cpp - Code of convolutions ------------------------===//
//
// 1. A weight that is known when the program loads makes a primitive.
// 2. Other convolutions (weights computed each step, f16, f64) become a kernel.
//
//===----------------------------------------------------------------------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

/// The input with its padding, so that every window lies inside.
static StridedView padInput(ProgramBuilder &builder, ConvolutionOp op) {
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

/// Splits a dimension of a dense view, or of one with any strides.
static void splitDim(StridedView &view, int64_t dim, int64_t outer) {
  int64_t inner = outer == 0 ? 0 : view.shape[dim] / outer;
  view.shape.insert(view.shape.begin() + dim, outer);
  view.strides.insert(view.strides.begin() + dim, view.strides[dim] * inner);
  view.shape[dim + 1] = inner;
}

/// A kernel of our own over [n, group, output, position...] that sums over
/// [channel, window...]: the padded input seen with a dimension for the
/// position and one for the place in the window.
static LogicalResult buildKernel(ProgramBuilder &builder, ConvolutionOp op) {
  StridedView input = padInput(builder, op);
  StridedView weight = builder.view(op.getWeight());
  StridedView result =
      builder.allocate(shapeOf(op.getResult()), elementOf(op.getResult()));
  builder.define(op.getResult(), result);
  int64_t groups = op.getGroups(), spatial = input.rank() - 2;
  StridedView to = result, windows = input;
  splitDim(windows, 1, groups);
  splitDim(weight, 0, groups);
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
    windows.strides.push_back(stride * op.getDilations()[i]);
    windows.shape[3 + i] = to.shape[3 + i];
    windows.strides[3 + i] = stride * op.getStrides()[i];
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

static LogicalResult build(ProgramBuilder &builder, ConvolutionOp op) {
  DType type = getDType(elementOf(op.getResult()));
  // Primitives are made after what loading computes.
  if (!builder.isStatic(op.getWeight()) || builder.isStatic(op.getInput()) ||
      (type != DType::F32 && type != DType::BF16) ||
      numElements(shapeOf(op.getWeight())) == 0 ||
      numElements(shapeOf(op.getInput())) == 0)
    return buildKernel(builder, op);
  StridedView input = builder.dense(op.getInput());
  StridedView weight = builder.dense(op.getWeight());
  StridedView bias;
  if (op.getBias())
    bias = builder.dense(op.getBias());
  StridedView result =
      builder.allocate(shapeOf(op.getResult()), elementOf(op.getResult()));
  dtc_convolution desc{};
  desc.dtype = static_cast<int32_t>(getDType(elementOf(op.getResult())));
  desc.spatial = input.rank() - 2;
  desc.has_bias = op.getBias() != nullptr;
  desc.epilogue = DTC_EPILOGUE_NONE;
  desc.groups = op.getGroups();
  llvm::copy(input.shape, desc.input_shape);
  llvm::copy(weight.shape, desc.weight_shape);
  llvm::copy(result.shape, desc.result_shape);
  llvm::copy(op.getStrides(), desc.strides);
  llvm::copy(op.getDilations(), desc.dilations);
  llvm::copy(op.getPadsBegin(), desc.pads_begin);
  llvm::copy(op.getPadsEnd(), desc.pads_end);
  builder.define(op.getResult(), result);
  if (result.size() != 0)
    builder.addConvolution(desc, input, weight, op.getBias() ? &bias : nullptr,
                           result, op.getLoc());
  return success();
}

void dtc::cpu::registerConvolutionCpuLowerings(CpuLowerings &lowerings) {
  lowerings.build<ConvolutionOp>(build);
}
