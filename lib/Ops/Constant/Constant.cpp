//===- Constant.cpp - Constants and parameters ----------------------------===//

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Constant
//===----------------------------------------------------------------------===//

LogicalResult ConstantOp::verify() {
  auto value = getValue().getShapedType();
  auto result = tensorType(getResult());
  if (value.getShape() != result.getShape() ||
      value.getElementType() != result.getElementType())
    return emitOpError() << "expected a result of the value's type "
                         << getValue().getType() << ", got " << result;
  return success();
}

OpFoldResult ConstantOp::fold(FoldAdaptor) {
  return getLayout(getResult()) ? Attribute() : Attribute(getValue());
}

ShardingRule ConstantOp::getShardingRule() {
  return sourceRule(shapeOf(getResult()));
}

FailureOr<SmallVector<Value>> ConstantOp::localize(OpBuilder &builder,
                                                   ValueRange,
                                                   TypeRange localResultTypes,
                                                   int64_t rank) {
  auto type = cast<RankedTensorType>(localResultTypes[0]);
  auto dense = dyn_cast<DenseElementsAttr>(getValue());
  if (!dense)
    return emitOpError() << "expected a dense value to cut";
  DenseElementsAttr local;
  if (dense.isSplat()) {
    local = DenseElementsAttr::get(type, dense.getSplatValue<Attribute>());
  } else {
    LayoutAttr layout = getLayout(getResult());
    auto box = localBox(shapeOf(getResult()), layout.getPlacements(),
                        layout.getMesh().getMesh(), rank);
    local = HostTensor::fromAttribute(dense).cut(box).toAttribute(
        builder.getContext());
  }
  auto op = ConstantOp::create(builder, getLoc(), type, local);
  return SmallVector<Value>{op.getResult()};
}

//===----------------------------------------------------------------------===//
// Parameter
//===----------------------------------------------------------------------===//

ShardingRule ParameterOp::getShardingRule() {
  return sourceRule(shapeOf(getResult()));
}

FailureOr<SmallVector<Value>> ParameterOp::localize(OpBuilder &builder,
                                                    ValueRange,
                                                    TypeRange localResultTypes,
                                                    int64_t) {
  auto op = ParameterOp::create(builder, getLoc(), localResultTypes[0],
                                getNameAttr(), getExternalAttr(), LayoutAttr(),
                                TypeAttr::get(getResult().getType()));
  return SmallVector<Value>{op.getResult()};
}
