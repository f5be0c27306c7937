//===- CollectiveSemantics.cpp - What collectives do to pieces ------------===//
//
// 1. Every collective first makes what the group has together: the reduction
//    of the pieces, or their concatenation along the split dimension.
// 2. Then each member keeps all of it, or its own chunk of another dimension.
//
//===----------------------------------------------------------------------===//

#include "dtc/Interpreter/CollectiveSemantics.h"

#include "dtc/IR/Dtc.h"
#include "dtc/Interpreter/ElementRuns.h"

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Collectives as values
//===----------------------------------------------------------------------===//

static bool reduces(StepKind kind) {
  return kind == StepKind::AllReduce || kind == StepKind::ReduceScatter;
}

static bool scatters(StepKind kind) {
  return kind == StepKind::AllToAll || kind == StepKind::ReduceScatter;
}

static StringRef nameOf(StepKind kind) {
  switch (kind) {
  case StepKind::LocalSlice:
    return "local_slice";
  case StepKind::LocalPartial:
    return "local_partial";
  case StepKind::AllGather:
    return "all_gather";
  case StepKind::AllToAll:
    return "all_to_all";
  case StepKind::AllReduce:
    return "all_reduce";
  case StepKind::ReduceScatter:
    return "reduce_scatter";
  case StepKind::HaloExchange:
    return "halo_exchange";
  case StepKind::Relabel:
    return "relabel";
  }
  return "";
}

std::string Collective::str() const {
  std::string text = nameOf(kind).str() + " along axis " + std::to_string(axis);
  if (!reduces(kind))
    text += ", from dimension " + std::to_string(fromDim);
  if (scatters(kind))
    text += ", to dimension " + std::to_string(toDim);
  if (reduces(kind))
    text += (", " + stringify(reduce)).str();
  for (auto [index, row] : llvm::enumerate(rows))
    text += (index == 0 ? ", rows " : " ") + std::to_string(row);
  return text;
}

static ReduceKind toReduceKind(ReduceKindEnum kind) {
  return static_cast<ReduceKind>(static_cast<int64_t>(kind));
}

std::optional<Collective> dtc::getCollective(Operation *op) {
  Collective result;
  auto describe = [&](StepKind kind, int64_t axis) {
    result.kind = kind;
    result.axis = axis;
  };
  if (auto reduce = dyn_cast<AllReduceOp>(op)) {
    describe(StepKind::AllReduce, reduce.getAxis());
    result.reduce = toReduceKind(reduce.getReduce());
  } else if (auto gather = dyn_cast<AllGatherOp>(op)) {
    describe(StepKind::AllGather, gather.getAxis());
    result.fromDim = gather.getDim();
  } else if (auto scatter = dyn_cast<ReduceScatterOp>(op)) {
    describe(StepKind::ReduceScatter, scatter.getAxis());
    result.reduce = toReduceKind(scatter.getReduce());
    result.toDim = scatter.getDim();
  } else if (auto exchange = dyn_cast<AllToAllOp>(op)) {
    describe(StepKind::AllToAll, exchange.getAxis());
    result.fromDim = exchange.getFromDim();
    result.toDim = exchange.getToDim();
  } else if (auto halo = dyn_cast<HaloExchangeOp>(op)) {
    describe(StepKind::HaloExchange, halo.getAxis());
    result.fromDim = halo.getDim();
    llvm::append_range(result.rows, halo.getRows());
  } else {
    return std::nullopt;
  }
  return result;
}

Collective dtc::getCollective(const RedistributionStep &step,
                              llvm::ArrayRef<int64_t> shape,
                              const ::dtc::Mesh &mesh) {
  Collective result;
  if (step.kind == StepKind::HaloExchange)
    for (Interval wanted :
         windowRows(step.to.window, shape[step.to.dim], mesh.size(step.axis)))
      llvm::append_range(result.rows, std::array{wanted.begin, wanted.end});
  result.kind = step.kind;
  result.axis = step.axis;
  if (step.from.isShard())
    result.fromDim = step.from.dim;
  if (step.to.isShard())
    result.toDim = step.to.dim;
  if (step.from.isPartial())
    result.reduce = step.from.reduce;
  return result;
}

//===----------------------------------------------------------------------===//
// Reduction
//===----------------------------------------------------------------------===//

template <typename T> static T combine(T x, T y, ReduceKind kind) {
  if (x != x || y != y)
    return x != x ? x : y;
  // Unsigned, as sums and products of integers wrap.
  using W = std::conditional_t<std::is_integral_v<T>, uint64_t, T>;
  switch (kind) {
  case ReduceKind::Sum:
  case ReduceKind::Avg:
    return static_cast<T>(static_cast<W>(x) + static_cast<W>(y));
  case ReduceKind::Product:
    return static_cast<T>(static_cast<W>(x) * static_cast<W>(y));
  case ReduceKind::Max:
    return std::max(x, y);
  case ReduceKind::Min:
    return std::min(x, y);
  }
  return x;
}

template <typename T>
static HostTensor reduceAs(llvm::ArrayRef<HostTensor> arrays, ReduceKind kind) {
  std::vector<T> sums = loadAll<T>(arrays[0]);
  for (const HostTensor &array : arrays.drop_front()) {
    std::vector<T> values = loadAll<T>(array);
    for (size_t i = 0; i < sums.size(); ++i)
      sums[i] = combine(sums[i], values[i], kind);
  }
  if (kind == ReduceKind::Avg)
    for (T &sum : sums)
      sum /= static_cast<T>(arrays.size());
  HostTensor result(arrays[0].type(), arrays[0].shape());
  storeRun<T>(result, 0, sums);
  return result;
}

HostTensor dtc::reduce(llvm::ArrayRef<HostTensor> arrays, ReduceKind kind) {
  if (arrays.size() == 1)
    return arrays[0];
  if (isFloat(arrays[0].type()))
    return reduceAs<double>(arrays, kind);
  if (arrays[0].type() == DType::U64)
    return reduceAs<uint64_t>(arrays, kind);
  return reduceAs<int64_t>(arrays, kind);
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

static llvm::Error makeError(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static std::string shapeText(const HostTensor &tensor) {
  std::string text;
  for (int64_t extent : tensor.shape())
    text += std::to_string(extent) + "x";
  return text + stringify(tensor.type()).str();
}

/// Checks that the pieces agree in type and in all dimensions but `dim` (-1:
/// in all).
static llvm::Error verifyFit(llvm::ArrayRef<HostTensor> pieces, int64_t dim) {
  const HostTensor &first = pieces[0];
  if (dim >= first.rank())
    return makeError("expected a dimension below " + Twine(first.rank()) +
                     ", got " + Twine(dim));
  for (const HostTensor &piece : pieces) {
    llvm::SmallVector<int64_t> shape(piece.shape());
    if (dim >= 0 && piece.rank() == first.rank())
      shape[dim] = first.dim(dim);
    if (piece.type() != first.type() ||
        llvm::ArrayRef<int64_t>(shape) != first.shape())
      return makeError("expected pieces that fit together, got " +
                       shapeText(first) + " and " + shapeText(piece));
  }
  return llvm::Error::success();
}

static HostTensor keepRows(const HostTensor &whole, int64_t dim,
                           Interval rows) {
  llvm::SmallVector<Interval> box;
  for (int64_t extent : whole.shape())
    box.push_back({0, extent});
  box[dim] = rows;
  return whole.cut(box);
}

/// What each of `count` members takes of what a halo exchange puts together.
static llvm::Expected<std::vector<HostTensor>>
keepWindows(const Collective &collective, const HostTensor &together,
            size_t count) {
  if (collective.rows.size() != 2 * count)
    return makeError("expected rows for " + Twine(count) + " ranks, got " +
                     Twine(collective.rows.size() / 2));
  int64_t extent = together.dim(collective.fromDim);
  std::vector<HostTensor> results;
  for (size_t i = 0; i < count; ++i) {
    Interval rows{collective.rows[2 * i], collective.rows[2 * i + 1]};
    if (rows.begin < 0 || rows.end < rows.begin || rows.end > extent)
      return makeError("expected rows from 0 to " + Twine(extent) + ", got " +
                       Twine(rows.begin) + " to " + Twine(rows.end));
    results.push_back(keepRows(together, collective.fromDim, rows));
  }
  return results;
}

/// The collective among one group, whose pieces come in the order of their
/// coordinates.
static llvm::Expected<std::vector<HostTensor>>
runInGroup(const Collective &collective, llvm::ArrayRef<HostTensor> pieces) {
  bool isReduction = reduces(collective.kind);
  if (auto error = verifyFit(pieces, isReduction ? -1 : collective.fromDim))
    return error;
  HostTensor together = isReduction ? reduce(pieces, collective.reduce)
                                    : concatenate(pieces, collective.fromDim);
  if (collective.kind == StepKind::HaloExchange)
    return keepWindows(collective, together, pieces.size());
  if (!scatters(collective.kind))
    return std::vector<HostTensor>(pieces.size(), together);
  if (collective.toDim < 0 || collective.toDim >= together.rank())
    return makeError("expected a dimension below " + Twine(together.rank()) +
                     ", got " + Twine(collective.toDim));
  std::vector<HostTensor> results;
  auto count = static_cast<int64_t>(pieces.size());
  for (int64_t i = 0; i < count; ++i)
    results.push_back(
        keepRows(together, collective.toDim,
                 chunk(together.dim(collective.toDim), count, i)));
  return results;
}

llvm::Expected<std::vector<HostTensor>>
dtc::runCollective(const Collective &collective, const ::dtc::Mesh &mesh,
                   llvm::ArrayRef<HostTensor> pieces) {
  if (collective.axis < 0 || collective.axis >= mesh.rank())
    return makeError("expected an axis of the mesh, got " +
                     Twine(collective.axis));
  if (!reduces(collective.kind) && collective.fromDim < 0)
    return makeError("expected a dimension of 0 or more, got " +
                     Twine(collective.fromDim));
  int64_t count = mesh.size(collective.axis), stride = 1;
  for (int64_t axis = collective.axis + 1; axis < mesh.rank(); ++axis)
    stride *= mesh.size(axis);
  std::vector<HostTensor> results(pieces.size());
  for (int64_t rank = 0; rank < mesh.numRanks(); ++rank) {
    // Each group is run at its first member.
    if (rank / stride % count != 0)
      continue;
    std::vector<HostTensor> group;
    for (int64_t i = 0; i < count; ++i)
      group.push_back(pieces[rank + i * stride]);
    auto done = runInGroup(collective, group);
    if (!done)
      return done.takeError();
    for (int64_t i = 0; i < count; ++i)
      results[rank + i * stride] = std::move((*done)[i]);
  }
  return results;
}

//===----------------------------------------------------------------------===//
// Assembly
//===----------------------------------------------------------------------===//

/// What a group along one axis holds together.
static llvm::Expected<HostTensor> joinGroup(const Placement &placement,
                                            StringRef axis,
                                            llvm::ArrayRef<HostTensor> group) {
  if (placement.isWindow())
    return makeError("expected pieces that do not overlap along axis '" + axis +
                     "', got '" + placement.str() + "'");
  if (auto error = verifyFit(group, placement.isShard() ? placement.dim : -1))
    return error;
  if (placement.isShard())
    return concatenate(group, placement.dim);
  if (placement.isPartial())
    return reduce(group, placement.reduce);
  for (size_t i = 1; i < group.size(); ++i)
    if (!(group[i] == group[0]))
      return makeError("expected equal values on all ranks along axis '" +
                       axis + "', got another one at coordinate " + Twine(i) +
                       " than at 0");
  return group[0];
}

llvm::Expected<HostTensor> dtc::assemble(llvm::ArrayRef<Placement> placements,
                                         const ::dtc::Mesh &mesh,
                                         std::vector<HostTensor> pieces) {
  // The last axis is the fastest: its groups are neighbours, and joining them
  // leaves the ranks of the mesh without it.
  for (int64_t axis = mesh.rank() - 1; axis >= 0; --axis) {
    auto count = static_cast<size_t>(mesh.size(axis));
    std::vector<HostTensor> joined;
    for (size_t first = 0; first < pieces.size(); first += count) {
      auto group = llvm::ArrayRef<HostTensor>(pieces).slice(first, count);
      auto whole = joinGroup(placements[axis], mesh.axes[axis].name, group);
      if (!whole)
        return whole.takeError();
      joined.push_back(std::move(*whole));
    }
    pieces = std::move(joined);
  }
  return pieces.front();
}
