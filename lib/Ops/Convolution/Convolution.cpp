//===- Convolution.cpp - Shapes and rules of convolutions -----------------===//

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

/// Output positions along one spatial dimension; negative when the kernel does
/// not fit.
static int64_t outputExtent(int64_t input, int64_t kernel, int64_t stride,
                            int64_t dilation, int64_t padding) {
  int64_t span = dilation * (kernel - 1) + 1;
  int64_t room = input + padding - span;
  return room < 0 ? -1 : room / stride + 1;
}

LogicalResult ConvolutionOp::inferTypes(Adaptor op,
                                        std::optional<Location> location,
                                        SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> input = shapeOf(op.getInput());
  ArrayRef<int64_t> weight = shapeOf(op.getWeight());
  size_t rank = input.size();
  if (rank < 3 || rank > 5 || weight.size() != rank)
    return emitOptionalError(location,
                             "expected input and weight of one rank from 3 to "
                             "5, got ",
                             op.getInput().getType(), " and ",
                             op.getWeight().getType());
  size_t spatial = rank - 2;
  for (ArrayRef<int64_t> list :
       {op.getStrides(), op.getDilations(), op.getPadsBegin(), op.getPadsEnd()})
    if (list.size() != spatial)
      return emitOptionalError(location,
                               "expected strides, dilations and pads "
                               "for ",
                               spatial, " spatial dimensions");
  int64_t groups = op.getGroups();
  if (groups < 1 || weight[1] * groups != input[1] || weight[0] % groups != 0)
    return emitOptionalError(location, "expected channels that ", groups,
                             " groups divide, got ", input[1], " input and ",
                             weight[0], " output channels with ", weight[1],
                             " a group");
  if (Value bias = op.getBias())
    if (shapeOf(bias) != ArrayRef<int64_t>{weight[0]})
      return emitOptionalError(location, "expected a bias of ", weight[0],
                               " elements, got ", bias.getType());
  SmallVector<int64_t> shape{input[0], weight[0]};
  for (size_t i = 0; i < spatial; ++i) {
    int64_t stride = op.getStrides()[i], dilation = op.getDilations()[i];
    int64_t padding = op.getPadsBegin()[i] + op.getPadsEnd()[i];
    if (stride < 1 || dilation < 1 || weight[i + 2] < 1)
      return emitOptionalError(
          location, "expected strides, dilations and kernels of 1 or more");
    int64_t extent =
        outputExtent(input[i + 2], weight[i + 2], stride, dilation, padding);
    if (extent < 0)
      return emitOptionalError(location,
                               "expected a kernel that fits the padded input "
                               "in spatial dimension ",
                               i);
    shape.push_back(extent);
  }
  results.push_back(RankedTensorType::get(shape, elementOf(op.getInput())));
  return success();
}

LogicalResult ConvolutionOp::verify() {
  if (elementOf(getInput()) != elementOf(getWeight()))
    return emitOpError() << "expected equal element types, got "
                         << getInput().getType() << " and "
                         << getWeight().getType();
  return success();
}

ShardingRule ConvolutionOp::getShardingRule() {
  ConvolutionShape convolution;
  convolution.groups = getGroups();
  convolution.hasBias = getBias() != nullptr;
  llvm::append_range(convolution.strides, getStrides());
  llvm::append_range(convolution.dilations, getDilations());
  llvm::append_range(convolution.padsBegin, getPadsBegin());
  llvm::append_range(convolution.padsEnd, getPadsEnd());
  return convolutionRule(shapeOf(getInput()), shapeOf(getWeight()),
                         shapeOf(getResult()), convolution);
}

FailureOr<SmallVector<Value>>
ConvolutionOp::localize(OpBuilder &builder, ValueRange operands,
                        TypeRange localResultTypes, int64_t) {
  auto result = cast<RankedTensorType>(localResultTypes[0]);
  int64_t groups = getGroups();
  if (groups > 1) {
    // A rank without groups has no channels to divide among any.
    if (result.getDimSize(1) == 0) {
      auto nothing = DenseElementsAttr::get(result, ArrayRef<Attribute>());
      return SmallVector<Value>{
          ConstantOp::create(builder, getLoc(), result, nothing)};
    }
    groups = shapeOf(operands[0])[1] / shapeOf(operands[1])[1];
  }
  auto local = ConvolutionOp::create(
      builder, getLoc(), result, operands[0], operands[1],
      getBias() ? operands[2] : Value(), getStrides(), getDilations(),
      getPadsBegin(), getPadsEnd(), groups);
  return SmallVector<Value>{local.getResult()};
}
