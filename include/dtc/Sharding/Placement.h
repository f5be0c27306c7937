//===- Placement.h - How a mesh axis holds a tensor -------------*- C++ -*-===//
//
// Device meshes and placements: plain values, no IR. A tensor's layout is one
// placement per mesh axis, applied from the first axis to the last; several
// axes may shard the same dimension, each splitting the extent that the ones
// before it left over.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_SHARDING_PLACEMENT_H
#define DTC_SHARDING_PLACEMENT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dtc {

/// The operator that completes a partial value.
enum class ReduceKind { Sum, Avg, Max, Min, Product };

/// "sum", "avg", "max", "min", "product".
llvm::StringRef stringify(ReduceKind kind);
std::optional<ReduceKind> parseReduceKind(llvm::StringRef word);

/// A half-open range of positions.
struct Interval {
  int64_t begin = 0, end = 0;
  int64_t size() const { return end - begin; }
  bool operator==(const Interval &o) const {
    return begin == o.begin && end == o.end;
  }
};

/// Which positions of a dimension the positions of a result's dimension are
/// computed from: result position `p` reads from
/// ceil((p * step + low) / divisor) to floor((p * step + high) / divisor),
/// both included.
struct Window {
  int64_t extent = 0; ///< of the result's dimension
  int64_t step = 1, divisor = 1;
  int64_t low = 0, high = 0;

  /// What `result`, which is not empty, reads; it may lie outside of the
  /// tensor, and be empty with an end before its begin.
  Interval needed(Interval result) const;

  bool operator==(const Window &o) const {
    return extent == o.extent && step == o.step && divisor == o.divisor &&
           low == o.low && high == o.high;
  }
};

/// One mesh axis's view of a tensor.
struct Placement {
  enum class Kind { Replicate, Shard, Partial, MaskPartial, Window };

  Kind kind = Kind::Replicate;
  /// Shard, Window: the dimension, counted from the front.
  int64_t dim = 0;
  /// Partial, MaskPartial: what completes the value.
  ReduceKind reduce = ReduceKind::Sum;
  /// MaskPartial: the number of rows of the lookup table that was split over
  /// this axis. Rows outside a rank's own contribute zero.
  int64_t maskRows = 0;
  /// Window: a rank holds what its chunk of a result's dimension is computed
  /// from, so that pieces may overlap or leave gaps.
  dtc::Window window{};

  static Placement replicate() { return {}; }
  static Placement shard(int64_t dim) { return {Kind::Shard, dim}; }
  static Placement partial(ReduceKind reduce = ReduceKind::Sum) {
    return {Kind::Partial, 0, reduce};
  }
  static Placement maskPartial(int64_t rows) {
    return {Kind::MaskPartial, 0, ReduceKind::Sum, rows};
  }
  static Placement windowOf(int64_t dim, const dtc::Window &window) {
    return {Kind::Window, dim, ReduceKind::Sum, 0, window};
  }

  bool isReplicate() const { return kind == Kind::Replicate; }
  bool isShard() const { return kind == Kind::Shard; }
  bool isShard(int64_t d) const { return isShard() && dim == d; }
  /// True for both kinds of partial value.
  bool isPartial() const {
    return kind == Kind::Partial || kind == Kind::MaskPartial;
  }
  bool isPartial(ReduceKind r) const { return isPartial() && reduce == r; }
  bool isMaskPartial() const { return kind == Kind::MaskPartial; }
  bool isWindow() const { return kind == Kind::Window; }

  bool operator==(const Placement &o) const {
    return kind == o.kind && dim == o.dim && reduce == o.reduce &&
           maskRows == o.maskRows && window == o.window;
  }
  bool operator!=(const Placement &o) const { return !(*this == o); }
  friend llvm::hash_code hash_value(const Placement &p) {
    return llvm::hash_combine(p.kind, p.dim, p.reduce, p.maskRows,
                              p.window.extent, p.window.step, p.window.divisor,
                              p.window.low, p.window.high);
  }

  /// "replicate", "shard(1)", "partial(sum)", "mask_partial(sum)",
  /// "window(2)".
  std::string str() const;
};

using Placements = llvm::SmallVector<Placement, 2>;

/// "[shard(0), replicate]".
std::string stringify(llvm::ArrayRef<Placement> placements);

/// A grid of ranks with named axes; ranks are row-major, the last axis fastest.
struct MeshAxis {
  std::string name;
  int64_t size = 1;
  bool operator==(const MeshAxis &o) const {
    return name == o.name && size == o.size;
  }
};

/// Strategies multiply with every axis over which a tensor can be split: more
/// axes of two ranks or more than this take longer than anyone waits.
constexpr int64_t maxSplittingAxes = 6;
constexpr int64_t maxMeshAxes = 32;

struct Mesh {
  std::vector<MeshAxis> axes;

  int64_t rank() const { return static_cast<int64_t>(axes.size()); }
  int64_t size(int64_t axis) const { return axes[axis].size; }
  /// Number of ranks.
  int64_t numRanks() const;
  /// The coordinates of a rank, one per axis.
  llvm::SmallVector<int64_t, 4> coordinates(int64_t rank) const;
  std::optional<int64_t> axisNamed(llvm::StringRef name) const;
  Placements allReplicate() const { return Placements(axes.size()); }
  bool operator==(const Mesh &o) const { return axes == o.axes; }
};

/// [begin, end) of the piece of `extent` that member `index` of `count` owns:
/// torch.chunk, so chunks of ceil(extent / count); trailing ones may be empty.
Interval chunk(int64_t extent, int64_t count, int64_t index);

/// The half-open box of a global tensor that a rank holds; for replicated and
/// partial values the whole. One interval a dimension; an empty shard lies at
/// the end of its dimension. Windows are cut to the tensor; an axis that has
/// one must be the only one that splits its dimension.
llvm::SmallVector<Interval, 6> localBox(llvm::ArrayRef<int64_t> globalShape,
                                        llvm::ArrayRef<Placement> placements,
                                        const Mesh &mesh, int64_t rank);

/// The shape of that box.
llvm::SmallVector<int64_t, 6> localShape(llvm::ArrayRef<int64_t> globalShape,
                                         llvm::ArrayRef<Placement> placements,
                                         const Mesh &mesh, int64_t rank);

/// The number of ways `dim` is split: the product of the sizes of the mesh
/// axes that shard it.
int64_t numShards(int64_t dim, llvm::ArrayRef<Placement> placements,
                  const Mesh &mesh);

/// True when every rank holds a piece of the same size of every dimension.
bool isEvenlySharded(llvm::ArrayRef<int64_t> globalShape,
                     llvm::ArrayRef<Placement> placements, const Mesh &mesh);

} // namespace dtc

#endif // DTC_SHARDING_PLACEMENT_H
