//===- OnnxShardingSpecs.cpp - One tensor's annotation --------------------===//
//
// A ShardingSpecProto as a grid of pieces and who holds each:
//
// 1. Entries of `device` are devices, or keys of groups of devices that hold
//    the same piece. Each device of the configuration must occur once.
// 2. A dimension with one simple sharding has that many pieces. One with
//    several is the fusion of axes: its pieces are ranges of positions only
//    when every axis before the last sharded one is cut into single positions.
// 3. As many entries as pieces, in row-major order; a tensor that is not cut
//    may list its devices without a group.
//
//===----------------------------------------------------------------------===//

#include "OnnxAnnotations.h"

#include "dtc/Import/OnnxProto.h"

#include "llvm/Support/MathExtras.h"

using namespace dtc;
using llvm::Twine;

static llvm::Error specError(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

namespace {

/// One axis of a dimension that is a fusion of axes.
struct FusedAxis {
  std::optional<int64_t> extent;
  int64_t pieces = 1;
};

/// A dimension's pieces, and its extent where the annotation says it.
struct ReadDim {
  int64_t pieces = 1;
  std::optional<int64_t> extent;
};

} // namespace

static llvm::Expected<FusedAxis>
readAxis(const onnx::SimpleShardedDimProto &simple,
         const llvm::StringMap<int64_t> &dims) {
  FusedAxis axis;
  axis.pieces = simple.num_shards();
  if (axis.pieces < 1)
    return specError("expected 1 shard or more, got " + Twine(axis.pieces));
  if (simple.dim_case() == onnx::SimpleShardedDimProto::kDimValue) {
    axis.extent = simple.dim_value();
  } else if (simple.dim_case() == onnx::SimpleShardedDimProto::kDimParam) {
    auto bound = dims.find(simple.dim_param());
    if (bound != dims.end())
      axis.extent = bound->second;
  }
  if (axis.extent && *axis.extent < 0)
    return specError("expected 0 positions or more, got " +
                     Twine(*axis.extent));
  return axis;
}

/// Checks that the pieces of fused axes are equal ranges of positions.
static llvm::Error checkFused(llvm::ArrayRef<FusedAxis> axes) {
  if (axes.size() < 2)
    return llvm::Error::success();
  size_t last = 0;
  for (auto [i, axis] : llvm::enumerate(axes)) {
    if (axis.pieces > 1)
      last = i;
    if (axis.pieces > 1 && !axis.extent)
      return specError("expected the number of positions of each fused axis "
                       "that is sharded, got none: bind it with --dim");
    if (axis.pieces > 1 && *axis.extent % axis.pieces != 0)
      return specError("expected fused axes in equal shards, got " +
                       Twine(*axis.extent) + " positions in " +
                       Twine(axis.pieces) + " shards");
  }
  for (const FusedAxis &axis : axes.take_front(last))
    if (!axis.extent || *axis.extent != axis.pieces)
      return specError(
          "expected fused axes whose shards are ranges of positions, got a "
          "sharded axis behind one that is not cut into single positions");
  return llvm::Error::success();
}

static llvm::Expected<ReadDim> readDim(const onnx::ShardedDimProto &proto,
                                       const llvm::StringMap<int64_t> &dims) {
  llvm::SmallVector<FusedAxis> axes;
  ReadDim read;
  read.extent = 1;
  for (const auto &simple : proto.simple_sharding()) {
    auto axis = readAxis(simple, dims);
    if (!axis)
      return axis.takeError();
    axes.push_back(*axis);
    if (llvm::MulOverflow(read.pieces, axis->pieces, read.pieces))
      return specError("expected a number of shards of less than 2^63");
    if (!axis->extent)
      read.extent.reset();
    else if (read.extent &&
             llvm::MulOverflow(*read.extent, *axis->extent, *read.extent))
      return specError("expected a dimension of less than 2^63 positions");
  }
  if (axes.empty())
    return specError("expected a simple sharding for axis " +
                     Twine(proto.axis()) + ", got none");
  if (llvm::Error error = checkFused(axes))
    return std::move(error);
  return read;
}

//===----------------------------------------------------------------------===//
// Devices
//===----------------------------------------------------------------------===//

/// The devices behind each entry of `device`.
static llvm::Expected<std::vector<std::vector<int64_t>>>
readHolders(const onnx::ShardingSpecProto &spec) {
  std::map<int64_t, const onnx::IntIntListEntryProto *> groups;
  for (const auto &entry : spec.index_to_device_group_map())
    if (!groups.emplace(entry.key(), &entry).second)
      return specError("expected one device group " + Twine(entry.key()) +
                       ", got several");
  // A group may be named by many entries, so count before copying.
  uint64_t listed = 0;
  for (int64_t device : spec.device()) {
    auto group = groups.find(device);
    listed += group == groups.end() ? 1 : group->second->value_size();
  }
  uint64_t written = spec.device_size();
  for (const auto &[key, group] : groups)
    written += group->value_size();
  if (listed > written)
    return specError("expected each device group in one place, got one in "
                     "several");
  std::vector<std::vector<int64_t>> holders;
  for (int64_t device : spec.device()) {
    auto group = groups.find(device);
    if (group == groups.end())
      holders.push_back({device});
    else
      holders.emplace_back(group->second->value().begin(),
                           group->second->value().end());
  }
  return holders;
}

/// Device -> piece.
static llvm::Expected<std::vector<int64_t>>
readPieces(const std::vector<std::vector<int64_t>> &holders,
           int64_t numDevices) {
  std::vector<int64_t> pieceOf(numDevices, -1);
  for (auto [piece, devices] : llvm::enumerate(holders))
    for (int64_t device : devices) {
      if (device < 0 || device >= numDevices)
        return specError("expected devices of 0 to " + Twine(numDevices - 1) +
                         ", got " + Twine(device));
      if (pieceOf[device] >= 0)
        return specError("expected device " + Twine(device) +
                         " once, got it twice");
      pieceOf[device] = piece;
    }
  for (auto [device, piece] : llvm::enumerate(pieceOf))
    if (piece < 0)
      return specError("expected all " + Twine(numDevices) +
                       " devices to hold a piece, got nothing for device " +
                       Twine(device));
  return pieceOf;
}

llvm::Expected<OnnxAnnotations::TensorSpec>
OnnxAnnotations::readSpec(const onnx::ShardingSpecProto &spec,
                          const llvm::StringMap<int64_t> &dims) const {
  TensorSpec read;
  read.tensor = spec.tensor_name();
  int64_t pieces = 1;
  for (const auto &dim : spec.sharded_dim()) {
    auto sharded = readDim(dim, dims);
    if (!sharded)
      return sharded.takeError();
    if (llvm::MulOverflow(pieces, sharded->pieces, pieces))
      return specError("expected a number of shards of less than 2^63");
    read.extents.emplace_back(dim.axis(), sharded->extent);
    if (sharded->pieces > 1)
      read.sharding.dims.push_back({dim.axis(), sharded->pieces});
  }
  auto holders = readHolders(spec);
  if (!holders)
    return holders.takeError();
  // A whole tensor on several devices is the same on each.
  if (pieces == 1 && holders->size() > 1) {
    for (size_t i = 1; i < holders->size(); ++i)
      holders->front().insert(holders->front().end(), (*holders)[i].begin(),
                              (*holders)[i].end());
    holders->resize(1);
  }
  if (static_cast<int64_t>(holders->size()) != pieces)
    return specError("expected a device or a device group for each of its " +
                     Twine(pieces) + " shards, got " + Twine(holders->size()));
  auto pieceOf = readPieces(*holders, chosen->num_devices());
  if (!pieceOf)
    return pieceOf.takeError();
  read.sharding.pieceOf = std::move(*pieceOf);
  return read;
}
