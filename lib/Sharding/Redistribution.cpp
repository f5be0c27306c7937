//===- Redistribution.cpp - Plans changes of placement --------------------===//
//
// The greedy plan, one single-axis step at a time:
// 1. If some axis of the source shards, walk the axes from last to first. An
//    axis whose target shards a dimension that earlier axes do not yet split
//    as the target wants is replicated; any other goes straight to its target.
// 2. Walk the axes from first to last and bring what is left to its target.
//
// Windows come last: an axis first gets the shard of the window's dimension, or
// stays replicated, and from there the window by a halo exchange or a slice.
//
// Inner axes go first because the pieces of an outer axis can only move once
// nothing is nested inside of them.
//
// A sum of maxima is no maximum of sums: a value that is partial of such kinds
// over several axes is what the last axis gives first. Then, before step 1, the
// axes that will not stay partial are completed from last to first, and where
// an inner one stays partial the redistribution is refused. The same holds for
// shares of a sum in front of a product.
//
//===----------------------------------------------------------------------===//

#include "dtc/Sharding/Redistribution.h"

#include "llvm/ADT/STLExtras.h"

using namespace dtc;

static llvm::Error unsupported(const Placement &from, const Placement &to,
                               llvm::StringRef axis) {
  return llvm::createStringError(
      "redistribution from '" + from.str() + "' to '" + to.str() +
      "' over axis '" + axis.str() +
      "' is not supported; redistribute to 'replicate' first");
}

/// What executes one step; an error where nothing does.
static llvm::Expected<StepKind>
classify(const Placement &from, const Placement &to, const MeshAxis &axis) {
  if (from.isWindow() || (from.isShard() && to.isPartial()))
    return unsupported(from, to, axis.name);
  if (from.isPartial() && to.isPartial())
    return unsupported(from, to, axis.name);
  // A product would need a root of the value.
  if (to.isPartial(ReduceKind::Product))
    return unsupported(from, to, axis.name);
  if (axis.size == 1)
    return StepKind::Relabel;
  if (from.isReplicate())
    return to.isShard() ? StepKind::LocalSlice : StepKind::LocalPartial;
  if (from.isShard())
    return to.isShard() ? StepKind::AllToAll : StepKind::AllGather;
  return to.isShard() ? StepKind::ReduceScatter : StepKind::AllReduce;
}

bool dtc::completeInAnyOrder(const Placement &a, const Placement &b) {
  auto isAdditive = [](const Placement &p) {
    return p.reduce == ReduceKind::Sum || p.reduce == ReduceKind::Avg;
  };
  return a.reduce == b.reduce || (isAdditive(a) && isAdditive(b));
}

/// True when an axis can not go from `from` to `to` before `inner`, a later
/// axis, completes: a product of shares is no share of the product.
static bool waitsFor(const Placement &from, const Placement &to,
                     const Placement &inner) {
  if (!inner.isPartial() || from == to)
    return false;
  if (from.isPartial())
    return !completeInAnyOrder(from, inner);
  return to.isPartial(ReduceKind::Sum) && inner.isPartial(ReduceKind::Product);
}

static bool needsAnOrder(llvm::ArrayRef<Placement> from,
                         llvm::ArrayRef<Placement> to) {
  for (size_t axis = 0; axis < from.size(); ++axis)
    for (size_t inner = axis + 1; inner < from.size(); ++inner)
      if (waitsFor(from[axis], to[axis], from[inner]))
        return true;
  return false;
}

/// An error when a partial axis behind `axis` would have to complete first.
static llvm::Error checkOrder(llvm::ArrayRef<Placement> current, size_t axis,
                              const Placement &goal, const Mesh &mesh) {
  for (size_t inner = axis + 1; inner < current.size(); ++inner)
    if (waitsFor(current[axis], goal, current[inner]))
      return llvm::createStringError(
          "going from '" + current[axis].str() + "' to '" + goal.str() +
          "' over axis '" + mesh.axes[axis].name + "' before '" +
          current[inner].str() + "' over axis '" + mesh.axes[inner].name +
          "' is complete changes the value; redistribute to 'replicate' over "
          "both");
  return llvm::Error::success();
}

static llvm::Error checkPlacements(llvm::ArrayRef<int64_t> shape,
                                   llvm::ArrayRef<Placement> placements,
                                   const Mesh &mesh) {
  if (placements.size() != mesh.axes.size())
    return llvm::createStringError("expected one placement for each of " +
                                   std::to_string(mesh.axes.size()) +
                                   " mesh axes, got " + stringify(placements));
  for (const Placement &placement : placements)
    if ((placement.isShard() || placement.isWindow()) &&
        (placement.dim < 0 ||
         placement.dim >= static_cast<int64_t>(shape.size())))
      return llvm::createStringError("expected a sharded dimension below " +
                                     std::to_string(shape.size()) + ", got '" +
                                     placement.str() + "'");
  return llvm::Error::success();
}

/// True when the axes before `axis` that shard `dim` are the same in both.
static bool sameOuterSplit(int64_t dim, size_t axis,
                           llvm::ArrayRef<Placement> a,
                           llvm::ArrayRef<Placement> b) {
  for (size_t i = 0; i < axis; ++i)
    if (a[i].isShard(dim) != b[i].isShard(dim))
      return false;
  return true;
}

llvm::SmallVector<Interval, 8>
dtc::windowRows(const Window &window, int64_t extent, int64_t members) {
  Mesh group{{{"group", members}}};
  llvm::SmallVector<Interval, 8> rows;
  for (int64_t member = 0; member < members; ++member)
    rows.push_back(
        localBox({extent}, {Placement::windowOf(0, window)}, group, member)[0]);
  return rows;
}

/// What brings an axis from a shard to a window on the same dimension: a slice
/// where all members have what they need.
static StepKind classifyWindow(const Placement &to, int64_t extent,
                               int64_t members) {
  int64_t member = 0;
  for (Interval wanted : windowRows(to.window, extent, members)) {
    Interval held = chunk(extent, members, member++);
    if (wanted.size() > 0 &&
        (wanted.begin < held.begin || wanted.end > held.end))
      return StepKind::HaloExchange;
  }
  return StepKind::LocalSlice;
}

/// The placements that a plan goes through before windows are made.
static Placements beforeWindows(llvm::ArrayRef<Placement> from,
                                llvm::ArrayRef<Placement> to) {
  Placements result(to.begin(), to.end());
  for (auto [axis, placement] : llvm::enumerate(result)) {
    if (!placement.isWindow())
      continue;
    if (from[axis] == placement || from[axis].isReplicate())
      placement = from[axis];
    else
      placement = Placement::shard(placement.dim);
  }
  return result;
}

llvm::Expected<std::vector<RedistributionStep>>
dtc::planRedistribution(llvm::ArrayRef<int64_t> shape,
                        llvm::ArrayRef<Placement> from,
                        llvm::ArrayRef<Placement> target, const Mesh &mesh) {
  if (llvm::Error error = checkPlacements(shape, from, mesh))
    return std::move(error);
  if (llvm::Error error = checkPlacements(shape, target, mesh))
    return std::move(error);
  Placements to = beforeWindows(from, target);
  std::vector<RedistributionStep> steps;
  Placements current(from.begin(), from.end());
  auto move = [&](size_t axis, const Placement &goal) -> llvm::Error {
    if (current[axis] == goal)
      return llvm::Error::success();
    llvm::Expected<StepKind> kind =
        classify(current[axis], goal, mesh.axes[axis]);
    if (!kind)
      return kind.takeError();
    if (llvm::Error error = checkOrder(current, axis, goal, mesh))
      return error;
    RedistributionStep step;
    step.axis = static_cast<int64_t>(axis);
    step.from = current[axis];
    step.to = goal;
    step.kind = *kind;
    if (goal.isWindow() && *kind != StepKind::Relabel)
      step.kind = current[axis].isReplicate()
                      ? StepKind::LocalSlice
                      : classifyWindow(goal, shape[goal.dim], mesh.size(axis));
    current[axis] = goal;
    step.after = current;
    steps.push_back(std::move(step));
    return llvm::Error::success();
  };

  if (needsAnOrder(from, to))
    for (size_t axis = current.size(); axis-- > 0;) {
      if (!current[axis].isPartial() || to[axis].isPartial())
        continue;
      if (llvm::Error error = move(axis, Placement::replicate()))
        return std::move(error);
    }
  if (llvm::any_of(from, [](const Placement &p) { return p.isShard(); }))
    for (size_t axis = current.size(); axis-- > 0;) {
      Placement goal = to[axis];
      if (goal.isShard() && !sameOuterSplit(goal.dim, axis, current, to))
        goal = Placement::replicate();
      if (llvm::Error error = move(axis, goal))
        return std::move(error);
    }
  for (llvm::ArrayRef<Placement> goals : {llvm::ArrayRef(to), target})
    for (size_t axis = 0; axis < current.size(); ++axis)
      if (llvm::Error error = move(axis, goals[axis]))
        return std::move(error);
  return steps;
}

llvm::Error dtc::checkRequestedPlacements(llvm::ArrayRef<Placement> from,
                                          llvm::ArrayRef<Placement> to) {
  for (auto [source, target] : llvm::zip(from, to)) {
    if (target.isWindow() && source != target)
      return llvm::createStringError(
          "can not redistribute from '" + source.str() + "' to '" +
          target.str() +
          "'; windows are what an op reads, ask for 'replicate' or a shard");
    if (target.isPartial() && source != target)
      return llvm::createStringError(
          "can not redistribute from '" + source.str() + "' to '" +
          target.str() +
          "'; a partial value only comes out of an op, ask for 'replicate' or "
          "a shard");
  }
  return llvm::Error::success();
}
