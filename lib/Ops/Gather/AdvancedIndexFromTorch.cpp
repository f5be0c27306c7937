//===- AdvancedIndexFromTorch.cpp - Index tensors of several dimensions ---===//
//
// 1. A mask that is known becomes the places of its true elements, one index
//    for each of its dimensions.
// 2. Indices broadcast to one shape.
// 3. When the indexed dimensions are neighbours the result has the indices'
//    dimensions in their place, else in front (NumPy's rule).
//
//===----------------------------------------------------------------------===//

#include "AdvancedIndex.h"

using namespace mlir;
using namespace dtc;

/// The places where a known mask is true, one list a dimension.
static SmallVector<Value> placesOf(TorchNode &node, Value mask) {
  const HostTensor *known = node.known(mask);
  if (!known) {
    node.error("an index by a mask is supported only when the mask is known "
               "at compile time: the shape of its result depends on it");
    return {};
  }
  SmallVector<SmallVector<int64_t>> places(known->rank());
  forEachIndex(known->shape(), [&](ArrayRef<int64_t> index, int64_t n) {
    if (known->getInt(n))
      for (auto [dim, position] : llvm::enumerate(index))
        places[dim].push_back(position);
  });
  SmallVector<Value> lists;
  for (ArrayRef<int64_t> list : places)
    lists.push_back(node.constant(HostTensor::ofIntegers(list)));
  return lists;
}

Value AdvancedIndex::tuples(TorchNode &node) const {
  SmallVector<Value> columns;
  for (Value index : indices)
    columns.push_back(node.unsqueeze(
        node.broadcast(node.cast(index, node.i64()), shape), shape.size()));
  if (llvm::is_contained(columns, Value()))
    return {};
  if (columns.size() == 1)
    return columns.front();
  return node.create<ConcatOp>(ValueRange(columns), shape.size());
}

/// The inverse of a permutation.
static SmallVector<int64_t> inverse(ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> result(permutation.size());
  for (auto [i, dim] : llvm::enumerate(permutation))
    result[dim] = i;
  return result;
}

/// Where dimensions of operand and result go.
static void arrange(AdvancedIndex &index, int64_t rank) {
  index.toFront = index.dims;
  int64_t before = 0, first = index.dims.front();
  for (int64_t dim = 0; dim < rank; ++dim)
    if (!llvm::is_contained(index.dims, dim)) {
      index.toFront.push_back(dim);
      before += dim < first;
    }
  index.toBack = inverse(index.toFront);
  bool areNeighbours =
      index.dims.back() - first + 1 == static_cast<int64_t>(index.dims.size());
  if (!areNeighbours)
    before = 0;
  int64_t indexRank = index.shape.size();
  int64_t resultRank = indexRank + rank - index.dims.size();
  for (int64_t i = 0; i < before; ++i)
    index.resultPlaces.push_back(indexRank + i);
  for (int64_t i = 0; i < indexRank; ++i)
    index.resultPlaces.push_back(i);
  for (int64_t i = indexRank + before; i < resultRank; ++i)
    index.resultPlaces.push_back(i);
  index.resultFront = inverse(index.resultPlaces);
}

std::optional<AdvancedIndex> dtc::readAdvancedIndex(TorchNode &node,
                                                    Value input) {
  AdvancedIndex index;
  int64_t rank = node.rank(input), dim = 0;
  SmallVector<SmallVector<int64_t>> shapes;
  for (Value given : node.tensors("indices")) {
    if (!given) {
      ++dim;
      continue;
    }
    bool isMask = node.element(given).isInteger(1);
    SmallVector<Value> lists =
        isMask ? placesOf(node, given) : SmallVector<Value>{given};
    for (Value list : lists) {
      index.dims.push_back(dim++);
      index.indices.push_back(list);
    }
  }
  if (node.failed())
    return std::nullopt;
  if (index.dims.empty() || dim > rank) {
    node.error("expected indices for 1 to " + Twine(rank) +
               " dimensions, got " + Twine(dim));
    return std::nullopt;
  }
  for (Value list : index.indices)
    if (isa<FloatType>(node.element(list)))
      node.error("expected integers as indices");
  if (node.failed())
    return std::nullopt;
  if (failed(broadcastShapes(std::nullopt, shapesOf(index.indices),
                             index.shape))) {
    node.error("expected indices that broadcast to one shape");
    return std::nullopt;
  }
  arrange(index, rank);
  return index;
}
