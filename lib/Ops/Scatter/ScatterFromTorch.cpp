//===- ScatterFromTorch.cpp - Updates by index of ATen --------------------===//

#include "../Gather/AdvancedIndex.h"

using namespace mlir;
using namespace dtc;

static ReduceKindEnumAttr combineBy(TorchNode &node, ReduceKindEnum kind) {
  return ReduceKindEnumAttr::get(node.getContext(), kind);
}

/// Updates at places along a dimension. The indices may be smaller than the
/// updates, which are cut then.
static Value scatter(TorchNode &node, Value updates,
                     ReduceKindEnumAttr combine) {
  Value data = node.tensor("self"), indices = node.tensor("index");
  int64_t axis = node.dimension(node.integer("dim"), node.rank(data));
  if (node.failed() || !updates || node.rank(data) == 0)
    return node.error("expected an operand of rank 1 or more");
  ArrayRef<int64_t> wanted = node.shape(indices);
  for (size_t dim = 0; dim < wanted.size(); ++dim) {
    ArrayRef<int64_t> shape = node.shape(updates);
    if (shape.size() != wanted.size() || shape[dim] < wanted[dim])
      return node.error("expected updates for all indices");
    updates = node.slice(updates, dim, 0, wanted[dim]);
    if (!updates)
      return {};
  }
  return node.create<ScatterElementsOp>(data, node.cast(indices, node.i64()),
                                        node.cast(updates, node.element(data)),
                                        axis, combine);
}

static NodeResults importScatterSource(TorchNode &node) {
  return {scatter(node, node.tensor("src"), {})};
}

static NodeResults importScatterValue(TorchNode &node) {
  Value data = node.tensor("self"), indices = node.tensor("index");
  Value value = node.operand("value", node.element(data));
  return {scatter(node, node.broadcast(value, node.shape(indices)), {})};
}

static NodeResults importScatterAdd(TorchNode &node) {
  return {
      scatter(node, node.tensor("src"), combineBy(node, ReduceKindEnum::sum))};
}

static NodeResults importScatterReduce(TorchNode &node) {
  StringRef word = node.text("reduce", "");
  auto kind = llvm::StringSwitch<std::optional<ReduceKindEnum>>(word)
                  .Case("sum", ReduceKindEnum::sum)
                  .Case("prod", ReduceKindEnum::product)
                  .Case("amax", ReduceKindEnum::max)
                  .Case("amin", ReduceKindEnum::min)
                  .Default(std::nullopt);
  if (!kind)
    return {node.error("argument 'reduce': expected 'sum', 'prod', 'amax' or "
                       "'amin', got '" +
                       word + "'")};
  if (!node.flag("include_self", true))
    return {node.error("argument 'include_self': expected true, got false")};
  return {scatter(node, node.tensor("src"), combineBy(node, *kind))};
}

/// data[..., indices, ...] = values, or += values.
static NodeResults importIndexPut(TorchNode &node) {
  Value data = node.tensor("self"), values = node.tensor("values");
  bool accumulate = node.flag("accumulate", false);
  SmallVector<Value> given = node.tensors("indices");
  if (node.failed())
    return {};
  Type type = node.element(data);
  // A mask of the whole tensor chooses between one value and what is there.
  bool isMask = given.size() == 1 && given[0] &&
                node.element(given[0]).isInteger(1) && !accumulate &&
                node.shape(given[0]) == node.shape(data) &&
                numElements(node.shape(values)) == 1;
  if (isMask)
    return {node.create<SelectOp>(
        given[0], node.cast(node.reshape(values, {}), type), data)};
  auto index = readAdvancedIndex(node, data);
  if (!index)
    return {};
  Value moved = node.transpose(data, index->toFront);
  if (!moved)
    return {};
  SmallVector<int64_t> front(index->shape);
  llvm::append_range(front, node.shape(moved).drop_front(index->dims.size()));
  // Values broadcast to the shape that the result of a lookup has.
  SmallVector<int64_t> shape;
  for (int64_t dim : index->resultPlaces)
    shape.push_back(front[dim]);
  Value updates = node.transpose(node.broadcast(node.cast(values, type), shape),
                                 index->resultFront);
  Value result = node.create<ScatterNdOp>(
      moved, index->tuples(node), updates,
      accumulate ? combineBy(node, ReduceKindEnum::sum) : ReduceKindEnumAttr());
  return {node.transpose(result, index->toBack)};
}

/// The indices of one dimension for whole slices, in the slices' shape.
static Value spread(TorchNode &node, Value indices, int64_t axis,
                    ArrayRef<int64_t> shape) {
  SmallVector<int64_t> column(shape.size(), 1);
  column[axis] = numElements(node.shape(indices));
  return node.broadcast(node.reshape(node.cast(indices, node.i64()), column),
                        shape);
}

/// Slices along a dimension are replaced, or added to.
static NodeResults updateSlices(TorchNode &node, Value slices,
                                ReduceKindEnumAttr combine) {
  Value data = node.tensor("self"), indices = node.tensor("index");
  int64_t axis = node.dimension(node.integer("dim"), node.rank(data));
  if (node.failed() || node.rank(data) == 0)
    return {node.error("expected an operand of rank 1 or more")};
  SmallVector<int64_t> shape(node.shape(data));
  shape[axis] = numElements(node.shape(indices));
  slices = node.broadcast(node.cast(slices, node.element(data)), shape);
  return {node.create<ScatterElementsOp>(
      data, spread(node, indices, axis, shape), slices, axis, combine)};
}

static NodeResults importIndexAdd(TorchNode &node) {
  Value source = node.tensor("source");
  if (auto alpha = node.number("alpha"); alpha && alpha->real != 1)
    source =
        node.create<MulOp>(source, node.scalar(*alpha, node.element(source)));
  return updateSlices(node, source, combineBy(node, ReduceKindEnum::sum));
}

static NodeResults importIndexCopy(TorchNode &node) {
  return updateSlices(node, node.tensor("source"), {});
}

static NodeResults importIndexFill(TorchNode &node) {
  return updateSlices(
      node, node.operand("value", node.element(node.tensor("self"))), {});
}

void dtc::registerScatterTorchImporters(TorchImporters &importers) {
  importers.add("aten.scatter.src", importScatterSource);
  importers.add("aten.scatter.value", importScatterValue);
  importers.add("aten.scatter_add.default", importScatterAdd);
  importers.add("aten.scatter_reduce.two", importScatterReduce);
  importers.add("aten.index_put.default", importIndexPut);
  importers.add("aten._unsafe_index_put.default", importIndexPut);
  importers.add("aten.index_add.default", importIndexAdd);
  importers.add("aten.index_copy.default", importIndexCopy);
  importers.add("aten.index_fill.int_Scalar", importIndexFill);
  importers.add("aten.index_fill.int_Tensor", importIndexFill);
}
