//===- PlacementTest.cpp - Chunks, boxes and words ------------------------===//

#include "PlacementWords.h"

#include <limits>

using namespace dtc;
using namespace dtc::words;

static std::vector<int64_t> chunkSizes(int64_t extent, int64_t count) {
  std::vector<int64_t> sizes;
  for (int64_t i = 0; i < count; ++i)
    sizes.push_back(chunk(extent, count, i).size());
  return sizes;
}

/// Offset and size in dimension 0 of every rank.
static std::vector<std::pair<int64_t, int64_t>>
pieces(int64_t extent, std::initializer_list<Placement> placements,
       const Mesh &mesh) {
  std::vector<std::pair<int64_t, int64_t>> result;
  Placements list(placements);
  for (int64_t rank = 0; rank < mesh.numRanks(); ++rank) {
    Interval piece = localBox({extent}, list, mesh, rank)[0];
    result.push_back({piece.begin, piece.size()});
  }
  return result;
}

TEST(PlacementTest, ChunksAreCeilingsAndTrailingOnesMayBeEmpty) {
  using Sizes = std::vector<int64_t>;
  EXPECT_EQ(chunkSizes(9, 4), (Sizes{3, 3, 3, 0}));
  EXPECT_EQ(chunkSizes(5, 4), (Sizes{2, 2, 1, 0}));
  EXPECT_EQ(chunkSizes(3, 4), (Sizes{1, 1, 1, 0}));
  EXPECT_EQ(chunkSizes(10, 4), (Sizes{3, 3, 3, 1}));
  EXPECT_EQ(chunkSizes(18, 4), (Sizes{5, 5, 5, 3}));
  EXPECT_EQ(chunkSizes(32, 3), (Sizes{11, 11, 10}));
  EXPECT_EQ(chunkSizes(0, 2), (Sizes{0, 0}));
}

TEST(PlacementTest, ChunksOfHugeExtentsDoNotOverflow) {
  int64_t most = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(chunk(most, 4, 3).end, most);
  EXPECT_EQ(chunk(most, 3, 0).begin, 0);
}

TEST(PlacementTest, NestedShardsSplitWhatTheAxisBeforeLeft) {
  using Pieces = std::vector<std::pair<int64_t, int64_t>>;
  EXPECT_EQ(
      pieces(18, {S(0), S(0)}, mesh({4, 2})),
      (Pieces{
          {0, 3}, {3, 2}, {5, 3}, {8, 2}, {10, 3}, {13, 2}, {15, 2}, {17, 1}}));
  EXPECT_EQ(
      pieces(13, {S(0), S(0)}, mesh({4, 2})),
      (Pieces{
          {0, 2}, {2, 2}, {4, 2}, {6, 2}, {8, 2}, {10, 2}, {12, 1}, {13, 0}}));
}

TEST(PlacementTest, AnEmptyShardLiesAtTheEnd) {
  using Pieces = std::vector<std::pair<int64_t, int64_t>>;
  // The inner chunks of 5 over 4 are 2, 2, 1, 0: the empty one is not at 5.
  EXPECT_EQ(pieces(9, {S(0), S(0)}, mesh({2, 4}))[3], (Pieces{{9, 0}})[0]);
  EXPECT_EQ(localShape({9, 5}, {S(0)}, mesh({4}), 3),
            (llvm::SmallVector<int64_t, 6>{0, 5}));
}

TEST(PlacementTest, ReplicatedAndPartialValuesAreWholeEverywhere) {
  EXPECT_EQ(localShape({9, 5}, {R, P}, mesh({2, 2}), 3),
            (llvm::SmallVector<int64_t, 6>{9, 5}));
}

TEST(PlacementTest, EvenMeansEveryDimensionDivides) {
  EXPECT_TRUE(isEvenlySharded({8, 5}, {S(0), S(0)}, mesh({2, 4})));
  EXPECT_FALSE(isEvenlySharded({8, 5}, {S(0), S(1)}, mesh({2, 4})));
  EXPECT_FALSE(isEvenlySharded({4}, {S(0), S(0)}, mesh({2, 4})));
}

TEST(PlacementTest, RanksAreRowMajor) {
  EXPECT_EQ(mesh({2, 3}).coordinates(5), (llvm::SmallVector<int64_t, 4>{1, 2}));
  EXPECT_EQ(mesh({2, 3}).numRanks(), 6);
  EXPECT_EQ(mesh({2, 3}).axisNamed("dp"), 1);
  EXPECT_EQ(mesh({2, 3}).axisNamed("ep"), std::nullopt);
}

TEST(PlacementTest, PlacementsPrintWithThePlansWords) {
  Placements all{R, S(1), Pmax, MP(7)};
  EXPECT_EQ(stringify(all),
            "[replicate, shard(1), partial(max), mask_partial(sum)]");
  EXPECT_EQ(parseReduceKind("product"), ReduceKind::Product);
  EXPECT_EQ(parseReduceKind("median"), std::nullopt);
}
