//===- CostModel.cpp - What a redistribution costs ------------------------===//
//
// Latency plus bytes over bandwidth, summed over the steps of the plan. With
// n ranks on the axis, h = n - 1 hops and b the bytes held, in GiB:
// 1. all-gather: b grows by n, then 6.6 + h * latency + (b * h / n) /
// bandwidth;
// 2. all-to-all: the same without the growth, and 1 us on top;
// 3. all-reduce: twice the hops;
// 4. reduce-scatter: as all-gather without the growth; b shrinks by n after;
// 5. halo exchange: one hop, and the largest part of a window that its rank
//    lacks;
// 6. local steps cost nothing.
//
// The order of the floating-point operations decides ties and is part of the
// behaviour to reproduce.
//
//===----------------------------------------------------------------------===//

#include "dtc/Sharding/Redistribution.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <limits>

using namespace dtc;

/// Microseconds to start a collective, whatever its size.
static constexpr double baseLatencyMicros = 6.6;
/// What an all-to-all costs beyond the bytes it moves.
static constexpr double allToAllPenaltyMicros = 1.0;

/// Microseconds for `hops` hops that move `gigabytes * hops / count` in all.
static double ringCost(double gigabytes, double hops, double count,
                       const Link &link) {
  double latency = baseLatencyMicros + hops * link.latencyMicros;
  double seconds = (gigabytes * hops / count) / link.bandwidthGBs;
  return latency + seconds * 1e6;
}

/// The cost of one step; updates the GiB that a rank holds after it.
static double stepCost(StepKind kind, double count, const Link &link,
                       double &gigabytes) {
  double hops = count - 1;
  switch (kind) {
  case StepKind::AllGather:
    gigabytes *= count;
    return ringCost(gigabytes, hops, count, link);
  case StepKind::AllToAll:
    return ringCost(gigabytes, hops, count, link) + allToAllPenaltyMicros;
  case StepKind::AllReduce:
    return ringCost(gigabytes, 2 * hops, count, link);
  case StepKind::ReduceScatter: {
    double cost = ringCost(gigabytes, hops, count, link);
    gigabytes /= count;
    return cost;
  }
  case StepKind::HaloExchange:
  case StepKind::LocalSlice:
  case StepKind::LocalPartial:
  case StepKind::Relabel:
    return 0;
  }
  return 0;
}

/// The cost of a halo exchange of a dimension of `extent`; `gigabytes` are held
/// before.
static double haloCost(const Placement &to, int64_t extent, int64_t members,
                       const Link &link, double gigabytes) {
  int64_t most = 0, member = 0;
  for (Interval wanted : windowRows(to.window, extent, members)) {
    Interval held = chunk(extent, members, member++);
    int64_t own =
        std::min(wanted.end, held.end) - std::max(wanted.begin, held.begin);
    most = std::max(most, wanted.size() - std::max<int64_t>(own, 0));
  }
  double lacking = gigabytes * static_cast<double>(members) *
                   static_cast<double>(most) / static_cast<double>(extent);
  return ringCost(lacking, 1, 1, link);
}

/// GiB that each rank holds, uneven shards taken as even.
static double localGigabytes(const TensorSpec &spec, const Mesh &mesh) {
  double bytes = static_cast<double>(spec.elementBytes);
  for (int64_t extent : spec.shape)
    bytes *= static_cast<double>(extent);
  double shards = 1;
  for (auto [axis, placement] : llvm::enumerate(spec.placements))
    if (placement.isShard())
      shards *= static_cast<double>(mesh.size(axis));
  return bytes / shards / 1024 / 1024 / 1024;
}

double dtc::redistributionCost(const TensorSpec &from,
                               llvm::ArrayRef<Placement> to, const Mesh &mesh,
                               const Topology &topology) {
  if (llvm::ArrayRef<Placement>(from.placements) == to)
    return 0;
  auto plan = planRedistribution(from.shape, from.placements, to, mesh);
  if (!plan) {
    llvm::consumeError(plan.takeError());
    return std::numeric_limits<double>::infinity();
  }
  double gigabytes = localGigabytes(from, mesh), cost = 0;
  for (const RedistributionStep &step : *plan) {
    size_t axis = static_cast<size_t>(step.axis);
    Link link = axis < topology.size() ? topology[axis] : Link::cpu();
    int64_t members = mesh.size(step.axis);
    if (step.kind == StepKind::HaloExchange)
      cost +=
          haloCost(step.to, from.shape[step.to.dim], members, link, gigabytes);
    else
      cost +=
          stepCost(step.kind, static_cast<double>(members), link, gigabytes);
  }
  return cost;
}
