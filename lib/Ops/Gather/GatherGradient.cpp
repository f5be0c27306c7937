//===- GatherGradient.cpp - Gradients of lookups --------------------------===//
//
// Gradients are summed where their elements were looked up.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/Gradient.h"

#include <numeric>

using namespace mlir;
using namespace dtc;

/// `gradient`, whose shape begins with that of the indices, without the places
/// of the table's padding row (`dtc.padding_row`), which gets no gradient.
static Value withoutPadding(GradientBuilder &b, Operation *op, Value gradient,
                            Value indices) {
  auto row = op->getAttrOfType<IntegerAttr>("dtc.padding_row");
  if (!row)
    return gradient;
  int64_t rows = shapeOf(op->getOperand(0))[0];
  Value isPadding = b.make<EqualOp>(indices, b.scalar(row.getInt(), indices));
  if (!elementOf(indices).isUnsignedInteger())
    isPadding = b.make<OrOp>(
        isPadding,
        b.make<EqualOp>(indices, b.scalar(row.getInt() - rows, indices)));
  SmallVector<int64_t> shape(shapeOf(indices));
  shape.append(shapeOf(gradient).size() - shape.size(), 1);
  return b.unless(b.reshape(isPadding, shape), gradient);
}

LogicalResult EmbeddingOp::differentiate(GradientBuilder &b) {
  Value rows = withoutPadding(b, *this, b.gradient(), getIndices());
  b.set(0, b.make<EmbeddingGradientOp>(rows, getIndices(),
                                       shapeOf(getWeight())[0]));
  return success();
}

/// The looked-up dimension first, then as a table.
LogicalResult GatherOp::differentiate(GradientBuilder &b) {
  int64_t axis = getAxis(), places = shapeOf(getIndices()).size();
  int64_t rank = shapeOf(getData()).size();
  SmallVector<int64_t> placesFirst(places);
  std::iota(placesFirst.begin(), placesFirst.end(), axis);
  for (int64_t dim = 0; dim < axis; ++dim)
    placesFirst.push_back(dim);
  for (int64_t dim = axis + 1; dim < rank; ++dim)
    placesFirst.push_back(dim + places - 1);
  SmallVector<int64_t> back;
  for (int64_t dim = 0; dim < rank; ++dim)
    back.push_back(dim < axis ? dim + 1 : dim == axis ? 0 : dim);
  Value rows = b.transpose(b.gradient(), placesFirst);
  if (axis == 0)
    rows = withoutPadding(b, *this, rows, getIndices());
  Value table =
      b.make<EmbeddingGradientOp>(rows, getIndices(), shapeOf(getData())[axis]);
  b.set(0, b.transpose(table, back));
  return success();
}

static ReduceKindEnumAttr sumOf(MLIRContext *context) {
  return ReduceKindEnumAttr::get(context, ReduceKindEnum::sum);
}

LogicalResult GatherElementsOp::differentiate(GradientBuilder &b) {
  Value zeros = b.constant(tensorType(getData()), 0);
  b.set(0, b.make<ScatterElementsOp>(zeros, getIndices(), b.gradient(),
                                     getAxisAttr(), sumOf(getContext())));
  return success();
}

/// Index tuples that begin with the place in each of the batch dimensions.
static Value tuplesOfBatches(GradientBuilder &b, Value indices,
                             int64_t batchDims) {
  SmallVector<Value> parts;
  SmallVector<int64_t> one(shapeOf(indices));
  one.back() = 1;
  for (int64_t dim = 0; dim < batchDims; ++dim) {
    SmallVector<int64_t> shape(one.size(), 1);
    shape[dim] = one[dim];
    Value place = b.cast(b.counter(shape, dim), elementOf(indices));
    parts.push_back(b.broadcast(place, one));
  }
  parts.push_back(indices);
  return b.make<ConcatOp>(parts, int64_t(one.size()) - 1);
}

LogicalResult GatherNdOp::differentiate(GradientBuilder &b) {
  Value zeros = b.constant(tensorType(getData()), 0);
  Value tuples = getIndices();
  if (getBatchDims() != 0)
    tuples = tuplesOfBatches(b, tuples, getBatchDims());
  b.set(0,
        b.make<ScatterNdOp>(zeros, tuples, b.gradient(), sumOf(getContext())));
  return success();
}
