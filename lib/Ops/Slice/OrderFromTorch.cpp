//===- OrderFromTorch.cpp - Triangles and other orders of ATen ------------===//

#include "OrderFromTorch.h"

using namespace mlir;
using namespace dtc;

template <bool upper> static NodeResults importTriangle(TorchNode &node) {
  int64_t diagonal = std::clamp<int64_t>(node.integer("diagonal", 0),
                                         -(int64_t(1) << 50), int64_t(1) << 50);
  return {node.create<TriangleOp>(node.tensor("self"), diagonal, upper)};
}

/// Elements with equal places in two dimensions, which go to the end: a strided
/// slice of both merged.
static NodeResults importDiagonal(TorchNode &node) {
  Value input = node.tensor("self");
  int64_t rank = node.rank(input), offset = node.integer("offset", 0);
  int64_t first = node.dimension(node.integer("dim1", 0), rank);
  int64_t second = node.dimension(node.integer("dim2", 1), rank);
  if (node.failed() || first == second)
    return {node.error("expected two different dimensions")};
  SmallVector<int64_t> order;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (dim != first && dim != second)
      order.push_back(dim);
  order.append({first, second});
  Value moved = node.transpose(input, order);
  if (!moved)
    return {};
  SmallVector<int64_t> shape(node.shape(moved));
  int64_t columns = shape.pop_back_val(), rows = shape.pop_back_val();
  int64_t row = std::max<int64_t>(-offset, 0),
          column = std::max<int64_t>(offset, 0);
  int64_t size = std::max<int64_t>(std::min(rows - row, columns - column), 0);
  shape.push_back(rows * columns);
  Value merged = node.reshape(moved, shape);
  int64_t start = size == 0 ? 0 : row * columns + column;
  return {node.slice(merged, shape.size() - 1, start, size,
                     size > 1 ? columns + 1 : 1)};
}

static NodeResults importFlip(TorchNode &node) {
  Value input = node.tensor("self");
  SmallVector<int64_t> dims =
      node.dimensions(node.integers("dims"), node.rank(input));
  for (int64_t dim : dims) {
    int64_t extent = node.shape(input)[dim];
    if (extent > 1)
      input = node.slice(input, dim, extent - 1, extent, -1);
    if (!input)
      return {};
  }
  return {input};
}

static NodeResults importRoll(TorchNode &node) {
  Value input = node.tensor("self");
  SmallVector<int64_t> shape(node.shape(input));
  SmallVector<int64_t> shifts = node.integers("shifts");
  SmallVector<int64_t> dims =
      node.optionalIntegers("dims").value_or(SmallVector<int64_t>());
  if (node.failed())
    return {};
  // Without dimensions the tensor is rolled as one long list.
  bool isFlat = dims.empty();
  if (isFlat) {
    input = node.reshape(input, {numElements(shape)});
    dims.push_back(0);
  }
  if (dims.size() != shifts.size())
    return {node.error("expected as many shifts as dimensions")};
  for (auto [given, shift] : llvm::zip(dims, shifts)) {
    int64_t dim = node.dimension(given, node.rank(input));
    if (node.failed() || node.shape(input).empty())
      return {};
    int64_t extent = node.shape(input)[dim];
    int64_t first = extent == 0 ? 0 : ((shift % extent) + extent) % extent;
    if (first == 0)
      continue;
    input = node.create<ConcatOp>(
        ValueRange{node.slice(input, dim, extent - first, first),
                   node.slice(input, dim, 0, extent - first)},
        dim);
    if (!input)
      return {};
  }
  return {isFlat ? node.reshape(input, shape) : input};
}

/// Differences of neighbours along a dimension.
static NodeResults importDiff(TorchNode &node) {
  Value input = node.tensor("self");
  int64_t times = node.integer("n", 1);
  int64_t dim = node.dimension(node.integer("dim", -1), node.rank(input));
  SmallVector<Value> pieces;
  for (StringRef name : {"prepend", "self", "append"})
    if (Value piece = node.optionalTensor(name))
      pieces.push_back(piece);
  if (node.failed() || node.shape(input).empty())
    return {node.error("expected an operand of rank 1 or more")};
  if (pieces.size() > 1)
    input = node.create<ConcatOp>(ValueRange(pieces), dim);
  if (times < 0 || times > 64)
    return {node.error("expected 0 to 64 differences, got " + Twine(times))};
  for (int64_t i = 0; input && i < times; ++i) {
    int64_t extent = node.shape(input)[dim];
    int64_t size = std::max<int64_t>(extent - 1, 0);
    if (extent == 0)
      break;
    Value after = node.slice(input, dim, 1, size);
    if (size == 0)
      after = node.slice(input, dim, 0, 0);
    Value before = node.slice(input, dim, 0, size);
    input = node.element(input).isInteger(1)
                ? node.create<XorOp>(after, before)
                : node.create<SubOp>(after, before);
  }
  return {input};
}

void dtc::registerOrderTorchImporters(TorchImporters &importers) {
  importers.addView("aten.diagonal.default", importDiagonal, nullptr);
  importers.add("aten.diagonal_copy.default", importDiagonal);
  importers.add("aten.tril.default", importTriangle<false>);
  importers.add("aten.triu.default", importTriangle<true>);
  importers.add("aten.flip.default", importFlip);
  importers.add("aten.roll.default", importRoll);
  importers.add("aten.diff.default", importDiff);
}
