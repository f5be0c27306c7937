//===- GatherFromTorch.cpp - Lookups of ATen ------------------------------===//

#include "AdvancedIndex.h"
#include "KnownGather.h"

using namespace mlir;
using namespace dtc;

static NodeResults importEmbedding(TorchNode &node) {
  Value weight = node.tensor("weight"), indices = node.tensor("indices");
  // How the table's gradient is stored.
  node.ignore("sparse");
  int64_t padding = node.integer("padding_idx", -1);
  bool isScaled = node.flag("scale_grad_by_freq", false);
  Value result =
      node.create<EmbeddingOp>(weight, indices, IntegerAttr(), IntegerAttr());
  Operation *lookup = result ? result.getDefiningOp() : nullptr;
  if (isScaled)
    return {node.error("argument 'scale_grad_by_freq': expected false, got "
                       "true")};
  // The row that gets no gradient.
  if (lookup && padding >= 0)
    lookup->setDiscardableAttr(
        "dtc.padding_row",
        IntegerAttr::get(IntegerType::get(node.getContext(), 64), padding));
  return {result};
}

/// data[..., indices, ...] along one dimension.
static Value gather(TorchNode &node, Value data, Value indices, int64_t axis) {
  if (!data || !indices)
    return {};
  if (const HostTensor *known = node.known(indices))
    return gatherKnown(node, data, axis, *known);
  return node.create<GatherOp>(data, indices, axis);
}

static NodeResults importIndexSelect(TorchNode &node) {
  Value data = node.tensor("self"), indices = node.tensor("index");
  int64_t axis = node.dimension(node.integer("dim"), node.rank(data));
  if (node.failed() || node.rank(data) == 0)
    return {node.error("expected an operand of rank 1 or more")};
  if (node.rank(indices) == 0)
    indices = node.unsqueeze(indices, 0);
  return {gather(node, data, indices, axis)};
}

static NodeResults importIndex(TorchNode &node) {
  Value data = node.tensor("self");
  auto index = readAdvancedIndex(node, data);
  if (!index)
    return {};
  if (index->dims.size() == 1)
    return {gather(node, data, index->indices.front(), index->dims.front())};
  Value moved = node.transpose(data, index->toFront);
  Value result =
      node.create<GatherNdOp>(moved, index->tuples(node), int64_t(0));
  return {node.transpose(result, index->resultPlaces)};
}

static NodeResults importGather(TorchNode &node) {
  Value data = node.tensor("self"), indices = node.tensor("index");
  node.ignore("sparse_grad");
  int64_t axis = node.dimension(node.integer("dim"), node.rank(data));
  if (node.failed() || node.rank(data) == 0)
    return {node.error("expected an operand of rank 1 or more")};
  return {node.create<GatherElementsOp>(data, indices, axis, IntegerAttr(),
                                        IntegerAttr())};
}

/// Indices and data broadcast to one shape but for the dimension.
static NodeResults importTakeAlong(TorchNode &node) {
  Value data = node.tensor("self"), indices = node.tensor("indices");
  auto dim = node.optionalInteger("dim");
  if (!dim) {
    data = node.reshape(data, {numElements(node.shape(data))});
    indices = node.reshape(indices, {numElements(node.shape(indices))});
  }
  int64_t rank = node.rank(data);
  int64_t axis = node.dimension(dim.value_or(0), rank);
  if (node.failed() || rank == 0 || node.rank(indices) != rank)
    return {node.error("expected operands of one rank of 1 or more")};
  SmallVector<int64_t> dataShape(node.shape(data)),
      indexShape(node.shape(indices)), shape;
  int64_t extent = dataShape[axis], count = indexShape[axis];
  dataShape[axis] = indexShape[axis] = 1;
  if (failed(broadcastShapes(std::nullopt, {dataShape, indexShape}, shape)))
    return {node.error("expected operands that broadcast to one shape")};
  shape[axis] = extent;
  data = node.broadcast(data, shape);
  shape[axis] = count;
  indices = node.broadcast(indices, shape);
  return {node.create<GatherElementsOp>(data, indices, axis, IntegerAttr(),
                                        IntegerAttr())};
}

/// 1 where the class is the index, as i64.
static NodeResults importOneHot(TorchNode &node) {
  Value indices = node.tensor("self");
  int64_t classes = node.integer("num_classes", -1);
  if (classes < 1 || classes > (1 << 20))
    return {node.error("argument 'num_classes': expected 1 to 2^20, got " +
                       Twine(classes) +
                       ": the number of classes must be "
                       "known")};
  SmallVector<int64_t> numbers =
      llvm::to_vector(llvm::seq<int64_t>(0, classes));
  Value isClass =
      node.create<EqualOp>(node.unsqueeze(node.cast(indices, node.i64()), -1),
                           node.constant(HostTensor::ofIntegers(numbers)));
  return {node.cast(isClass, node.i64())};
}

void dtc::registerGatherTorchImporters(TorchImporters &importers) {
  importers.add("aten.embedding.default", importEmbedding);
  importers.add("aten.index_select.default", importIndexSelect);
  importers.add("aten.index.Tensor", importIndex);
  importers.add("aten.gather.default", importGather);
  importers.add("aten.take_along_dim.default", importTakeAlong);
  importers.add("aten.one_hot.default", importOneHot);
}
