//===- SelectionFromOnnx.cpp - Selections by value of ONNX models ---------===//
//
// Shapes are static, so what decides the shape of a result must be known at
// compile time; then the selection is a lookup, or a constant.
//
//===----------------------------------------------------------------------===//

#include "SelectionFromOnnx.h"

#include "dtc/Interpreter/ElementRuns.h"

#include <numeric>

using namespace mlir;
using namespace dtc;

/// Longer sequences are refused: their positions are built here.
static constexpr int64_t maxPositions = int64_t(1) << 22;

/// Operand `i`, whose values decide the result's shape; null after an error.
static const HostTensor *deciding(OnnxNode &node, unsigned i) {
  const HostTensor *known = node.known(node.input(i));
  if (!known)
    node.error("the shape of its result depends on the values of operand " +
               Twine(i) + ": expected them known at compile time");
  return known;
}

//===----------------------------------------------------------------------===//
// Compress, NonZero
//===----------------------------------------------------------------------===//

OnnxResults dtc::importCompress(OnnxNode &node) {
  Value data = node.input(0);
  const HostTensor *condition = deciding(node, 1);
  int64_t axis = 0;
  if (auto given = node.integer("axis"))
    axis = node.dimension(*given, node.rank(data));
  else
    data = node.reshape(data, {numElements(node.shape(data))});
  if (!condition || node.failed())
    return {};
  int64_t extent = node.shape(data)[axis];
  SmallVector<int64_t> positions;
  for (int64_t i = 0; i < condition->size(); ++i)
    if (condition->getInt(i))
      positions.push_back(i);
  if (!positions.empty() && positions.back() >= extent)
    return {node.error("expected a condition for " + Twine(extent) +
                       " elements, got one that takes element " +
                       Twine(positions.back()))};
  return {gatherKnown(node, data, axis, HostTensor::ofIntegers(positions))};
}

OnnxResults dtc::importNonZero(OnnxNode &node) {
  const HostTensor *known = deciding(node, 0);
  if (!known)
    return {};
  // A scalar has one place, of no dimensions.
  std::vector<SmallVector<int64_t>> places;
  forEachIndex(known->shape(), [&](ArrayRef<int64_t> index, int64_t n) {
    if (known->getDouble(n) != 0)
      places.emplace_back(index);
  });
  HostTensor result(DType::I64,
                    {known->rank(), static_cast<int64_t>(places.size())});
  for (auto [column, place] : llvm::enumerate(places))
    for (auto [dim, position] : llvm::enumerate(place))
      result.setInt(dim * places.size() + column, position);
  return {node.constant(std::move(result))};
}

//===----------------------------------------------------------------------===//
// Unique
//===----------------------------------------------------------------------===//

namespace {
/// The distinct rows of a matrix: where each was first, which one every row is,
/// and how many there are of it.
struct DistinctRows {
  SmallVector<int64_t> first, inverse, counts;
};
} // namespace

/// A NaN is larger than every number and equal to itself.
template <typename T>
static int compareRows(const std::vector<T> &a, const std::vector<T> &b) {
  for (auto [x, y] : llvm::zip(a, b)) {
    if (x < y || (y != y && x == x))
      return -1;
    if (y < x || (x != x && y == y))
      return 1;
  }
  return 0;
}

template <typename T>
static DistinctRows findDistinct(const HostTensor &rows, bool sorted) {
  int64_t count = rows.dim(0), width = rows.dim(1);
  std::vector<std::vector<T>> values(count, std::vector<T>(width));
  for (int64_t i = 0; i < count; ++i)
    loadRun<T>(rows, i * width, 1, values[i]);
  SmallVector<int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](int64_t a, int64_t b) {
    int comparison = compareRows(values[a], values[b]);
    return comparison != 0 ? comparison < 0 : a < b;
  });
  // Groups of equal rows, each with its first row in front.
  SmallVector<SmallVector<int64_t>> groups;
  for (int64_t row : order) {
    if (groups.empty() ||
        compareRows(values[groups.back().front()], values[row]) != 0)
      groups.emplace_back();
    groups.back().push_back(row);
  }
  if (!sorted)
    llvm::sort(groups,
               [](const auto &a, const auto &b) { return a[0] < b[0]; });
  DistinctRows distinct;
  distinct.inverse.resize(count);
  for (auto [number, group] : llvm::enumerate(groups)) {
    distinct.first.push_back(group.front());
    distinct.counts.push_back(group.size());
    for (int64_t row : group)
      distinct.inverse[row] = number;
  }
  return distinct;
}

OnnxResults dtc::importUnique(OnnxNode &node) {
  Value data = node.input(0);
  bool sorted = node.integer("sorted", 1) != 0;
  int64_t axis = 0;
  if (auto given = node.integer("axis"))
    axis = node.dimension(*given, node.rank(data));
  else
    data = node.reshape(data, {numElements(node.shape(data))});
  if (!deciding(node, 0) || node.failed())
    return {};
  // The axis first, all others merged.
  SmallVector<int64_t> permutation{axis};
  for (int64_t i = 0; i < node.rank(data); ++i)
    if (i != axis)
      permutation.push_back(i);
  int64_t extent = node.shape(data)[axis];
  int64_t width = extent ? numElements(node.shape(data)) / extent : 0;
  const HostTensor *rows = node.known(
      node.reshape(node.transpose(data, permutation), {extent, width}));
  if (!rows)
    return {node.error("expected at most 2^16 elements")};
  DistinctRows distinct;
  dispatchCompute(rows->type(), [&](auto zero) {
    distinct = findDistinct<decltype(zero)>(*rows, sorted);
  });
  auto list = [&](ArrayRef<int64_t> values) {
    return node.constant(HostTensor::ofIntegers(values));
  };
  return {gatherKnown(node, data, axis, HostTensor::ofIntegers(distinct.first)),
          list(distinct.first), list(distinct.inverse), list(distinct.counts)};
}

//===----------------------------------------------------------------------===//
// ReverseSequence
//===----------------------------------------------------------------------===//

/// Position t of batch b comes from len[b] - 1 - t, or t behind the sequence.
OnnxResults dtc::importReverseSequence(OnnxNode &node) {
  Value data = node.input(0);
  int64_t batchAxis = node.integer("batch_axis", 1);
  int64_t timeAxis = node.integer("time_axis", 0);
  if (node.rank(data) < 2 || batchAxis + timeAxis != 1 ||
      (batchAxis != 0 && batchAxis != 1))
    return {node.error("expected an operand of rank 2 or more, and axes 0 and "
                       "1 for time and batch")};
  if (node.failed())
    return {};
  SmallVector<int64_t> swap =
      llvm::to_vector(llvm::seq<int64_t>(0, node.rank(data)));
  if (batchAxis == 1)
    std::swap(swap[0], swap[1]);
  data = node.transpose(data, swap);
  int64_t batch = node.shape(data)[0], time = node.shape(data)[1];
  if (time > maxPositions)
    return {node.error("expected sequences of at most 2^22 positions, got " +
                       Twine(time))};
  Type i64 = IntegerType::get(node.getContext(), 64);
  SmallVector<int64_t> counting = llvm::to_vector(llvm::seq<int64_t>(0, time));
  Value t =
      node.reshape(node.constant(HostTensor::ofIntegers(counting)), {1, time});
  if (node.shape(node.input(1)) != ArrayRef<int64_t>(batch))
    return {node.error("expected " + Twine(batch) + " sequence lengths")};
  Value length = node.reshape(node.cast(node.input(1), i64), {batch, 1});
  Value last = node.create<SubOp>(length, node.scalar(1, i64));
  Value from = node.create<SelectOp>(node.create<LessOp>(t, length),
                                     node.create<SubOp>(last, t), t);
  Value reversed = node.create<GatherNdOp>(
      data, node.reshape(node.broadcast(from, {batch, time}), {batch, time, 1}),
      1);
  return {node.transpose(reversed, swap)};
}
