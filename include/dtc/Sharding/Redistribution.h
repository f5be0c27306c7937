//===- Redistribution.h - From one placement to another ---------*- C++ -*-===//
//
// Plans the change of a tensor's placements as single-axis steps, and prices
// it. One step on one mesh axis is one collective, or a local copy.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_SHARDING_REDISTRIBUTION_H
#define DTC_SHARDING_REDISTRIBUTION_H

#include "dtc/Sharding/ShardingRule.h"

#include "llvm/Support/Error.h"

namespace dtc {

/// What a step executes.
enum class StepKind {
  LocalSlice,    ///< replicate -> shard or window, shard -> a window inside of
                 ///< it: keep a part
  LocalPartial,  ///< replicate -> partial: sum divides by the axis size
  AllGather,     ///< shard -> replicate
  AllToAll,      ///< shard(i) -> shard(j)
  AllReduce,     ///< partial -> replicate
  ReduceScatter, ///< partial -> shard
  HaloExchange,  ///< shard -> window on the same dimension
  Relabel,       ///< any change over an axis of one rank: the value stays
};

struct RedistributionStep {
  int64_t axis = 0;
  Placement from, to;
  StepKind kind = StepKind::LocalSlice;
  /// The placements after this step.
  Placements after;
};

/// The link that an axis runs over. Times in microseconds, GB/s as 1e9 bytes
/// (the reference's formulas use GiB for the bytes).
struct Link {
  double latencyMicros = 2.7;
  double bandwidthGBs = 19.294;
  static Link ethernet() { return {2.7, 19.294}; }
  static Link nvlink() { return {0.6, 87.7}; }
  /// Ranks on one host's processors; the reference's cost model treats a
  /// processor mesh as one host a rank.
  static Link cpu() { return {2.7, 19.294}; }
};
using Topology = std::vector<Link>; ///< one per mesh axis

/// The greedy right-to-left, then left-to-right plan of the reference. An
/// error when a shard would have to become partial, or one kind of partial
/// another.
llvm::Expected<std::vector<RedistributionStep>>
planRedistribution(llvm::ArrayRef<int64_t> shape,
                   llvm::ArrayRef<Placement> from, llvm::ArrayRef<Placement> to,
                   const Mesh &mesh);

/// What each member of a group along an axis takes of a dimension of `extent`
/// in a halo exchange, in the order of their coordinates.
llvm::SmallVector<Interval, 8> windowRows(const Window &window, int64_t extent,
                                          int64_t members);

/// True when a value that is partial of the two kinds, over an axis each, is
/// the same whichever axis is completed first: a sum of maxima is no maximum of
/// sums, but sums and averages commute.
bool completeInAnyOrder(const Placement &a, const Placement &b);

/// Whether a user may ask for `to`: an error when an axis would have to become
/// partial, which only ops make.
llvm::Error checkRequestedPlacements(llvm::ArrayRef<Placement> from,
                                     llvm::ArrayRef<Placement> to);

/// Microseconds; infinity where there is no way; 0 between equal placements
/// and from a fully replicated value.
double redistributionCost(const TensorSpec &from, llvm::ArrayRef<Placement> to,
                          const Mesh &mesh, const Topology &topology);

} // namespace dtc

#endif // DTC_SHARDING_REDISTRIBUTION_H
