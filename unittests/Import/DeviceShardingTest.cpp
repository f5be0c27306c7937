//===- DeviceShardingTest.cpp - Pieces of tensors and placements ----------===//

#include "dtc/Import/DeviceSharding.h"

#include "gtest/gtest.h"

using namespace dtc;

namespace {

Mesh meshOf(std::vector<int64_t> sizes) {
  Mesh mesh;
  for (int64_t size : sizes)
    mesh.axes.push_back({"a" + std::to_string(mesh.axes.size()), size});
  return mesh;
}

/// Every placement of a tensor of rank 2 in whole pieces.
std::vector<Placements> allPlacements(const Mesh &mesh) {
  std::vector<Placements> all = {{}};
  for (int64_t axis = 0; axis < mesh.rank(); ++axis) {
    std::vector<Placements> longer;
    for (const Placements &prefix : all)
      for (Placement next :
           {Placement::replicate(), Placement::shard(0), Placement::shard(1)}) {
        longer.push_back(prefix);
        longer.back().push_back(next);
      }
    all = std::move(longer);
  }
  return all;
}

const std::vector<std::vector<int64_t>> meshes = {
    {2}, {4}, {2, 2}, {2, 3}, {3, 2}, {2, 2, 2}, {4, 2, 3}};

TEST(DeviceShardingTest, ReadsBackWhatItWrites) {
  for (const auto &sizes : meshes) {
    Mesh mesh = meshOf(sizes);
    for (const Placements &placements : allPlacements(mesh)) {
      auto sharding = shardingOf(mesh, placements);
      ASSERT_TRUE(sharding);
      auto back = placementsOn(mesh, *sharding);
      ASSERT_TRUE(bool(back)) << llvm::toString(back.takeError());
      EXPECT_EQ(stringify(*back), stringify(placements));
    }
  }
}

TEST(DeviceShardingTest, PiecesAreTheBoxesThatRanksHold) {
  llvm::SmallVector<int64_t> shape = {48, 48};
  for (const auto &sizes : meshes) {
    Mesh mesh = meshOf(sizes);
    for (const Placements &placements : allPlacements(mesh)) {
      auto sharding = shardingOf(mesh, placements);
      ASSERT_TRUE(sharding);
      for (int64_t rank = 0; rank < mesh.numRanks(); ++rank) {
        auto box = localBox(shape, placements, mesh, rank);
        // The box by the standard's formula: row-major pieces of equal width.
        int64_t piece = sharding->pieceOf[rank];
        for (size_t i = sharding->dims.size(); i-- > 0;) {
          const ShardedDim &dim = sharding->dims[i];
          int64_t width = shape[dim.dim] / dim.pieces;
          EXPECT_EQ(box[dim.dim].begin, piece % dim.pieces * width);
          EXPECT_EQ(box[dim.dim].size(), width);
          piece /= dim.pieces;
        }
      }
    }
  }
}

TEST(DeviceShardingTest, PartialValuesAreNoPieces) {
  EXPECT_FALSE(shardingOf(meshOf({2}), {Placement::partial()}));
  EXPECT_FALSE(shardingOf(meshOf({2}), {Placement::maskPartial(7)}));
}

TEST(DeviceShardingTest, AxesOfOneRankMeanNothing) {
  auto sharding =
      shardingOf(meshOf({1, 2}), {Placement::shard(0), Placement::shard(1)});
  ASSERT_TRUE(sharding);
  ASSERT_EQ(sharding->dims.size(), 1u);
  EXPECT_EQ(sharding->dims[0].dim, 1);
}

TEST(DeviceShardingTest, InfersTheMeshWithTheFewestAxes) {
  Mesh grid = meshOf({2, 3});
  DeviceSharding rows =
      *shardingOf(grid, {Placement::shard(0), Placement::replicate()});
  DeviceSharding columns =
      *shardingOf(grid, {Placement::replicate(), Placement::shard(1)});
  DeviceSharding whole =
      *shardingOf(grid, {Placement::replicate(), Placement::replicate()});
  auto one = inferMesh(6, {whole});
  ASSERT_TRUE(bool(one));
  EXPECT_EQ(one->axes, (std::vector<MeshAxis>{{"tp", 6}}));
  auto two = inferMesh(6, {whole, rows, columns});
  ASSERT_TRUE(bool(two));
  EXPECT_EQ(two->axes, (std::vector<MeshAxis>{{"dp", 2}, {"tp", 3}}));
  auto single = inferMesh(1, {});
  ASSERT_TRUE(bool(single));
  EXPECT_EQ(single->numRanks(), 1);
}

TEST(DeviceShardingTest, RefusesPiecesThatNoMeshSeparates) {
  DeviceSharding swapped{{{0, 2}}, {1, 0}};
  auto placed = placementsOn(meshOf({2}), swapped);
  ASSERT_FALSE(bool(placed));
  llvm::consumeError(placed.takeError());
  auto mesh = inferMesh(2, {swapped});
  ASSERT_FALSE(bool(mesh));
  EXPECT_EQ(llvm::toString(mesh.takeError()),
            "expected annotations that placements on a mesh of 2 devices can "
            "say, got pieces that no such mesh separates in the order of its "
            "ranks");
  auto large = inferMesh(2048, {});
  ASSERT_FALSE(bool(large));
  EXPECT_EQ(llvm::toString(large.takeError()),
            "expected a mesh for 2048 devices, got none: pass --mesh");
}

} // namespace
