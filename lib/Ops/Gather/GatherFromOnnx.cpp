//===- GatherFromOnnx.cpp - Lookups of ONNX models ------------------------===//
//
// Exporters write slices and broadcasts as lookups by indices that the
// compiler knows: x[:, None, None, :] is a GatherND over two ranges. Such
// lookups become slices, reshapes and broadcasts, which have placements:
//
// 1. Each component of the indices is a constant, or counts along one
//    dimension of the indices: i -> start + step * i.
// 2. When the components count along different dimensions, in order, the
//    lookup is a slice of the data, a reshape that puts size-1 dimensions
//    where the indices have one that nothing counts along, and a broadcast.
//
//===----------------------------------------------------------------------===//

#include "GridSampleFromOnnx.h"
#include "SelectionFromOnnx.h"

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Progressions in index tensors
//===----------------------------------------------------------------------===//

namespace {

/// i -> start + step * i along dimension `dim` of the indices; -1 when the
/// value is `start` everywhere.
struct Progression {
  int64_t start = 0;
  int64_t step = 1;
  int64_t size = 1;
  int64_t dim = -1;
};

/// Component `k` of index tuples of `stride` components.
struct Component {
  const HostTensor &indices;
  SmallVector<int64_t> shape;
  int64_t k = 0;
  int64_t stride = 1;
  /// Of the dimension that it indexes.
  int64_t extent = 0;

  int64_t at(int64_t n) const {
    int64_t index = indices.getInt(n * stride + k);
    return index < 0 ? index + extent : index;
  }
};

} // namespace

/// What a component counts, if anything so simple.
static std::optional<Progression> findProgression(const Component &component) {
  ArrayRef<int64_t> shape = component.shape;
  int64_t total = numElements(shape);
  if (total == 0)
    return std::nullopt;
  Progression found;
  found.start = component.at(0);
  SmallVector<int64_t, 6> strides = rowMajorStrides(shape);
  for (auto [d, stride] : llvm::enumerate(strides)) {
    int64_t step = shape[d] > 1 ? component.at(stride) - found.start : 0;
    if (step == 0)
      continue;
    if (found.dim >= 0)
      return std::nullopt;
    found.dim = d;
    found.step = step;
    found.size = shape[d];
  }
  for (int64_t n = 0; n < total; ++n) {
    int64_t i = found.dim < 0 ? 0 : n / strides[found.dim] % found.size;
    if (component.at(n) != found.start + found.step * i)
      return std::nullopt;
  }
  int64_t last = found.start + found.step * (found.size - 1);
  if (std::min(found.start, last) < 0 ||
      std::max(found.start, last) >= component.extent)
    return std::nullopt;
  return found;
}

/// data[batch..., c0(t...), c1(t...), ..., rest...] -> [batch..., t...,
/// rest...] for progressions c; null when they need a real lookup. `first` is
/// the dimension of `data` that c0 indexes.
static Value gatherProgressions(ImportNode &node, Value data, int64_t first,
                                ArrayRef<Progression> progressions,
                                ArrayRef<int64_t> indexShape) {
  int64_t previous = -1;
  for (const Progression &progression : progressions) {
    if (progression.dim >= 0 && progression.dim <= previous)
      return {};
    previous = std::max(previous, progression.dim);
  }
  SmallVector<int64_t> inner(indexShape.size(), 1);
  for (auto [k, progression] : llvm::enumerate(progressions)) {
    data = node.slice(data, first + k, progression.start, progression.size,
                      progression.size == 1 ? 1 : progression.step);
    if (progression.dim >= 0)
      inner[progression.dim] = progression.size;
  }
  ArrayRef<int64_t> shape = node.shape(data);
  if (static_cast<size_t>(first) + progressions.size() > shape.size())
    return {};
  SmallVector<int64_t> reshaped(shape.take_front(first));
  SmallVector<int64_t> result(reshaped);
  ArrayRef<int64_t> rest = shape.drop_front(first + progressions.size());
  llvm::append_range(reshaped, inner);
  llvm::append_range(reshaped, rest);
  llvm::append_range(result, indexShape);
  llvm::append_range(result, rest);
  return node.broadcast(node.reshape(data, reshaped), result);
}

//===----------------------------------------------------------------------===//
// Gather
//===----------------------------------------------------------------------===//

Value dtc::gatherKnown(ImportNode &node, Value data, int64_t axis,
                       const HostTensor &indices) {
  if (!data)
    return {};
  Component component{indices, SmallVector<int64_t>(indices.shape()), 0, 1,
                      node.shape(data)[axis]};
  if (auto progression = findProgression(component))
    if (Value value =
            gatherProgressions(node, data, axis, *progression, component.shape))
      return value;
  return node.create<GatherOp>(data, node.constant(indices), axis);
}

static OnnxResults importGather(OnnxNode &node) {
  Value data = node.input(0), indices = node.input(1);
  int64_t rank = node.rank(data);
  int64_t axis = node.dimension(node.integer("axis", 0), rank);
  if (node.failed())
    return {};
  bool isTable = OnnxNode::isParameter(data) && rank == 2 && axis == 0 &&
                 isa<FloatType>(node.element(data));
  if (isTable)
    return {
        node.create<EmbeddingOp>(data, indices, IntegerAttr(), IntegerAttr())};
  if (const HostTensor *known = node.known(indices))
    return {gatherKnown(node, data, axis, *known)};
  return {node.create<GatherOp>(data, indices, axis)};
}

//===----------------------------------------------------------------------===//
// GatherElements
//===----------------------------------------------------------------------===//

/// Indices that count along the axis only, over all of the other dimensions,
/// are a slice.
static OnnxResults importGatherElements(OnnxNode &node) {
  Value data = node.input(0), indices = node.input(1);
  int64_t rank = node.rank(data);
  int64_t axis = node.dimension(node.integer("axis", 0), rank);
  if (node.failed())
    return {};
  const HostTensor *known = node.known(indices);
  if (known && known->rank() == rank) {
    Component component{*known, SmallVector<int64_t>(known->shape()), 0, 1,
                        node.shape(data)[axis]};
    auto progression = findProgression(component);
    bool othersWhole = true;
    for (int64_t d = 0; d < rank; ++d)
      othersWhole &= d == axis || known->dim(d) == node.shape(data)[d];
    if (progression && othersWhole && progression->dim == axis)
      return {node.slice(data, axis, progression->start, progression->size,
                         progression->step)};
    if (progression && othersWhole && progression->dim < 0)
      return {node.broadcast(node.slice(data, axis, progression->start, 1),
                             known->shape())};
  }
  return {node.create<GatherElementsOp>(data, indices, axis, IntegerAttr(),
                                        IntegerAttr())};
}

//===----------------------------------------------------------------------===//
// GatherND
//===----------------------------------------------------------------------===//

static OnnxResults importGatherNd(OnnxNode &node) {
  Value data = node.input(0), indices = node.input(1);
  int64_t batchDims = node.integer("batch_dims", 0);
  const HostTensor *known = node.known(indices);
  int64_t depth = known && known->rank() > 0 ? known->shape().back() : 0;
  if (batchDims == 0 && depth >= 1 && depth <= node.rank(data)) {
    SmallVector<int64_t> indexShape(known->shape().drop_back());
    SmallVector<Progression> progressions;
    for (int64_t k = 0; k < depth; ++k) {
      Component component{*known, indexShape, k, depth, node.shape(data)[k]};
      auto progression = findProgression(component);
      if (!progression)
        break;
      progressions.push_back(*progression);
    }
    if (static_cast<int64_t>(progressions.size()) == depth)
      if (Value value =
              gatherProgressions(node, data, 0, progressions, indexShape))
        return {value};
  }
  if (batchDims < 0 || batchDims >= std::max<int64_t>(node.rank(data), 1))
    return {node.error("attribute 'batch_dims': expected 0 to " +
                       Twine(node.rank(data) - 1) + ", got " +
                       Twine(batchDims))};
  return {node.create<GatherNdOp>(data, indices, batchDims)};
}

/// one_hot(i)[c] = i == c ? on : off; negative indices count from the end.
static OnnxResults importOneHot(OnnxNode &node) {
  Value indices = node.input(0), values = node.input(2);
  auto depth = node.knownReal(1);
  int64_t rank = node.rank(indices) + 1;
  int64_t axis = node.dimension(node.integer("axis", -1), rank);
  if (!depth || node.failed())
    return {};
  if (!(*depth >= 0 && *depth <= (1 << 20)))
    return {node.error("expected a depth from 0 to 2^20, got " +
                       std::to_string(*depth))};
  SmallVector<int64_t> classes;
  for (int64_t c = 0; c < *depth; ++c)
    classes.push_back(c);
  SmallVector<int64_t> shape(rank, 1);
  shape[axis] = classes.size();
  Type type = IntegerType::get(node.getContext(), 64);
  Value column = node.unsqueeze(node.cast(indices, type), axis);
  Value wrapped = node.create<SelectOp>(
      node.create<LessOp>(column, node.scalar(0, type)),
      node.create<AddOp>(column, node.scalar(*depth, type)), column);
  Value isClass = node.create<EqualOp>(
      wrapped,
      node.reshape(node.constant(HostTensor::ofIntegers(classes)), shape));
  Value off = node.reshape(node.slice(values, 0, 0, 1), {});
  Value on = node.reshape(node.slice(values, 0, 1, 1), {});
  return {node.create<SelectOp>(isClass, on, off)};
}

void dtc::registerGatherOnnxImporters(OnnxImporters &importers) {
  importers.add("Gather", {2}, importGather);
  importers.add("GatherElements", {2}, importGatherElements);
  importers.add("GatherND", {2}, importGatherNd);
  importers.add("OneHot", {3}, importOneHot);
  importers.add("Compress", {2}, importCompress);
  importers.add("NonZero", {1}, importNonZero);
  importers.add("Unique", {1}, importUnique);
  importers.add("ReverseSequence", {2}, importReverseSequence);
  registerGridSampleOnnxImporters(importers);
}
