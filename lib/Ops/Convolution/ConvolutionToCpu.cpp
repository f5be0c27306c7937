//===- ConvolutionToCpu.cpp - Code of convolutions ------------------------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

static LogicalResult build(ProgramBuilder &builder, ConvolutionOp op) {
  if (!builder.isStatic(op.getWeight()))
    return op.emitOpError()
           << "expected a weight that is a parameter on processors";
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
