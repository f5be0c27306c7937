//===- Pooling.cpp - Shapes and rules of pools ----------------------------===//

#include "dtc/IR/ProgramLimits.h"
#include "dtc/IR/Windows.h"

using namespace mlir;
using namespace dtc;

template <typename Op> static WindowAttributes windowOf(Op op) {
  return {op.getKernel(), op.getStrides(), op.getDilations(), op.getPadsBegin(),
          op.getPadsEnd()};
}

/// The result's shape after the input and the window.
template <typename Adaptor>
static LogicalResult inferShape(Adaptor op, std::optional<Location> location,
                                SmallVectorImpl<int64_t> &shape) {
  ArrayRef<int64_t> input = shapeOf(op.getInput());
  if (input.size() < 3 || input.size() > 5)
    return emitOptionalError(location, "expected an input of rank 3 to 5, got ",
                             op.getInput().getType());
  shape.assign({input[0], input[1]});
  return inferWindows(location, input.drop_front(2), windowOf(op), shape);
}

template <typename Adaptor>
static LogicalResult inferSameElement(Adaptor op,
                                      std::optional<Location> location,
                                      SmallVectorImpl<Type> &results) {
  SmallVector<int64_t> shape;
  if (failed(inferShape(op, location, shape)))
    return failure();
  results.push_back(RankedTensorType::get(shape, elementOf(op.getInput())));
  return success();
}

/// Elements of a kernel have numbers.
static LogicalResult verifyPlaces(std::optional<Location> location,
                                  ArrayRef<int64_t> kernel) {
  if (!countElements(kernel))
    return emitOptionalError(location,
                             "expected a kernel of less than 2^44 "
                             "elements, got [",
                             kernel, "]");
  return success();
}

LogicalResult MaxPoolOp::inferTypes(Adaptor op,
                                    std::optional<Location> location,
                                    SmallVectorImpl<Type> &results) {
  return inferSameElement(op, location, results);
}

LogicalResult SumPoolOp::inferTypes(Adaptor op,
                                    std::optional<Location> location,
                                    SmallVectorImpl<Type> &results) {
  return inferSameElement(op, location, results);
}

LogicalResult AveragePoolOp::inferTypes(Adaptor op,
                                        std::optional<Location> location,
                                        SmallVectorImpl<Type> &results) {
  return inferSameElement(op, location, results);
}

LogicalResult ArgMaxPoolOp::inferTypes(Adaptor op,
                                       std::optional<Location> location,
                                       SmallVectorImpl<Type> &results) {
  SmallVector<int64_t> shape;
  if (failed(inferShape(op, location, shape)) ||
      failed(verifyPlaces(location, op.getKernel())))
    return failure();
  Type index = IntegerType::get(op.getInput().getContext(), 64);
  results.push_back(RankedTensorType::get(shape, index));
  return success();
}

/// The shape that the windows of a gradient cover: max_pool_gradient_c1.
LogicalResult MaxPoolGradientOp::inferTypes(Adaptor op,
                                            std::optional<Location> location,
                                            SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> gradient = shapeOf(op.getGradient());
  if (gradient.size() < 3 || gradient.size() > 5)
    return emitOptionalError(location,
                             "expected a gradient of rank 3 to 5, got ",
                             op.getGradient().getType());
  if (shapeOf(op.getPlaces()) != gradient ||
      !elementOf(op.getPlaces()).isSignlessInteger(64))
    return emitOptionalError(location,
                             "expected places of type i64 in the gradient's "
                             "shape, got ",
                             op.getPlaces().getType(), " for ",
                             op.getGradient().getType());
  SmallVector<int64_t> shape{gradient[0], gradient[1]};
  if (failed(inferSpreadWindows(location, gradient.drop_front(2), windowOf(op),
                                shape)) ||
      failed(verifyPlaces(location, op.getKernel())))
    return failure();
  results.push_back(RankedTensorType::get(shape, elementOf(op.getGradient())));
  return success();
}

LogicalResult AveragePoolOp::verify() {
  for (ArrayRef<int64_t> counted : {getCountedBegin(), getCountedEnd()}) {
    bool isBad = counted.size() != getKernel().size() ||
                 llvm::any_of(counted, [](int64_t n) {
                   return n < 0 || n >= int64_t(1) << 31;
                 });
    if (isBad)
      return emitOpError() << "expected counted padding of 0 or more for "
                           << getKernel().size() << " spatial dimensions";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Placements
//===----------------------------------------------------------------------===//

template <typename Op> static WindowShape windowShapeOf(Op op) {
  WindowShape window;
  llvm::append_range(window.kernel, op.getKernel());
  llvm::append_range(window.strides, op.getStrides());
  llvm::append_range(window.dilations, op.getDilations());
  llvm::append_range(window.padsBegin, op.getPadsBegin());
  llvm::append_range(window.padsEnd, op.getPadsEnd());
  return window;
}

template <typename Op> static ShardingRule ruleOf(Op op) {
  return poolingRule(shapeOf(op.getInput()), shapeOf(op.getResult()),
                     windowShapeOf(op));
}

ShardingRule MaxPoolOp::getShardingRule() { return ruleOf(*this); }

ShardingRule ArgMaxPoolOp::getShardingRule() { return ruleOf(*this); }

ShardingRule SumPoolOp::getShardingRule() {
  ShardingRule rule = ruleOf(*this);
  rule.linearity = Linearity::Each;
  return rule;
}

ShardingRule AveragePoolOp::getShardingRule() {
  ShardingRule rule = ruleOf(*this);
  rule.linearity = Linearity::Each;
  return rule;
}

ShardingRule MaxPoolGradientOp::getShardingRule() {
  return maxPoolGradientRule(shapeOf(getGradient()), shapeOf(getResult()),
                             windowShapeOf(*this));
}

FailureOr<SmallVector<Value>>
MaxPoolGradientOp::localize(OpBuilder &builder, ValueRange operands,
                            TypeRange localResultTypes, int64_t rank) {
  auto type = cast<RankedTensorType>(localResultTypes[0]);
  if (type.getNumElements() == 0)
    return SmallVector<Value>{emptyConstant(builder, getLoc(), type)};
  LocalWindows windows =
      localSpreadWindows(getGradient(), getResult(), windowOf(*this), rank);
  auto local = MaxPoolGradientOp::create(
      builder, getLoc(), type, operands[0], operands[1], getKernel(),
      getStrides(), getDilations(), windows.padsBegin, windows.padsEnd);
  return SmallVector<Value>{local.getResult()};
}

/// `make(windows)` builds the op with a rank's own padding.
template <typename Op, typename Make>
static FailureOr<SmallVector<Value>> localizePool(Op op, OpBuilder &builder,
                                                  TypeRange types, int64_t rank,
                                                  Make make) {
  auto type = cast<RankedTensorType>(types[0]);
  if (type.getNumElements() == 0)
    return SmallVector<Value>{emptyConstant(builder, op.getLoc(), type)};
  LocalWindows windows =
      localWindows(op.getInput(), op.getResult(), windowOf(op), rank);
  Op local = make(windows);
  return SmallVector<Value>{local.getResult()};
}

template <typename Op>
static FailureOr<SmallVector<Value>>
localizePlain(Op op, OpBuilder &builder, ValueRange operands, TypeRange types,
              int64_t rank) {
  return localizePool(op, builder, types, rank, [&](LocalWindows &windows) {
    return Op::create(builder, op.getLoc(), types[0], operands[0],
                      op.getKernel(), op.getStrides(), op.getDilations(),
                      windows.padsBegin, windows.padsEnd);
  });
}

FailureOr<SmallVector<Value>> MaxPoolOp::localize(OpBuilder &builder,
                                                  ValueRange operands,
                                                  TypeRange localResultTypes,
                                                  int64_t rank) {
  return localizePlain(*this, builder, operands, localResultTypes, rank);
}

FailureOr<SmallVector<Value>> SumPoolOp::localize(OpBuilder &builder,
                                                  ValueRange operands,
                                                  TypeRange localResultTypes,
                                                  int64_t rank) {
  return localizePlain(*this, builder, operands, localResultTypes, rank);
}

FailureOr<SmallVector<Value>> ArgMaxPoolOp::localize(OpBuilder &builder,
                                                     ValueRange operands,
                                                     TypeRange localResultTypes,
                                                     int64_t rank) {
  return localizePlain(*this, builder, operands, localResultTypes, rank);
}

FailureOr<SmallVector<Value>>
AveragePoolOp::localize(OpBuilder &builder, ValueRange operands,
                        TypeRange localResultTypes, int64_t rank) {
  auto make = [&](LocalWindows &windows) {
    SmallVector<int64_t, 3> before(getCountedBegin()), after(getCountedEnd());
    ArrayRef<int64_t> extents = shapeOf(getInput()).drop_front(2);
    for (auto [dim, needed] : llvm::enumerate(windows.needed)) {
      if (!windows.isSplit[dim])
        continue;
      // Counted positions that the windows reach on each side of what is held.
      int64_t begin = std::max(needed.begin, -before[dim]);
      int64_t end = std::min(needed.end, extents[dim] + after[dim]);
      int64_t heldBegin = needed.begin + windows.padsBegin[dim];
      int64_t heldEnd = needed.end - windows.padsEnd[dim];
      before[dim] = std::max<int64_t>(heldBegin - begin, 0);
      after[dim] = std::max<int64_t>(end - heldEnd, 0);
    }
    return AveragePoolOp::create(builder, getLoc(), localResultTypes[0],
                                 operands[0], getKernel(), getStrides(),
                                 getDilations(), windows.padsBegin,
                                 windows.padsEnd, before, after);
  };
  return localizePool(*this, builder, localResultTypes, rank, make);
}
