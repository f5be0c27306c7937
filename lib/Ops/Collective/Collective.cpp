//===- Collective.cpp - Redistribution and collectives --------------------===//
//
// Placed, a collective's types say everything: exactly one axis changes, from
// and to what its kind stands for. Localised, types are plain and only shapes
// are checked.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/ShapeInference.h"
#include "dtc/Sharding/Redistribution.h"

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Redistribute
//===----------------------------------------------------------------------===//

LogicalResult RedistributeOp::verify() {
  LayoutAttr from = getLayout(getInput()), to = getLayout(getResult());
  if (!from || !to)
    return emitOpError() << "expected placements on operand and result";
  if (from.getMesh() != to.getMesh())
    return emitOpError() << "expected one mesh, got " << from.getMesh()
                         << " and " << to.getMesh();
  if (!detail::sameShapesAndElementTypes(getInput().getType(),
                                         getResult().getType()))
    return emitOpError() << "expected equal shapes and element types, got "
                         << getInput().getType() << " and "
                         << getResult().getType();
  return success();
}

OpFoldResult RedistributeOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? getInput() : Value();
}

//===----------------------------------------------------------------------===//
// Collectives
//===----------------------------------------------------------------------===//

/// Checks that between the placed types only axis `axis` differs, going from
/// `from` to `to`; plain types pass.
static LogicalResult verifyAxisChange(Operation *op, Type input, Type result,
                                      int64_t axis, Placement from,
                                      Placement to) {
  LayoutAttr source = getLayout(input), target = getLayout(result);
  if (!source && !target)
    return success();
  if (!source || !target || source.getMesh() != target.getMesh())
    return op->emitOpError() << "expected operand and result on one mesh";
  if (axis < 0 || axis >= source.getMesh().getRank())
    return op->emitOpError() << "expected an axis of the mesh, got " << axis;
  for (int64_t i = 0; i < source.getMesh().getRank(); ++i) {
    Placement before = source.getPlacements()[i];
    Placement after = target.getPlacements()[i];
    bool asExpected =
        i == axis ? (before == from || (before.isMaskPartial() &&
                                        from.isPartial(ReduceKind::Sum))) &&
                        after == to
                  : before == after;
    if (!asExpected)
      return op->emitOpError()
             << "expected only axis " << axis << " to change, from "
             << from.str() << " to " << to.str() << ", got "
             << stringify(source.getPlacements()) << " to "
             << stringify(target.getPlacements());
  }
  return success();
}

static ReduceKind reduceKind(ReduceKindEnum kind) {
  return static_cast<ReduceKind>(static_cast<int64_t>(kind));
}

LogicalResult AllReduceOp::verify() {
  Type result = getResult().getType().getValueType();
  if (!detail::sameShapesAndElementTypes(getInput().getType(), result))
    return emitOpError() << "expected operand and result of one shape";
  return verifyAxisChange(*this, getInput().getType(), result, getAxis(),
                          Placement::partial(reduceKind(getReduce())),
                          Placement::replicate());
}

LogicalResult AllGatherOp::verify() {
  return verifyAxisChange(*this, getInput().getType(),
                          getResult().getType().getValueType(), getAxis(),
                          Placement::shard(getDim()), Placement::replicate());
}

LogicalResult ReduceScatterOp::verify() {
  return verifyAxisChange(*this, getInput().getType(),
                          getResult().getType().getValueType(), getAxis(),
                          Placement::partial(reduceKind(getReduce())),
                          Placement::shard(getDim()));
}

LogicalResult AllToAllOp::verify() {
  return verifyAxisChange(
      *this, getInput().getType(), getResult().getType().getValueType(),
      getAxis(), Placement::shard(getFromDim()), Placement::shard(getToDim()));
}

/// Checks the attributes alone, and that they fit the shapes.
static LogicalResult verifyRows(HaloExchangeOp op) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  int64_t dim = op.getDim(), extent = op.getExtent();
  if (dim < 0 || dim >= input.getRank() || extent < 0)
    return op.emitOpError()
           << "expected a dimension of " << input
           << " and an extent of 0 or more, got " << dim << " and " << extent;
  ArrayRef<int64_t> rows = op.getRows();
  bool areOrdered = rows.size() % 2 == 0;
  for (size_t i = 0; areOrdered && i < rows.size(); i += 2)
    areOrdered =
        rows[i] >= 0 && rows[i] <= rows[i + 1] && rows[i + 1] <= extent;
  if (!areOrdered)
    return op.emitOpError() << "expected a begin and an end from 0 to "
                            << extent << " for each rank, got [" << rows << "]";
  return success();
}

LogicalResult HaloExchangeOp::verify() {
  if (failed(verifyRows(*this)))
    return failure();
  auto input = cast<RankedTensorType>(getInput().getType());
  RankedTensorType result = getResult().getType().getValueType();
  LayoutAttr target = getLayout(result);
  if (!target)
    return success();
  int64_t axis = getAxis(), dim = getDim(), extent = getExtent();
  if (axis < 0 || axis >= target.getMesh().getRank())
    return emitOpError() << "expected an axis of the mesh, got " << axis;
  const Placement &to = target.getPlacements()[axis];
  if (!to.isWindow() || to.dim != dim || input.getDimSize(dim) != extent)
    return emitOpError() << "expected windows on dimension " << dim
                         << " of extent " << extent << ", got " << result;
  SmallVector<int64_t> expected;
  for (Interval wanted :
       windowRows(to.window, extent, target.getMesh().getSizes()[axis]))
    expected.append({wanted.begin, wanted.end});
  if (getRows() != ArrayRef<int64_t>(expected))
    return emitOpError() << "expected the rows of the result's windows, ["
                         << ArrayRef<int64_t>(expected) << "], got ["
                         << getRows() << "]";
  return verifyAxisChange(*this, input, result, axis, Placement::shard(dim),
                          to);
}

LogicalResult WaitOp::verify() {
  if (getInput().getType().getValueType() != getResult().getType())
    return emitOpError() << "expected the type of the awaited value "
                         << getInput().getType().getValueType() << ", got "
                         << getResult().getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Local steps
//===----------------------------------------------------------------------===//

FailureOr<SmallVector<Value>> LocalSliceOp::localize(OpBuilder &builder,
                                                     ValueRange operands,
                                                     TypeRange localResultTypes,
                                                     int64_t rank) {
  LayoutAttr from = getLayout(getInput()), to = getLayout(getResult());
  ::dtc::Mesh mesh = from.getMesh().getMesh();
  ArrayRef<int64_t> shape = shapeOf(getInput());
  Interval held = localBox(shape, from.getPlacements(), mesh, rank)[getDim()];
  Interval kept = localBox(shape, to.getPlacements(), mesh, rank)[getDim()];
  auto slice = SliceOp::create(
      builder, getLoc(), localResultTypes[0], operands[0],
      builder.getDenseI64ArrayAttr({static_cast<int64_t>(getDim())}),
      builder.getDenseI64ArrayAttr(
          {kept.size() == 0 ? 0 : kept.begin - held.begin}),
      builder.getDenseI64ArrayAttr({kept.size()}),
      builder.getDenseI64ArrayAttr({1}));
  return SmallVector<Value>{slice.getResult()};
}

/// A splat constant of one element.
static Value scalar(OpBuilder &builder, Location location, Type element,
                    int64_t value) {
  auto type = RankedTensorType::get({}, element);
  Attribute attribute =
      isa<FloatType>(element)
          ? Attribute(builder.getFloatAttr(element, static_cast<double>(value)))
          : Attribute(builder.getIntegerAttr(element, value));
  return ConstantOp::create(builder, location, type,
                            DenseElementsAttr::get(type, attribute));
}

FailureOr<SmallVector<Value>>
LocalPartialOp::localize(OpBuilder &builder, ValueRange operands,
                         TypeRange localResultTypes, int64_t rank) {
  ReduceKind reduce = reduceKind(getReduce());
  if (reduce == ReduceKind::Avg || reduce == ReduceKind::Max ||
      reduce == ReduceKind::Min)
    return SmallVector<Value>{operands[0]};
  ::dtc::Mesh mesh = getLayout(getInput()).getMesh().getMesh();
  Type element = elementOf(getInput());
  if (reduce == ReduceKind::Sum && isa<FloatType>(element)) {
    Value count = scalar(builder, getLoc(), element, mesh.size(getAxis()));
    Value part = DivOp::create(builder, getLoc(), localResultTypes[0],
                               operands[0], count);
    return SmallVector<Value>{part};
  }
  // Integers do not divide exactly and products have no equal shares: the first
  // rank of the axis contributes the value, the others the neutral element.
  if (mesh.coordinates(rank)[getAxis()] == 0)
    return SmallVector<Value>{operands[0]};
  Value neutral =
      scalar(builder, getLoc(), element, reduce == ReduceKind::Sum ? 0 : 1);
  Value part =
      BroadcastOp::create(builder, getLoc(), localResultTypes[0], neutral);
  return SmallVector<Value>{part};
}
