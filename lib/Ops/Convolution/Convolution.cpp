//===- Convolution.cpp - Shapes and rules of convolutions -----------------===//

#include "dtc/IR/Windows.h"

using namespace mlir;
using namespace dtc;

template <typename Op> static WindowAttributes windowOf(Op op) {
  return {shapeOf(op.getWeight()).drop_front(2), op.getStrides(),
          op.getDilations(), op.getPadsBegin(), op.getPadsEnd()};
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

/// Input and weight have one rank.
template <typename Adaptor>
static LogicalResult verifyRanks(Adaptor op, std::optional<Location> location) {
  size_t rank = shapeOf(op.getInput()).size();
  if (rank < 3 || rank > 5 || shapeOf(op.getWeight()).size() != rank)
    return emitOptionalError(location,
                             "expected input and weight of one rank from 3 to "
                             "5, got ",
                             op.getInput().getType(), " and ",
                             op.getWeight().getType());
  return success();
}

/// The bias must have an element for each of `outputs` channels.
template <typename Adaptor>
static LogicalResult verifyBias(Adaptor op, std::optional<Location> location,
                                int64_t outputs) {
  if (Value bias = op.getBias())
    if (shapeOf(bias) != ArrayRef<int64_t>{outputs})
      return emitOptionalError(location, "expected a bias of ", outputs,
                               " elements, got ", bias.getType());
  return success();
}

LogicalResult ConvolutionOp::inferTypes(Adaptor op,
                                        std::optional<Location> location,
                                        SmallVectorImpl<Type> &results) {
  if (failed(verifyRanks(op, location)))
    return failure();
  ArrayRef<int64_t> input = shapeOf(op.getInput());
  ArrayRef<int64_t> weight = shapeOf(op.getWeight());
  int64_t groups = op.getGroups(), inputs;
  if (groups < 1 || llvm::MulOverflow(weight[1], groups, inputs) ||
      inputs != input[1] || weight[0] % groups != 0)
    return emitOptionalError(location, "expected channels that ", groups,
                             " groups divide, got ", input[1], " input and ",
                             weight[0], " output channels with ", weight[1],
                             " a group");
  SmallVector<int64_t> shape{input[0], weight[0]};
  if (failed(verifyBias(op, location, weight[0])) ||
      failed(inferWindows(location, input.drop_front(2), windowOf(op), shape)))
    return failure();
  results.push_back(RankedTensorType::get(shape, elementOf(op.getInput())));
  return success();
}

LogicalResult
TransposedConvolutionOp::inferTypes(Adaptor op,
                                    std::optional<Location> location,
                                    SmallVectorImpl<Type> &results) {
  if (failed(verifyRanks(op, location)))
    return failure();
  ArrayRef<int64_t> input = shapeOf(op.getInput());
  ArrayRef<int64_t> weight = shapeOf(op.getWeight());
  int64_t groups = op.getGroups(), outputs;
  if (groups < 1 || weight[0] != input[1] || weight[0] % groups != 0 ||
      llvm::MulOverflow(weight[1], groups, outputs))
    return emitOptionalError(location, "expected channels that ", groups,
                             " groups divide, got ", input[1],
                             " input channels and a weight for ", weight[0]);
  SmallVector<int64_t> shape{input[0], outputs};
  if (failed(verifyBias(op, location, outputs)) ||
      failed(inferSpreadWindows(location, input.drop_front(2), windowOf(op),
                                shape)))
    return failure();
  results.push_back(RankedTensorType::get(shape, elementOf(op.getInput())));
  return success();
}

/// Shapes of a weight's gradient: `convolution_weight_gradient_c1` to `_c3`.
LogicalResult
ConvolutionWeightGradientOp::inferTypes(Adaptor op,
                                        std::optional<Location> location,
                                        SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> input = shapeOf(op.getInput());
  ArrayRef<int64_t> gradient = shapeOf(op.getGradient());
  if (input.size() < 3 || input.size() > 5 || gradient.size() != input.size() ||
      gradient[0] != input[0] ||
      elementOf(op.getInput()) != elementOf(op.getGradient()))
    return emitOptionalError(location,
                             "expected input and gradient of one rank from 3 "
                             "to 5, one batch size and one element type, got ",
                             op.getInput().getType(), " and ",
                             op.getGradient().getType());
  int64_t groups = op.getGroupsAttr().getInt();
  if (groups < 1 || input[1] % groups != 0 || gradient[1] % groups != 0)
    return emitOptionalError(location, "expected channels that ", groups,
                             " groups divide, got ", input[1], " and ",
                             gradient[1]);
  SmallVector<int64_t> positions;
  WindowAttributes window{op.getKernel(), op.getStrides(), op.getDilations(),
                          op.getPadsBegin(), op.getPadsEnd()};
  if (failed(inferWindows(location, input.drop_front(2), window, positions)))
    return failure();
  if (ArrayRef<int64_t>(positions) != gradient.drop_front(2))
    return emitOptionalError(location, "expected a gradient of positions [",
                             ArrayRef<int64_t>(positions), "], got [",
                             gradient.drop_front(2), "]");
  SmallVector<int64_t> shape{gradient[1], input[1] / groups};
  llvm::append_range(shape, op.getKernel());
  results.push_back(RankedTensorType::get(shape, elementOf(op.getInput())));
  return success();
}

template <typename Op> static LogicalResult verifyElementTypes(Op op) {
  bool isBiasOther =
      op.getBias() && elementOf(op.getBias()) != elementOf(op.getInput());
  if (elementOf(op.getInput()) != elementOf(op.getWeight()) || isBiasOther)
    return op.emitOpError()
           << "expected equal element types, got " << op.getInput().getType()
           << " and "
           << (isBiasOther ? op.getBias() : op.getWeight()).getType();
  return success();
}

LogicalResult ConvolutionOp::verify() { return verifyElementTypes(*this); }

LogicalResult TransposedConvolutionOp::verify() {
  return verifyElementTypes(*this);
}

//===----------------------------------------------------------------------===//
// Placements
//===----------------------------------------------------------------------===//

template <typename Op> static ConvolutionShape convolutionShape(Op op) {
  ConvolutionShape convolution;
  convolution.groups = op.getGroups();
  convolution.hasBias = op.getBias() != nullptr;
  llvm::append_range(convolution.strides, op.getStrides());
  llvm::append_range(convolution.dilations, op.getDilations());
  llvm::append_range(convolution.padsBegin, op.getPadsBegin());
  llvm::append_range(convolution.padsEnd, op.getPadsEnd());
  return convolution;
}

ShardingRule ConvolutionOp::getShardingRule() {
  return convolutionRule(shapeOf(getInput()), shapeOf(getWeight()),
                         shapeOf(getResult()), convolutionShape(*this));
}

ShardingRule ConvolutionWeightGradientOp::getShardingRule() {
  ConvolutionShape convolution;
  convolution.groups = getGroups();
  llvm::append_range(convolution.strides, getStrides());
  llvm::append_range(convolution.dilations, getDilations());
  llvm::append_range(convolution.padsBegin, getPadsBegin());
  llvm::append_range(convolution.padsEnd, getPadsEnd());
  return convolutionWeightGradientRule(
      shapeOf(getInput()), shapeOf(getGradient()), getKernel(), convolution);
}

ShardingRule TransposedConvolutionOp::getShardingRule() {
  return transposedConvolutionRule(shapeOf(getInput()), shapeOf(getWeight()),
                                   shapeOf(getResult()),
                                   convolutionShape(*this));
}

/// How many of `groups` a rank has. Splits of the result's channels fall on the
/// groups first, and on what is inside of a group only when that is all that a
/// rank has.
static int64_t localGroups(int64_t groups, Value result, int64_t rank) {
  LayoutAttr layout = getLayout(result);
  ::dtc::Mesh mesh = layout.getMesh().getMesh();
  SmallVector<int64_t, 4> at = mesh.coordinates(rank);
  int64_t most = groups, own = groups;
  for (auto [axis, placement] : llvm::enumerate(layout.getPlacements())) {
    if (!placement.isShard(1) || most == 1)
      continue;
    own = chunk(own, mesh.size(axis), at[axis]).size();
    most = chunk(most, mesh.size(axis), 0).size();
  }
  return own;
}

template <typename Op>
static FailureOr<SmallVector<Value>>
localizeConvolution(Op op, OpBuilder &builder, ValueRange operands,
                    RankedTensorType type, const LocalWindows &windows,
                    int64_t rank) {
  // Where there is no result there may be no groups, or no window that fits.
  if (type.getNumElements() == 0)
    return SmallVector<Value>{emptyConstant(builder, op.getLoc(), type)};
  auto local = Op::create(builder, op.getLoc(), type, operands[0], operands[1],
                          op.getBias() ? operands[2] : Value(), op.getStrides(),
                          op.getDilations(), windows.padsBegin, windows.padsEnd,
                          localGroups(op.getGroups(), op.getResult(), rank));
  return SmallVector<Value>{local.getResult()};
}

FailureOr<SmallVector<Value>>
ConvolutionOp::localize(OpBuilder &builder, ValueRange operands,
                        TypeRange localResultTypes, int64_t rank) {
  return localizeConvolution(
      *this, builder, operands, cast<RankedTensorType>(localResultTypes[0]),
      localWindows(getInput(), getResult(), windowOf(*this), rank), rank);
}

FailureOr<SmallVector<Value>>
TransposedConvolutionOp::localize(OpBuilder &builder, ValueRange operands,
                                  TypeRange localResultTypes, int64_t rank) {
  return localizeConvolution(
      *this, builder, operands, cast<RankedTensorType>(localResultTypes[0]),
      localSpreadWindows(getInput(), getResult(), windowOf(*this), rank), rank);
}

FailureOr<SmallVector<Value>>
ConvolutionWeightGradientOp::localize(OpBuilder &builder, ValueRange operands,
                                      TypeRange localResultTypes,
                                      int64_t rank) {
  auto type = cast<RankedTensorType>(localResultTypes[0]);
  if (type.getNumElements() == 0)
    return SmallVector<Value>{emptyConstant(builder, getLoc(), type)};
  auto gradient = cast<RankedTensorType>(operands[1].getType());
  // Without positions there is nothing to sum, and no window that fits.
  if (gradient.getNumElements() == 0) {
    Attribute zero = FloatAttr::get(type.getElementType(), 0);
    Value zeros = ConstantOp::create(builder, getLoc(), type,
                                     DenseElementsAttr::get(type, zero));
    return SmallVector<Value>{zeros};
  }
  WindowAttributes window{getKernel(), getStrides(), getDilations(),
                          getPadsBegin(), getPadsEnd()};
  LocalWindows windows = localWindows(getInput(), getGradient(), window, rank);
  auto local = ConvolutionWeightGradientOp::create(
      builder, getLoc(), type, operands[0], operands[1], getStrides(),
      getDilations(), windows.padsBegin, windows.padsEnd, getKernel(),
      localGroups(getGroups(), getGradient(), rank));
  return SmallVector<Value>{local.getResult()};
}
