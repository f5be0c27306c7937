//===- ChunkTest.cpp - torch.chunk arithmetic and cutting -----------------===//

#include "dtc/runtime/Chunk.h"
#include <gtest/gtest.h>
#include <numeric>

using namespace dtc::runtime;

namespace {

std::vector<int64_t> chunkSizes(int64_t length, int64_t parts) {
  std::vector<int64_t> sizes;
  for (int64_t r = 0; r < parts; ++r)
    sizes.push_back(chunk(length, parts, r).size);
  return sizes;
}

const dtc_placement kReplicate{DTC_REPLICATE, 0, 0};
const dtc_placement kShard0{DTC_SHARD, 0, 0};
const dtc_placement kShard1{DTC_SHARD, 1, 0};

TEST(Chunk, matches_torch_on_uneven_lengths) {
  using Sizes = std::vector<int64_t>;
  EXPECT_EQ(chunkSizes(9, 4), (Sizes{3, 3, 3, 0}));
  EXPECT_EQ(chunkSizes(5, 4), (Sizes{2, 2, 1, 0}));
  EXPECT_EQ(chunkSizes(3, 4), (Sizes{1, 1, 1, 0}));
  EXPECT_EQ(chunkSizes(10, 4), (Sizes{3, 3, 3, 1}));
  EXPECT_EQ(chunkSizes(18, 4), (Sizes{5, 5, 5, 3}));
  EXPECT_EQ(chunkSizes(32, 3), (Sizes{11, 11, 10}));
  EXPECT_EQ(chunkSizes(0, 2), (Sizes{0, 0}));
}

TEST(Chunk, an_empty_piece_begins_at_the_end) {
  EXPECT_EQ(chunk(5, 4, 3).offset, 5);
  EXPECT_EQ(chunk(1, 1000, 999).offset, 1);
}

TEST(Chunk, huge_lengths_do_not_overflow) {
  const int64_t length = INT64_MAX;
  int64_t end = 0;
  for (int64_t r = 0; r < 7; ++r) {
    Interval piece = chunk(length, 7, r);
    EXPECT_EQ(piece.offset, end);
    end = piece.offset + piece.size;
  }
  EXPECT_EQ(end, length);
}

TEST(Chunk, nested_shards_split_what_is_left) {
  const dtc_placement placements[] = {kShard0, kShard0};
  const int64_t offsets[] = {0, 3, 5, 8, 10, 13, 15, 17};
  const int64_t sizes[] = {3, 2, 3, 2, 3, 2, 2, 1};
  for (int64_t rank = 0; rank < 8; ++rank) {
    Region region =
        localRegion({18}, {4, 2}, placements, meshCoordinates({4, 2}, rank));
    EXPECT_EQ(region.offset[0], offsets[rank]);
    EXPECT_EQ(region.size[0], sizes[rank]);
  }
}

TEST(Chunk, the_last_mesh_axis_is_the_fastest) {
  EXPECT_EQ(meshCoordinates({2, 3}, 4), (std::vector<int64_t>{1, 1}));
  EXPECT_EQ(meshRank({2, 3}, {1, 1}), 4);
}

/// Cuts an array for every rank of a mesh and puts it together again.
void expectRoundTrip(const std::vector<int64_t> &shape,
                     const std::vector<int64_t> &mesh,
                     const std::vector<dtc_placement> &placements) {
  int64_t count = 1, ranks = 1;
  for (int64_t extent : shape)
    count *= extent;
  for (int64_t size : mesh)
    ranks *= size;
  std::vector<int32_t> whole(static_cast<size_t>(count)),
      copy(whole.size(), -1);
  std::iota(whole.begin(), whole.end(), 0);
  for (int64_t rank = 0; rank < ranks; ++rank) {
    Region region = localRegion(shape, mesh, placements.data(),
                                meshCoordinates(mesh, rank));
    std::vector<int32_t> piece(static_cast<size_t>(region.count()));
    cutRegion(whole.data(), shape, region, 4, piece.data());
    placeRegion(piece.data(), shape, region, 4, copy.data());
  }
  EXPECT_EQ(whole, copy);
}

TEST(Chunk, pieces_put_together_give_the_whole) {
  expectRoundTrip({5, 7}, {4}, {kShard0});
  expectRoundTrip({5, 7}, {4}, {kShard1});
  expectRoundTrip({5, 7, 3}, {2, 3}, {kShard0, kShard1});
  expectRoundTrip({13, 2}, {4, 2}, {kShard0, kShard0});
  expectRoundTrip({3}, {4, 2}, {kReplicate, kShard0});
  expectRoundTrip({}, {2}, {kReplicate});
  expectRoundTrip({0, 4}, {2}, {kShard1});
}

TEST(Chunk, cutting_takes_the_values_of_the_region) {
  std::vector<int32_t> whole(24);
  std::iota(whole.begin(), whole.end(), 0);
  std::vector<int32_t> piece(4);
  cutRegion(whole.data(), {2, 3, 4}, Region{{0, 1, 2}, {2, 1, 2}}, 4,
            piece.data());
  EXPECT_EQ(piece, (std::vector<int32_t>{6, 7, 18, 19}));
}

} // namespace
