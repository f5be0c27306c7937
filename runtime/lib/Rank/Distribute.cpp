//===- Distribute.cpp - From one rank's full value to every piece ---------===//
//
// Before axis a, exactly the ranks that share the source's coordinates on axes
// a, a + 1, … hold a value: the piece that axes before a leave. The collective
// on axis a therefore runs in the groups that share them beyond a.
//===----------------------------------------------------------------------===//

#include "Distribute.h"
#include "Assemble.h"
#include "dtc/runtime/ElementType.h"
#include <functional>
#include <numeric>

namespace dtc::runtime {
namespace {

int64_t product(std::vector<int64_t>::const_iterator first,
                std::vector<int64_t>::const_iterator last) {
  return std::accumulate(first, last, int64_t(1), std::multiplies<int64_t>());
}

/// The collective of one axis on a block of extents `block`.
dtc_collective describe(const BoundaryTensor &tensor, size_t axis, int64_t root,
                        const std::vector<int64_t> &block) {
  const dtc_placement &placement = tensor.placements[axis];
  bool scatters = placement.kind == DTC_SHARD;
  dtc_collective collective = {};
  collective.kind = scatters ? DTC_SCATTER : DTC_BROADCAST;
  collective.dtype = tensor.dtype;
  collective.axis = static_cast<int32_t>(axis);
  collective.root = static_cast<int32_t>(root);
  collective.outer = 1;
  collective.extent = product(block.begin(), block.end());
  collective.inner = 1;
  if (scatters) {
    auto dim = block.begin() + placement.dim;
    collective.outer = product(block.begin(), dim);
    collective.extent = *dim;
    collective.inner = product(dim + 1, block.end());
  }
  collective.module = tensor.name.c_str();
  collective.cause = "parameters from one rank";
  return collective;
}

} // namespace

Status distribute(const RankProgram &program, const BoundaryTensor &tensor,
                  int64_t source, const std::vector<char> &value, void *piece,
                  Peers &peers) {
  std::vector<int64_t> root = meshCoordinates(program.meshSizes, source);
  std::vector<int64_t> block = tensor.shape;
  std::vector<char> held = value, received;
  const int64_t element = elementSize(tensor.dtype);
  for (size_t axis = 0; axis < root.size(); ++axis) {
    int64_t members = program.meshSizes[axis];
    const dtc_placement &placement = tensor.placements[axis];
    if (placement.kind == DTC_PARTIAL && placement.reduce == DTC_PRODUCT)
      return Error{"parameter '" + tensor.name +
                   "' is partial(product): expected a placement that one "
                   "rank's value can be split into"};
    bool takesPart =
        std::equal(root.begin() + int64_t(axis) + 1, root.end(),
                   program.coordinates.begin() + int64_t(axis) + 1);
    dtc_collective collective = describe(tensor, axis, root[axis], block);
    if (placement.kind == DTC_SHARD) {
      auto &extent = block[static_cast<size_t>(placement.dim)];
      extent = chunk(extent, members, program.coordinates[axis]).size;
    }
    if (!takesPart || members == 1)
      continue;
    int64_t count = product(block.begin(), block.end());
    received.resize(static_cast<size_t>(count * element));
    held.resize(static_cast<size_t>(collective.outer * collective.extent *
                                    collective.inner * element));
    peers.runCollective(collective, held.data(), received.data());
    if (placement.kind == DTC_PARTIAL && placement.reduce == DTC_SUM)
      divideBy(tensor.dtype, received.data(), count, members);
    held.swap(received);
  }
  size_t bytes = static_cast<size_t>(tensor.localBytes());
  if (bytes > 0)
    std::memcpy(piece, held.data(), bytes);
  return Done{};
}

} // namespace dtc::runtime
