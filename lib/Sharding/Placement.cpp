//===- Placement.cpp - Meshes, placements and the boxes they give ---------===//
//
// What part of a global tensor a rank holds:
// 1. start from the whole box;
// 2. for each mesh axis in order that shards a dimension, cut that dimension's
//    current extent into chunks and keep the one of the rank's coordinate;
// 3. a dimension that became empty lies at the end of the global dimension.
//
//===----------------------------------------------------------------------===//

#include "dtc/Sharding/Placement.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

#include <algorithm>

using namespace dtc;

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

llvm::StringRef dtc::stringify(ReduceKind kind) {
  switch (kind) {
  case ReduceKind::Sum:
    return "sum";
  case ReduceKind::Avg:
    return "avg";
  case ReduceKind::Max:
    return "max";
  case ReduceKind::Min:
    return "min";
  case ReduceKind::Product:
    return "product";
  }
  return "sum";
}

std::optional<ReduceKind> dtc::parseReduceKind(llvm::StringRef word) {
  return llvm::StringSwitch<std::optional<ReduceKind>>(word)
      .Case("sum", ReduceKind::Sum)
      .Case("avg", ReduceKind::Avg)
      .Case("max", ReduceKind::Max)
      .Case("min", ReduceKind::Min)
      .Case("product", ReduceKind::Product)
      .Default(std::nullopt);
}

std::string Placement::str() const {
  switch (kind) {
  case Kind::Replicate:
    return "replicate";
  case Kind::Shard:
    return "shard(" + std::to_string(dim) + ")";
  case Kind::Partial:
    return "partial(" + dtc::stringify(reduce).str() + ")";
  case Kind::MaskPartial:
    return "mask_partial(" + dtc::stringify(reduce).str() + ")";
  case Kind::Window:
    return "window(" + std::to_string(dim) + ")";
  }
  return "replicate";
}

std::string dtc::stringify(llvm::ArrayRef<Placement> placements) {
  std::string text = "[";
  for (const Placement &placement : placements) {
    if (text.size() > 1)
      text += ", ";
    text += placement.str();
  }
  return text + "]";
}

//===----------------------------------------------------------------------===//
// Mesh
//===----------------------------------------------------------------------===//

int64_t Mesh::numRanks() const {
  int64_t count = 1;
  for (const MeshAxis &axis : axes)
    count *= axis.size;
  return count;
}

llvm::SmallVector<int64_t, 4> Mesh::coordinates(int64_t rank) const {
  llvm::SmallVector<int64_t, 4> result(axes.size());
  for (size_t i = axes.size(); i-- > 0;) {
    result[i] = rank % axes[i].size;
    rank /= axes[i].size;
  }
  return result;
}

std::optional<int64_t> Mesh::axisNamed(llvm::StringRef name) const {
  for (auto [i, axis] : llvm::enumerate(axes))
    if (axis.name == name)
      return static_cast<int64_t>(i);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Pieces
//===----------------------------------------------------------------------===//

/// The largest integer not above `value / divisor`.
static int64_t floorDivide(int64_t value, int64_t divisor) {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

Interval Window::needed(Interval result) const {
  int64_t first = -floorDivide(-(result.begin * step + low), divisor);
  int64_t last = floorDivide((result.end - 1) * step + high, divisor);
  return {first, last + 1};
}

Interval dtc::chunk(int64_t extent, int64_t count, int64_t index) {
  int64_t step = extent / count + (extent % count != 0 ? 1 : 0);
  // Divides before it multiplies: huge extents do not overflow.
  auto bound = [&](int64_t i) {
    return step == 0 || i > extent / step ? extent : std::min(i * step, extent);
  };
  return {bound(index), bound(index + 1)};
}

/// The positions of a dimension of `extent` that `result` needs.
static Interval cutWindow(const Window &window, Interval result,
                          int64_t extent) {
  if (result.size() == 0)
    return {extent, extent};
  Interval needed = window.needed(result);
  int64_t begin = std::clamp<int64_t>(needed.begin, 0, extent);
  return {begin, std::clamp<int64_t>(needed.end, begin, extent)};
}

llvm::SmallVector<Interval, 6>
dtc::localBox(llvm::ArrayRef<int64_t> globalShape,
              llvm::ArrayRef<Placement> placements, const Mesh &mesh,
              int64_t rank) {
  llvm::SmallVector<Interval, 6> box;
  for (int64_t extent : globalShape)
    box.push_back({0, extent});
  llvm::SmallVector<int64_t, 4> coordinates = mesh.coordinates(rank);
  for (auto [axis, placement] : llvm::enumerate(placements)) {
    if (placement.isWindow()) {
      Interval result =
          chunk(placement.window.extent, mesh.size(axis), coordinates[axis]);
      box[placement.dim] =
          cutWindow(placement.window, result, globalShape[placement.dim]);
      continue;
    }
    if (!placement.isShard())
      continue;
    Interval &dim = box[placement.dim];
    Interval piece = chunk(dim.size(), mesh.size(axis), coordinates[axis]);
    dim = {dim.begin + piece.begin, dim.begin + piece.end};
  }
  for (auto [dim, extent] : llvm::zip(box, globalShape))
    if (dim.size() == 0)
      dim = {extent, extent};
  return box;
}

llvm::SmallVector<int64_t, 6>
dtc::localShape(llvm::ArrayRef<int64_t> globalShape,
                llvm::ArrayRef<Placement> placements, const Mesh &mesh,
                int64_t rank) {
  llvm::SmallVector<int64_t, 6> shape;
  for (const Interval &dim : localBox(globalShape, placements, mesh, rank))
    shape.push_back(dim.size());
  return shape;
}

int64_t dtc::numShards(int64_t dim, llvm::ArrayRef<Placement> placements,
                       const Mesh &mesh) {
  int64_t count = 1;
  for (auto [axis, placement] : llvm::enumerate(placements))
    if (placement.isShard(dim))
      count *= mesh.size(axis);
  return count;
}

bool dtc::isEvenlySharded(llvm::ArrayRef<int64_t> globalShape,
                          llvm::ArrayRef<Placement> placements,
                          const Mesh &mesh) {
  for (auto [dim, extent] : llvm::enumerate(globalShape))
    if (extent % numShards(dim, placements, mesh) != 0)
      return false;
  return true;
}
