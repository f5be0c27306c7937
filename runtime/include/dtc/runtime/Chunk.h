//===- Chunk.h - Which piece of an array a rank holds ---------------------===//
//
// torch.chunk arithmetic on a mesh, and cutting and assembling arrays by it.
//
// 1. A dimension of length L over n ranks: chunks of ceil(L / n); rank r owns
//    [min(r c, L), min((r + 1) c, L)). Trailing ranks may hold nothing.
// 2. On a mesh the axes apply left to right: when several shard the same
//    dimension, each splits what the ones before left.
// 3. Ranks are row-major: the last mesh axis is the fastest.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_CHUNK_H
#define DTC_RUNTIME_CHUNK_H

#include "dtc/runtime/program.h"
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace dtc::runtime {

/// A half-open range of one dimension.
struct Interval {
  int64_t offset = 0;
  int64_t size = 0;
};

/// The piece of `length` that member `index` of `parts` holds.
constexpr Interval chunk(int64_t length, int64_t parts, int64_t index) {
  // Not (length + parts - 1) / parts, which may overflow.
  int64_t step = length / parts + (length % parts != 0 ? 1 : 0);
  int64_t begin = step != 0 && index >= length / step + 1
                      ? length
                      : std::min(index * step, length);
  return {begin, std::min(step, length - begin)};
}

/// A box of an array: where it begins and how far it goes, per dimension.
struct Region {
  std::vector<int64_t> offset;
  std::vector<int64_t> size;

  int64_t count() const {
    int64_t product = 1;
    for (int64_t extent : size)
      product *= extent;
    return product;
  }
};

/// Coordinates of `rank` on a mesh of `sizes`.
inline std::vector<int64_t> meshCoordinates(const std::vector<int64_t> &sizes,
                                            int64_t rank) {
  std::vector<int64_t> coordinates(sizes.size());
  for (size_t axis = sizes.size(); axis-- > 0;) {
    coordinates[axis] = rank % sizes[axis];
    rank /= sizes[axis];
  }
  return coordinates;
}

/// The rank at `coordinates`.
inline int64_t meshRank(const std::vector<int64_t> &sizes,
                        const std::vector<int64_t> &coordinates) {
  int64_t rank = 0;
  for (size_t axis = 0; axis < sizes.size(); ++axis)
    rank = rank * sizes[axis] + coordinates[axis];
  return rank;
}

/// The part of an array of `shape` that the rank at `coordinates` holds.
/// `placements` has one entry a mesh axis; what is not sharded is whole.
inline Region localRegion(const std::vector<int64_t> &shape,
                          const std::vector<int64_t> &meshSizes,
                          const dtc_placement *placements,
                          const std::vector<int64_t> &coordinates) {
  Region region{std::vector<int64_t>(shape.size(), 0), shape};
  for (size_t axis = 0; axis < meshSizes.size(); ++axis) {
    if (placements[axis].kind != DTC_SHARD)
      continue;
    size_t dim = static_cast<size_t>(placements[axis].dim);
    Interval piece =
        chunk(region.size[dim], meshSizes[axis], coordinates[axis]);
    region.offset[dim] += piece.offset;
    region.size[dim] = piece.size;
  }
  return region;
}

namespace chunk_detail {

/// Calls `copy(element offset in the whole, element offset in the piece, run)`
/// for every contiguous run of `region` in a row-major array of `shape`.
template <typename Copy>
void forEachRun(const std::vector<int64_t> &shape, const Region &region,
                Copy copy) {
  if (region.count() == 0)
    return;
  // Trailing dimensions that are whole, and the one before, are one run.
  size_t outer = shape.size();
  int64_t run = 1;
  while (outer > 0) {
    --outer;
    run *= region.size[outer];
    if (region.size[outer] != shape[outer])
      break;
  }
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t dim = shape.size(); dim-- > 1;)
    strides[dim - 1] = strides[dim] * shape[dim];
  int64_t base = 0;
  for (size_t dim = 0; dim < shape.size(); ++dim)
    base += region.offset[dim] * strides[dim];
  std::vector<int64_t> at(outer, 0);
  for (int64_t piece = 0;; piece += run) {
    int64_t whole = base;
    for (size_t dim = 0; dim < outer; ++dim)
      whole += at[dim] * strides[dim];
    copy(whole, piece, run);
    size_t dim = outer;
    while (dim > 0 && ++at[dim - 1] == region.size[dim - 1])
      at[--dim] = 0;
    if (dim == 0)
      return;
  }
}

} // namespace chunk_detail

/// Copies `region` of the row-major array `whole` of `shape` to `piece`, dense.
inline void cutRegion(const void *whole, const std::vector<int64_t> &shape,
                      const Region &region, int64_t elementBytes, void *piece) {
  chunk_detail::forEachRun(
      shape, region, [&](int64_t from, int64_t to, int64_t run) {
        std::memcpy(static_cast<char *>(piece) + to * elementBytes,
                    static_cast<const char *>(whole) + from * elementBytes,
                    static_cast<size_t>(run * elementBytes));
      });
}

/// The inverse: puts the dense `piece` at its place in `whole`.
inline void placeRegion(const void *piece, const std::vector<int64_t> &shape,
                        const Region &region, int64_t elementBytes,
                        void *whole) {
  chunk_detail::forEachRun(
      shape, region, [&](int64_t to, int64_t from, int64_t run) {
        std::memcpy(static_cast<char *>(whole) + to * elementBytes,
                    static_cast<const char *>(piece) + from * elementBytes,
                    static_cast<size_t>(run * elementBytes));
      });
}

} // namespace dtc::runtime

#endif // DTC_RUNTIME_CHUNK_H
