//===- StridedCopy.cpp - Moving a box of one array to a place in another --===//
//
// 1. all_gather, scatter, broadcast and halo_exchange see [outer, extent,
//    inner]: rows of `extent` move, one loop over `outer`.
// 2. all_to_all sees [A, p, B, q, C] with the two dimensions in question as p
//    and q: loops over A, the rows of p, and B; the rows of q with C are the
//    run.
//===----------------------------------------------------------------------===//

#include "StridedCopy.h"
#include "dtc/runtime/Chunk.h"
#include "dtc/runtime/ElementType.h"
#include <cstring>

namespace dtc::runtime {
namespace {

template <int64_t Bytes>
void copyRuns(const StridedCopy &copy, char *target, const char *source) {
  for (int64_t i = 0; i < copy.counts[2]; ++i)
    std::memcpy(target + i * copy.targetStrides[2],
                source + i * copy.sourceStrides[2], Bytes);
}

void copyAnyRuns(const StridedCopy &copy, char *target, const char *source) {
  for (int64_t i = 0; i < copy.counts[2]; ++i)
    std::memcpy(target + i * copy.targetStrides[2],
                source + i * copy.sourceStrides[2],
                static_cast<size_t>(copy.run));
}

/// Short runs are worth a copy of known size.
auto runCopier(int64_t run) {
  switch (run) {
  case 1:
    return copyRuns<1>;
  case 2:
    return copyRuns<2>;
  case 4:
    return copyRuns<4>;
  case 8:
    return copyRuns<8>;
  case 16:
    return copyRuns<16>;
  case 32:
    return copyRuns<32>;
  case 64:
    return copyRuns<64>;
  case 128:
    return copyRuns<128>;
  default:
    return copyAnyRuns;
  }
}

/// Rows of `extent` seen as [outer, rows, inner] on both sides.
StridedCopy rowsCopy(const dtc_collective &desc, int64_t sourceRows,
                     int64_t sourceRow, int64_t targetRows, int64_t targetRow,
                     int64_t rows) {
  int64_t row = desc.inner * elementSize(desc.dtype);
  StridedCopy copy;
  copy.sourceOffset = sourceRow * row;
  copy.targetOffset = targetRow * row;
  copy.counts[2] = desc.outer;
  copy.sourceStrides[2] = sourceRows * row;
  copy.targetStrides[2] = targetRows * row;
  copy.run = std::max<int64_t>(rows, 0) * row;
  return copy;
}

/// The rows that a member takes in a halo exchange.
Interval haloRows(const dtc_collective &desc, int64_t member) {
  int64_t begin = desc.shape[2 * member];
  return {begin, desc.shape[2 * member + 1] - begin};
}

StridedCopy haloPiece(const dtc_collective &desc, int64_t members,
                      int64_t member, int64_t from) {
  Interval wanted = haloRows(desc, member);
  Interval given = chunk(desc.extent, members, from);
  int64_t begin = std::max(wanted.offset, given.offset);
  int64_t end =
      std::min(wanted.offset + wanted.size, given.offset + given.size);
  if (end <= begin)
    return {};
  return rowsCopy(desc, given.size, begin - given.offset, wanted.size,
                  begin - wanted.offset, end - begin);
}

int64_t productOf(const int64_t *shape, int32_t begin, int32_t end) {
  int64_t product = 1;
  for (int32_t dim = begin; dim < end; ++dim)
    product *= shape[dim];
  return product;
}

/// Bytes of an all_to_all's value with dimension `dim` cut to `rows`.
int64_t cutBytes(const dtc_collective &desc, int32_t dim, int64_t rows) {
  return productOf(desc.shape, 0, dim) * rows *
         productOf(desc.shape, dim + 1, desc.ndim) * elementSize(desc.dtype);
}

StridedCopy transposePiece(const dtc_collective &desc, int64_t members,
                           int64_t member, int64_t from) {
  const int32_t low = std::min(desc.from_dim, desc.to_dim);
  const int32_t high = std::max(desc.from_dim, desc.to_dim);
  StridedCopy copy;
  if (low == high) {
    copy.run =
        from == member
            ? cutBytes(desc, low, chunk(desc.shape[low], members, member).size)
            : 0;
    return copy;
  }
  const Interval given = chunk(desc.shape[desc.from_dim], members, from);
  const Interval wanted = chunk(desc.shape[desc.to_dim], members, member);
  const bool fromIsLow = desc.from_dim == low;
  const int64_t p = desc.shape[low], q = desc.shape[high];
  // Extents of p and q as they are in the source, and in the result.
  const int64_t sourceP = fromIsLow ? given.size : p;
  const int64_t sourceQ = fromIsLow ? q : given.size;
  const int64_t targetP = fromIsLow ? p : wanted.size;
  const int64_t targetQ = fromIsLow ? wanted.size : q;
  const int64_t b = productOf(desc.shape, low + 1, high);
  const int64_t c =
      productOf(desc.shape, high + 1, desc.ndim) * elementSize(desc.dtype);
  copy.counts[0] = productOf(desc.shape, 0, low);
  copy.counts[1] = fromIsLow ? given.size : wanted.size;
  copy.counts[2] = b;
  copy.run = (fromIsLow ? wanted.size : given.size) * c;
  copy.sourceStrides[2] = sourceQ * c;
  copy.targetStrides[2] = targetQ * c;
  copy.sourceStrides[1] = b * sourceQ * c;
  copy.targetStrides[1] = b * targetQ * c;
  copy.sourceStrides[0] = sourceP * b * sourceQ * c;
  copy.targetStrides[0] = targetP * b * targetQ * c;
  // The source lacks nothing of the wanted dimension, the result nothing of
  // the given one.
  if (fromIsLow) {
    copy.sourceOffset = wanted.offset * c;
    copy.targetOffset = given.offset * copy.targetStrides[1];
  } else {
    copy.sourceOffset = wanted.offset * copy.sourceStrides[1];
    copy.targetOffset = given.offset * c;
  }
  return copy;
}

} // namespace

void StridedCopy::normalize() {
  if (isEmpty()) {
    *this = StridedCopy();
    return;
  }
  // A loop of one round is no loop; outer ones move in.
  for (int round = 0; round < 3; ++round) {
    bool contiguous =
        counts[2] == 1 || (sourceStrides[2] == run && targetStrides[2] == run);
    if (!contiguous)
      break;
    run *= counts[2];
    for (int level = 2; level > 0; --level) {
      counts[level] = counts[level - 1];
      sourceStrides[level] = sourceStrides[level - 1];
      targetStrides[level] = targetStrides[level - 1];
    }
    counts[0] = 1;
    sourceStrides[0] = targetStrides[0] = 0;
  }
}

void StridedCopy::apply(char *target, const char *source) const {
  if (run == 0)
    return;
  target += targetOffset;
  source += sourceOffset;
  auto copyInnermost = runCopier(run);
  for (int64_t i = 0; i < counts[0]; ++i)
    for (int64_t j = 0; j < counts[1]; ++j)
      copyInnermost(*this, target + i * targetStrides[0] + j * targetStrides[1],
                    source + i * sourceStrides[0] + j * sourceStrides[1]);
}

StridedCopy pieceToTake(const dtc_collective &desc, int64_t members,
                        int64_t member, int64_t from) {
  StridedCopy copy;
  const Interval own = chunk(desc.extent, members, member);
  const Interval given = chunk(desc.extent, members, from);
  switch (desc.kind) {
  case DTC_ALL_GATHER:
    copy = rowsCopy(desc, given.size, 0, desc.extent, given.offset, given.size);
    break;
  case DTC_SCATTER:
    if (from == desc.root)
      copy = rowsCopy(desc, desc.extent, own.offset, own.size, 0, own.size);
    break;
  case DTC_BROADCAST:
    if (from == desc.root)
      copy = rowsCopy(desc, desc.extent, 0, desc.extent, 0, desc.extent);
    break;
  case DTC_HALO_EXCHANGE:
    copy = haloPiece(desc, members, member, from);
    break;
  case DTC_ALL_TO_ALL:
    copy = transposePiece(desc, members, member, from);
    break;
  default:
    break;
  }
  copy.normalize();
  return copy;
}

int64_t sourceBytes(const dtc_collective &desc, int64_t members,
                    int64_t member) {
  int64_t row = desc.outer * desc.inner * elementSize(desc.dtype);
  switch (desc.kind) {
  case DTC_ALL_GATHER:
  case DTC_HALO_EXCHANGE:
    return chunk(desc.extent, members, member).size * row;
  case DTC_ALL_TO_ALL:
    return cutBytes(desc, desc.from_dim,
                    chunk(desc.shape[desc.from_dim], members, member).size);
  case DTC_BROADCAST:
  case DTC_SCATTER:
    return member == desc.root ? desc.extent * row : 0;
  default:
    return desc.extent * row;
  }
}

int64_t resultBytesOf(const dtc_collective &desc, int64_t members,
                      int64_t member) {
  int64_t row = desc.outer * desc.inner * elementSize(desc.dtype);
  switch (desc.kind) {
  case DTC_REDUCE_SCATTER:
  case DTC_SCATTER:
    return chunk(desc.extent, members, member).size * row;
  case DTC_HALO_EXCHANGE:
    return haloRows(desc, member).size * row;
  case DTC_ALL_TO_ALL:
    return cutBytes(desc, desc.to_dim,
                    chunk(desc.shape[desc.to_dim], members, member).size);
  default:
    return desc.extent * row;
  }
}

const char *problemOf(const dtc_collective &desc, int64_t members) {
  if (desc.kind < 0 || desc.kind > DTC_HALO_EXCHANGE)
    return "its kind is unknown";
  if (elementSize(desc.dtype) == 0)
    return "its element type is unknown";
  if (desc.reduce < 0 || desc.reduce > DTC_PRODUCT)
    return "its reduction is unknown";
  if (desc.kind == DTC_ALL_TO_ALL) {
    bool good = desc.shape && desc.ndim > 0 && desc.from_dim >= 0 &&
                desc.from_dim < desc.ndim && desc.to_dim >= 0 &&
                desc.to_dim < desc.ndim;
    if (!good)
      return "its dimensions are outside its shape";
    return byteCount(desc.dtype, {desc.shape, desc.shape + desc.ndim})
               ? nullptr
               : "its size is negative or too large";
  }
  if (!byteCount(desc.dtype, {desc.outer, desc.extent, desc.inner}))
    return "its size is negative or too large";
  bool rooted = desc.kind == DTC_BROADCAST || desc.kind == DTC_SCATTER;
  if (rooted && (desc.root < 0 || desc.root >= members))
    return "its root is outside the group";
  if (desc.kind != DTC_HALO_EXCHANGE)
    return nullptr;
  if (!desc.shape || desc.ndim != 2 * members)
    return "its halos are not those of the group";
  for (int64_t member = 0; member < members; ++member) {
    int64_t begin = desc.shape[2 * member], end = desc.shape[2 * member + 1];
    if (begin < 0 || end < begin || end > desc.extent)
      return "its halos are outside its extent";
  }
  return nullptr;
}

} // namespace dtc::runtime
