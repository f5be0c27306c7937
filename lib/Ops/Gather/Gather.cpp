//===- Gather.cpp - Shapes, rules and local forms of lookups --------------===//

#include "dtc/IR/TensorBuilder.h"

using namespace mlir;
using namespace dtc;

namespace {
/// Which rows of a split table a rank has; null where the table is whole.
struct LocalRows {
  IntegerAttr offset, total;
};
} // namespace

static LocalRows localRows(OpBuilder &builder, Value table, int64_t axis,
                           int64_t rank) {
  LayoutAttr layout = getLayout(table);
  ::dtc::Mesh mesh = layout.getMesh().getMesh();
  if (numShards(axis, layout.getPlacements(), mesh) <= 1)
    return {};
  auto box = localBox(shapeOf(table), layout.getPlacements(), mesh, rank);
  return {builder.getI64IntegerAttr(box[axis].begin),
          builder.getI64IntegerAttr(shapeOf(table)[axis])};
}

//===----------------------------------------------------------------------===//
// Embedding
//===----------------------------------------------------------------------===//

LogicalResult EmbeddingOp::inferTypes(Adaptor op,
                                      std::optional<Location> location,
                                      SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> weight = shapeOf(op.getWeight());
  if (weight.size() != 2)
    return emitOptionalError(location, "expected a table of rank 2, got ",
                             op.getWeight().getType());
  SmallVector<int64_t> shape(shapeOf(op.getIndices()));
  shape.push_back(weight[1]);
  results.push_back(RankedTensorType::get(shape, elementOf(op.getWeight())));
  return success();
}

LogicalResult EmbeddingOp::verify() {
  if (getRowOffset().has_value() != getTotalRows().has_value())
    return emitOpError() << "expected 'rowOffset' and 'totalRows' together";
  if (getRowOffset() &&
      (getRowOffsetAttr().getInt() < 0 || getTotalRowsAttr().getInt() < 0))
    return emitOpError() << "expected row counts of 0 or more";
  return success();
}

ShardingRule EmbeddingOp::getShardingRule() {
  return embeddingRule(shapeOf(getWeight()), shapeOf(getIndices()));
}

FailureOr<SmallVector<Value>> EmbeddingOp::localize(OpBuilder &builder,
                                                    ValueRange operands,
                                                    TypeRange localResultTypes,
                                                    int64_t rank) {
  LocalRows rows = localRows(builder, getWeight(), 0, rank);
  auto local =
      EmbeddingOp::create(builder, getLoc(), localResultTypes[0], operands[0],
                          operands[1], rows.offset, rows.total);
  return SmallVector<Value>{local.getResult()};
}

LogicalResult EmbeddingGradientOp::inferTypes(Adaptor op,
                                              std::optional<Location> location,
                                              SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> gradient = shapeOf(op.getGradient());
  ArrayRef<int64_t> indices = shapeOf(op.getIndices());
  if (gradient.size() < indices.size() ||
      gradient.take_front(indices.size()) != indices) // embedding_gradient_c1
    return emitOptionalError(location,
                             "expected a gradient whose shape begins with that "
                             "of the indices, got ",
                             op.getGradient().getType(), " for ",
                             op.getIndices().getType());
  int64_t rows = op.getRowsAttr().getInt();
  if (rows < 0) // embedding_gradient_c2
    return emitOptionalError(location, "expected 0 rows or more, got ", rows);
  SmallVector<int64_t> shape{rows};
  llvm::append_range(shape, gradient.drop_front(indices.size()));
  results.push_back(RankedTensorType::get(shape, elementOf(op.getGradient())));
  return success();
}

ShardingRule EmbeddingGradientOp::getShardingRule() {
  return embeddingGradientRule(shapeOf(getGradient()), shapeOf(getIndices()),
                               getRowsAttr().getInt());
}

/// What of the gradient goes to `own` rows of `rows`: indices that count from
/// there, and zeros for the places of other ranks.
static std::pair<Value, Value> keepOwnRows(TensorBuilder &b, Value gradient,
                                           Value indices, int64_t rows,
                                           Interval own) {
  indices = b.cast(indices, b.getBuilder().getI64Type());
  Value zero = b.scalar(0, indices);
  Value isNegative = b.make<LessOp>(indices, zero);
  indices = b.make<SelectOp>(isNegative, b.add(indices, rows), indices);
  Value isOwn = b.make<AndOp>(
      b.make<GreaterEqualOp>(indices, b.scalar(own.begin, indices)),
      b.make<LessOp>(indices, b.scalar(own.end, indices)));
  indices = b.where(isOwn, b.sub(indices, b.scalar(own.begin, indices)));
  SmallVector<int64_t> shape(shapeOf(isOwn));
  shape.append(shapeOf(gradient).size() - shape.size(), 1);
  return {b.where(b.reshape(isOwn, shape), gradient), indices};
}

FailureOr<SmallVector<Value>>
EmbeddingGradientOp::localize(OpBuilder &builder, ValueRange operands,
                              TypeRange localResultTypes, int64_t rank) {
  auto type = cast<RankedTensorType>(localResultTypes[0]);
  Value gradient = operands[0], indices = operands[1];
  LayoutAttr layout = getLayout(getResult());
  TensorBuilder b(builder, getLoc());
  if (type.getNumElements() == 0)
    return SmallVector<Value>{b.constant(type, 0)};
  if (numShards(0, layout.getPlacements(), layout.getMesh().getMesh()) > 1) {
    auto box = localBox(shapeOf(getResult()), layout.getPlacements(),
                        layout.getMesh().getMesh(), rank);
    std::tie(gradient, indices) =
        keepOwnRows(b, gradient, indices, getRowsAttr().getInt(), box[0]);
  }
  auto local = EmbeddingGradientOp::create(builder, getLoc(), type, gradient,
                                           indices, type.getDimSize(0));
  return SmallVector<Value>{local.getResult()};
}

std::string EmbeddingRenormOp::getRefusal() {
  return "a lookup with a largest norm is not placed: "
         "aten.embedding_renorm_.default does not have a sharding strategy "
         "registered.";
}

LogicalResult EmbeddingRenormOp::verify() {
  if (shapeOf(getWeight()).size() != 2)
    return emitOpError() << "expected a table of rank 2, got "
                         << getWeight().getType();
  if (shapeOf(getResult()) != shapeOf(getWeight()) ||
      elementOf(getResult()) != elementOf(getWeight()))
    return emitOpError() << "expected a result of the table's type "
                         << getWeight().getType() << ", got " << getType();
  if (!(getMaxNorm().convertToDouble() > 0))
    return emitOpError() << "expected a norm above 0, got "
                         << getMaxNorm().convertToDouble();
  return success();
}

//===----------------------------------------------------------------------===//
// Gather
//===----------------------------------------------------------------------===//

LogicalResult GatherOp::inferTypes(Adaptor op, std::optional<Location> location,
                                   SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> data = shapeOf(op.getData());
  int64_t axis = op.getAxis();
  if (failed(verifyAxis(location, axis, data.size())))
    return failure();
  SmallVector<int64_t> shape(data.take_front(axis));
  llvm::append_range(shape, shapeOf(op.getIndices()));
  llvm::append_range(shape, data.drop_front(axis + 1));
  results.push_back(RankedTensorType::get(shape, elementOf(op.getData())));
  return success();
}

LogicalResult GatherOp::verify() {
  return verifyAxis(getLoc(), getAxis(), shapeOf(getData()).size());
}

ShardingRule GatherOp::getShardingRule() {
  return gatherRule(shapeOf(getData()), shapeOf(getIndices()), getAxis());
}

//===----------------------------------------------------------------------===//
// Gather elements
//===----------------------------------------------------------------------===//

LogicalResult GatherElementsOp::inferTypes(Adaptor op,
                                           std::optional<Location> location,
                                           SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> data = shapeOf(op.getData());
  ArrayRef<int64_t> indices = shapeOf(op.getIndices());
  int64_t axis = op.getAxis();
  if (failed(verifyAxis(location, axis, data.size())))
    return failure();
  if (data.size() != indices.size())
    return emitOptionalError(location,
                             "expected data and indices of one rank, got ",
                             data.size(), " and ", indices.size());
  for (size_t i = 0; i < data.size(); ++i)
    if (static_cast<int64_t>(i) != axis && indices[i] > data[i])
      return emitOptionalError(location, "expected at most ", data[i],
                               " indices in dimension ", i, ", got ",
                               indices[i]);
  results.push_back(RankedTensorType::get(indices, elementOf(op.getData())));
  return success();
}

LogicalResult GatherElementsOp::verify() {
  if (getOffset().has_value() != getTotal().has_value())
    return emitOpError() << "expected 'offset' and 'total' together";
  if (getOffset() &&
      (getOffsetAttr().getInt() < 0 || getTotalAttr().getInt() < 0))
    return emitOpError() << "expected counts of elements of 0 or more";
  return verifyAxis(getLoc(), getAxis(), shapeOf(getData()).size());
}

ShardingRule GatherElementsOp::getShardingRule() {
  return gatherElementsRule(shapeOf(getData()), shapeOf(getIndices()),
                            getAxis());
}

FailureOr<SmallVector<Value>>
GatherElementsOp::localize(OpBuilder &builder, ValueRange operands,
                           TypeRange localResultTypes, int64_t rank) {
  LocalRows rows = localRows(builder, getData(), getAxis(), rank);
  auto local = GatherElementsOp::create(builder, getLoc(), localResultTypes[0],
                                        operands[0], operands[1], getAxisAttr(),
                                        rows.offset, rows.total);
  return SmallVector<Value>{local.getResult()};
}

//===----------------------------------------------------------------------===//
// Gather by index tuples
//===----------------------------------------------------------------------===//

LogicalResult GatherNdOp::inferTypes(Adaptor op,
                                     std::optional<Location> location,
                                     SmallVectorImpl<Type> &results) {
  ArrayRef<int64_t> data = shapeOf(op.getData());
  ArrayRef<int64_t> indices = shapeOf(op.getIndices());
  int64_t batch = op.getBatchDims();
  if (batch < 0 || batch >= static_cast<int64_t>(indices.size()) ||
      batch > static_cast<int64_t>(data.size()) ||
      data.take_front(batch) != indices.take_front(batch))
    return emitOptionalError(location, "expected ", batch,
                             " equal batch dimensions");
  int64_t tuple = indices.back();
  if (tuple < 0 || batch + tuple > static_cast<int64_t>(data.size()))
    return emitOptionalError(location, "expected index tuples of at most ",
                             data.size() - batch, " numbers, got ", tuple);
  SmallVector<int64_t> shape(indices.drop_back());
  llvm::append_range(shape, data.drop_front(batch + tuple));
  results.push_back(RankedTensorType::get(shape, elementOf(op.getData())));
  return success();
}

ShardingRule GatherNdOp::getShardingRule() {
  return gatherNdRule(shapeOf(getData()), shapeOf(getIndices()),
                      shapeOf(getResult()), getBatchDims());
}
