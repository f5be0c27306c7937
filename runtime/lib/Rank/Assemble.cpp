//===- Assemble.cpp - A full value from the pieces of all ranks -----------===//
//
// The reduction is one loop over a typed pair of readers and writers, so that
// bf16 and f16 share it with the native types.
//===----------------------------------------------------------------------===//

#include "Assemble.h"
#include "dtc/runtime/Elements.h"
#include <algorithm>
#include <type_traits>

namespace dtc::runtime {
namespace {

/// Integers wrap around like those of every library that is compared with.
template <typename V> V combine(int32_t reduce, V a, V b) {
  if (reduce == DTC_MAX)
    return !(b == b) || b > a ? b : a; // a NaN wins
  if (reduce == DTC_MIN)
    return !(b == b) || b < a ? b : a;
  if constexpr (std::is_same_v<V, bool>) {
    return reduce == DTC_PRODUCT ? a && b : a || b;
  } else if constexpr (std::is_integral_v<V>) {
    uint64_t x = static_cast<uint64_t>(a), y = static_cast<uint64_t>(b);
    return static_cast<V>(reduce == DTC_PRODUCT ? x * y : x + y);
  } else {
    return reduce == DTC_PRODUCT ? a * b : a + b;
  }
}

/// The piece of `region` with all partial axes up to `axis` reduced; written
/// to `piece`.
void reducePiece(const RankProgram &program, const BoundaryTensor &tensor,
                 const std::function<const void *(int64_t)> &pieceOf,
                 std::vector<int64_t> coordinates, size_t axes, int64_t count,
                 void *piece) {
  size_t bytes = static_cast<size_t>(count * elementSize(tensor.dtype));
  while (axes > 0 && tensor.placements[axes - 1].kind != DTC_PARTIAL)
    --axes;
  if (axes == 0) {
    if (bytes > 0)
      std::memcpy(piece, pieceOf(meshRank(program.meshSizes, coordinates)),
                  bytes);
    return;
  }
  size_t axis = axes - 1;
  int32_t reduce = tensor.placements[axis].reduce;
  reducePiece(program, tensor, pieceOf, coordinates, axis, count, piece);
  std::vector<char> next(bytes);
  for (int64_t member = 1; member < program.meshSizes[axis]; ++member) {
    coordinates[axis] = member;
    reducePiece(program, tensor, pieceOf, coordinates, axis, count,
                next.data());
    reduceInto(tensor.dtype, reduce, piece, next.data(), count);
  }
  if (reduce == DTC_AVG)
    divideBy(tensor.dtype, piece, count, program.meshSizes[axis]);
}

} // namespace

void reduceInto(int32_t dtype, int32_t reduce, void *accumulator,
                const void *next, int64_t count) {
  dispatchElement(dtype, [&](auto type) {
    using Type = decltype(type);
    auto *to = static_cast<typename Type::Stored *>(accumulator);
    auto *from = static_cast<const typename Type::Stored *>(next);
    for (int64_t i = 0; i < count; ++i)
      to[i] = Type::store(combine<typename Type::Value>(
          reduce, Type::load(to[i]), Type::load(from[i])));
  });
}

void divideBy(int32_t dtype, void *values, int64_t count, int64_t divisor) {
  dispatchElement(dtype, [&](auto type) {
    using Type = decltype(type);
    using Value = typename Type::Value;
    auto *to = static_cast<typename Type::Stored *>(values);
    if constexpr (!std::is_same_v<Value, bool>)
      for (int64_t i = 0; i < count; ++i)
        to[i] = Type::store(static_cast<Value>(Type::load(to[i]) /
                                               static_cast<Value>(divisor)));
  });
}

bool contributes(const RankProgram &program, const BoundaryTensor &tensor,
                 int64_t rank) {
  std::vector<int64_t> coordinates = meshCoordinates(program.meshSizes, rank);
  for (size_t axis = 0; axis < coordinates.size(); ++axis)
    if (tensor.placements[axis].kind == DTC_REPLICATE && coordinates[axis] != 0)
      return false;
  return true;
}

void assemble(const RankProgram &program, const BoundaryTensor &tensor,
              const std::function<const void *(int64_t)> &pieceOf,
              void *whole) {
  const int64_t element = elementSize(tensor.dtype);
  std::vector<char> piece;
  for (int64_t rank = 0; rank < program.worldSize(); ++rank) {
    // One visit a region: the first of its replicas and contributions.
    std::vector<int64_t> coordinates = meshCoordinates(program.meshSizes, rank);
    bool first = true;
    for (size_t axis = 0; axis < coordinates.size(); ++axis)
      first &=
          tensor.placements[axis].kind == DTC_SHARD || coordinates[axis] == 0;
    if (!first)
      continue;
    Region region = program.regionOf(tensor, rank);
    if (!tensor.isPartial()) {
      if (region.count() > 0)
        placeRegion(pieceOf(rank), tensor.shape, region, element, whole);
      continue;
    }
    piece.resize(static_cast<size_t>(region.count() * element));
    reducePiece(program, tensor, pieceOf, coordinates, coordinates.size(),
                region.count(), piece.data());
    placeRegion(piece.data(), tensor.shape, region, element, whole);
  }
}

} // namespace dtc::runtime
