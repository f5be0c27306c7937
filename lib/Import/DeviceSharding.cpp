//===- DeviceSharding.cpp - Which device holds which piece ----------------===//
//
// From pieces to placements:
//
// 1. A mesh axis shards the dimension whose index of the piece changes from
//    rank 0 to its neighbour along that axis, and replicates when none does.
// 2. That guess is compared for every rank with the pieces as written; the
//    axes of one dimension count in mesh order, the first one slowest.
//
// A mesh is inferred by trying the ordered factorisations of the number of
// devices, those with few factors first.
//
//===----------------------------------------------------------------------===//

#include "dtc/Import/DeviceSharding.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

using namespace dtc;
using llvm::ArrayRef;
using llvm::SmallVector;

static constexpr int64_t maxInferredDevices = 1024;
static constexpr unsigned maxInferredAxes = 4;

static llvm::Error shardingError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

int64_t DeviceSharding::numPieces() const {
  int64_t count = 1;
  for (const ShardedDim &dim : dims)
    count *= dim.pieces;
  return count;
}

/// The index along each sharded dimension of piece `piece`.
static SmallVector<int64_t> indicesOf(const DeviceSharding &sharding,
                                      int64_t piece) {
  SmallVector<int64_t> indices(sharding.dims.size());
  for (size_t i = indices.size(); i-- > 0;) {
    indices[i] = piece % sharding.dims[i].pieces;
    piece /= sharding.dims[i].pieces;
  }
  return indices;
}

/// The piece that a rank holds when axis `a` of the mesh cuts `dims[owner[a]]`,
/// or nothing when that is negative.
static int64_t pieceOnMesh(const Mesh &mesh, const DeviceSharding &sharding,
                           ArrayRef<int64_t> owner, int64_t rank) {
  SmallVector<int64_t> indices(sharding.dims.size(), 0);
  auto coordinates = mesh.coordinates(rank);
  for (int64_t axis = 0; axis < mesh.rank(); ++axis)
    if (owner[axis] >= 0)
      indices[owner[axis]] =
          indices[owner[axis]] * mesh.size(axis) + coordinates[axis];
  int64_t piece = 0;
  for (auto [dim, index] : llvm::zip(sharding.dims, indices))
    piece = piece * dim.pieces + index;
  return piece;
}

/// For each mesh axis the index in `dims` of what it cuts, or -1; nothing when
/// an axis would cut several.
static std::optional<SmallVector<int64_t>>
guessOwners(const Mesh &mesh, const DeviceSharding &sharding) {
  SmallVector<int64_t> owner(mesh.rank(), -1);
  SmallVector<int64_t> first = indicesOf(sharding, sharding.pieceOf[0]);
  int64_t stride = mesh.numRanks();
  for (int64_t axis = 0; axis < mesh.rank(); ++axis) {
    stride /= mesh.size(axis);
    if (mesh.size(axis) == 1)
      continue;
    SmallVector<int64_t> next = indicesOf(sharding, sharding.pieceOf[stride]);
    for (size_t i = 0; i < next.size(); ++i) {
      if (next[i] == first[i])
        continue;
      if (owner[axis] >= 0)
        return std::nullopt;
      owner[axis] = i;
    }
  }
  return owner;
}

llvm::Expected<Placements> dtc::placementsOn(const Mesh &mesh,
                                             const DeviceSharding &sharding) {
  if (static_cast<int64_t>(sharding.pieceOf.size()) != mesh.numRanks())
    return shardingError("expected " + llvm::Twine(mesh.numRanks()) +
                         " devices, one for each rank of the mesh, got " +
                         llvm::Twine(sharding.pieceOf.size()));
  auto inexpressible = [&] {
    return shardingError(
        "expected pieces that the axes of the mesh separate, in the order of "
        "its ranks (the last axis fastest): list the devices in ascending "
        "order, or pass another --mesh");
  };
  auto owner = guessOwners(mesh, sharding);
  if (!owner)
    return inexpressible();
  for (auto [i, dim] : llvm::enumerate(sharding.dims)) {
    int64_t pieces = 1;
    for (int64_t axis = 0; axis < mesh.rank(); ++axis)
      if ((*owner)[axis] == static_cast<int64_t>(i))
        pieces *= mesh.size(axis);
    if (pieces != dim.pieces)
      return inexpressible();
  }
  for (int64_t rank = 0, e = mesh.numRanks(); rank < e; ++rank)
    if (pieceOnMesh(mesh, sharding, *owner, rank) != sharding.pieceOf[rank])
      return inexpressible();
  Placements placements = mesh.allReplicate();
  for (auto [placement, index] : llvm::zip(placements, *owner))
    if (index >= 0)
      placement = Placement::shard(sharding.dims[index].dim);
  return placements;
}

std::optional<DeviceSharding> dtc::shardingOf(const Mesh &mesh,
                                              ArrayRef<Placement> placements) {
  DeviceSharding sharding;
  SmallVector<int64_t> owner(mesh.rank(), -1);
  for (auto [axis, placement] : llvm::enumerate(placements)) {
    if (placement.isPartial() || placement.isWindow())
      return std::nullopt;
    if (!placement.isShard() || mesh.size(axis) == 1)
      continue;
    auto known = llvm::find_if(sharding.dims, [&](const ShardedDim &dim) {
      return dim.dim == placement.dim;
    });
    owner[axis] = known - sharding.dims.begin();
    if (known == sharding.dims.end())
      sharding.dims.push_back({placement.dim, mesh.size(axis)});
    else
      known->pieces *= mesh.size(axis);
  }
  for (int64_t rank = 0, e = mesh.numRanks(); rank < e; ++rank)
    sharding.pieceOf.push_back(pieceOnMesh(mesh, sharding, owner, rank));
  return sharding;
}

//===----------------------------------------------------------------------===//
// Meshes
//===----------------------------------------------------------------------===//

static Mesh meshOf(ArrayRef<int64_t> sizes) {
  Mesh mesh;
  for (auto [i, size] : llvm::enumerate(sizes))
    mesh.axes.push_back({"axis" + std::to_string(i), size});
  if (sizes.size() <= 2)
    mesh.axes.back().name = "tp";
  if (sizes.size() == 2)
    mesh.axes.front().name = "dp";
  return mesh;
}

/// Appends the ordered factorisations of `count` into `factors` factors of 2
/// or more.
static void factorise(int64_t count, unsigned factors,
                      SmallVector<int64_t> &prefix, std::vector<Mesh> &meshes) {
  if (factors == 1) {
    prefix.push_back(count);
    meshes.push_back(meshOf(prefix));
    prefix.pop_back();
    return;
  }
  for (int64_t size = 2; size <= count / 2; ++size) {
    if (count % size != 0)
      continue;
    prefix.push_back(size);
    factorise(count / size, factors - 1, prefix, meshes);
    prefix.pop_back();
  }
}

llvm::Expected<Mesh> dtc::inferMesh(int64_t numDevices,
                                    ArrayRef<DeviceSharding> shardings) {
  if (numDevices > maxInferredDevices)
    return shardingError("expected a mesh for " + llvm::Twine(numDevices) +
                         " devices, got none: pass --mesh");
  std::vector<Mesh> meshes;
  SmallVector<int64_t> prefix;
  for (unsigned factors = 1; factors <= maxInferredAxes; ++factors)
    factorise(numDevices, factors, prefix, meshes);
  for (const Mesh &mesh : meshes) {
    bool fitsAll = llvm::all_of(shardings, [&](const DeviceSharding &sharding) {
      auto placements = placementsOn(mesh, sharding);
      if (placements)
        return true;
      llvm::consumeError(placements.takeError());
      return false;
    });
    if (fitsAll)
      return mesh;
  }
  return shardingError("expected annotations that placements on a mesh of " +
                       llvm::Twine(numDevices) +
                       " devices can say, got pieces that no such mesh "
                       "separates in the order of its ranks");
}
