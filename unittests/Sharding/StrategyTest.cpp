//===- StrategyTest.cpp - What the eager policy picks ---------------------===//
//
// Behaviours beyond the measured cases of OracleTest: meshes of several axes,
// lookups, reshapes, convolutions, and what the reference gets wrong.
//
//===----------------------------------------------------------------------===//

#include "PlacementWords.h"

#include "llvm/ADT/STLExtras.h"

using namespace dtc;
using namespace dtc::words;

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

TEST(EagerTest, AddingAScalarToAPartialSumDividesTheScalar) {
  ShardingRule rule = pointwiseRule({{}, {8, 8}}, {8, 8}, Linearity::Joint);
  EXPECT_EQ(eager(rule, {spec({}, {R}), spec({8, 8}, {P})}, mesh({4})),
            "[partial(sum)] [partial(sum)] -> [partial(sum)]");
}

TEST(EagerTest, SumsOfDifferentPartialKindsAreCompleted) {
  ShardingRule rule = pointwiseRule({{8}, {8}}, {8}, Linearity::Joint);
  EXPECT_EQ(eager(rule, {spec({8}, {P}), spec({8}, {Pavg})}, mesh({4})),
            "[replicate] [replicate] -> [replicate]");
}

TEST(EagerTest, EachAxisOfAMeshFollowsOnItsOwn) {
  ShardingRule rule = pointwiseRule({{8, 8}, {8}}, {8, 8}, Linearity::Joint);
  EXPECT_EQ(
      eager(rule, {spec({8, 8}, {S(0), P}), spec({8}, {R, R})}, mesh({2, 2})),
      "[shard(0), partial(sum)] [replicate, partial(sum)] -> [shard(0), "
      "partial(sum)]");
  // The second operand is split over the axis that the first is partial on.
  EXPECT_EQ(eager(rule, {spec({8, 8}, {S(0), P}), spec({8}, {R, S(0)})},
                  mesh({2, 2})),
            "[shard(0), replicate] [replicate, replicate] -> [shard(0), "
            "replicate]");
}

TEST(EagerTest, NestedShardsOfOneDimensionAreKept) {
  ShardingRule rule = pointwiseRule({{9}, {9}}, {9}, Linearity::None);
  EXPECT_EQ(
      eager(rule, {spec({9}, {S(0), S(0)}), spec({9}, {R, S(0)})},
            mesh({2, 2})),
      "[shard(0), shard(0)] [shard(0), shard(0)] -> [shard(0), shard(0)]");
}

TEST(EagerTest, AMaskedPartialIsScaledButNotAddedTo) {
  ShardingRule scale = pointwiseRule({{8}, {}}, {8}, Linearity::Each);
  EXPECT_EQ(eager(scale, {spec({8}, {MP(20)}), spec({}, {R})}, mesh({4})),
            "[mask_partial(sum)] [replicate] -> [mask_partial(sum)]");
  ShardingRule add = pointwiseRule({{8}, {8}}, {8}, Linearity::Joint);
  EXPECT_EQ(eager(add, {spec({8}, {MP(20)}), spec({8}, {R})}, mesh({4})),
            "[replicate] [replicate] -> [replicate]");
}

TEST(EagerTest, InPlaceOpsRefuseToChangePlacement) {
  ShardingRule rule = pointwiseRule({{8}, {8}}, {8}, Linearity::Joint);
  rule.followedOperand = 0;
  rule.inPlace = true;
  EXPECT_EQ(eager(rule, {spec({8}, {P}), spec({8}, {S(0)})}, mesh({4})),
            "error: in-place operations that require placement changes are not "
            "supported; the operation would change placement from "
            "[partial(sum)] to [replicate], use the out-of-place version "
            "instead");
}

TEST(EagerTest, RandomOpsRefusePartialOperands) {
  EXPECT_EQ(eager(randomRule({8}), {spec({8}, {S(0)})}, mesh({4})),
            "[shard(0)] -> [shard(0)]");
  EXPECT_EQ(eager(randomRule({8}), {spec({8}, {P})}, mesh({4})),
            "error: with a partial operand is not supported, got 'partial(sum)'; "
            "redistribute it to 'replicate' first");
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

TEST(EagerTest, ColumnThenRowSplitLinearLayersNeedNoCommunication) {
  ShardingRule column = linearRule({2, 3, 8}, {16, 8}, {true, false});
  EXPECT_EQ(
      eager(column,
            {spec({2, 3, 8}, {R}), spec({16, 8}, {S(0)}), spec({16}, {S(0)})},
            mesh({4})),
      "[replicate] [shard(0)] [shard(0)] -> [shard(2)]");
  ShardingRule row = linearRule({2, 3, 16}, {8, 16}, {true, false});
  EXPECT_EQ(
      eager(row,
            {spec({2, 3, 16}, {S(2)}), spec({8, 16}, {S(1)}), spec({8}, {R})},
            mesh({4})),
      "[shard(2)] [shard(1)] [partial(sum)] -> [partial(sum)]");
}

TEST(EagerTest, FewerFeaturesThanRanksAreGathered) {
  ShardingRule rule = linearRule({8, 8}, {3, 8}, {true, false});
  EXPECT_EQ(eager(rule,
                  {spec({8, 8}, {R}), spec({3, 8}, {S(0)}), spec({3}, {S(0)})},
                  mesh({4})),
            "[replicate] [replicate] [replicate] -> [replicate]");
}

TEST(EagerTest, DataAndTensorParallelLinearComposes) {
  ShardingRule rule = linearRule({8, 8}, {16, 8}, {false, false});
  EXPECT_EQ(eager(rule, {spec({8, 8}, {S(0), R}), spec({16, 8}, {R, S(0)})},
                  mesh({2, 2})),
            "[shard(0), replicate] [replicate, shard(0)] -> [shard(0), "
            "shard(1)]");
}

TEST(EagerTest, ConvolutionsSplitBatchChannelsAndPlaces) {
  ConvolutionShape shape;
  shape.hasBias = true;
  shape.strides = shape.dilations = {1};
  shape.padsBegin = shape.padsEnd = {1};
  ShardingRule rule = convolutionRule({8, 4, 16}, {8, 4, 3}, {8, 8, 16}, shape);
  auto run = [&](Placement x, Placement w, Placement b) {
    return eager(rule,
                 {spec({8, 4, 16}, {x}), spec({8, 4, 3}, {w}), spec({8}, {b})},
                 mesh({4}));
  };
  EXPECT_EQ(run(S(0), R, R),
            "[shard(0)] [replicate] [replicate] -> [shard(0)]");
  EXPECT_EQ(run(R, S(0), S(0)),
            "[replicate] [shard(0)] [shard(0)] -> [shard(1)]");
  EXPECT_EQ(run(S(1), S(1), R),
            "[shard(1)] [shard(1)] [partial(sum)] -> [partial(sum)]");
  EXPECT_EQ(run(S(2), R, R),
            "[window(2)] [replicate] [replicate] -> [shard(2)]");
}

TEST(EagerTest, OneAxisSplitsAWindow) {
  WindowShape window{{3}, {1}, {1}, {1}, {1}};
  ShardingRule rule = poolingRule({8, 4, 16}, {8, 4, 16}, window);
  EXPECT_EQ(eager(rule, {spec({8, 4, 16}, {S(2), S(2)})}, mesh({2, 2})),
            "[window(2), replicate] -> [shard(2), replicate]");
  EXPECT_EQ(eager(rule, {spec({8, 4, 16}, {S(2), S(0)})}, mesh({2, 2})),
            "[window(2), shard(0)] -> [shard(2), shard(0)]");
}

//===----------------------------------------------------------------------===//
// Reductions and norms
//===----------------------------------------------------------------------===//

TEST(EagerTest, MeansOfUnevenPiecesAreGathered) {
  ShardingRule rule = reductionRule({9, 5}, {0, 1}, {ReduceKind::Avg, false});
  EXPECT_EQ(eager(rule, {spec({9, 5}, {S(0)})}, mesh({4})),
            "[replicate] -> [replicate]");
  EXPECT_EQ(eager(reductionRule({9, 8}, {1}, {ReduceKind::Avg, false}),
                  {spec({9, 8}, {S(0), S(1)})}, mesh({2, 2})),
            "[shard(0), shard(1)] -> [shard(0), partial(avg)]");
}

TEST(EagerTest, AReductionOfAnotherPartialKindGathersItsDimensions) {
  ShardingRule rule = reductionRule({8, 8}, {0}, {ReduceKind::Max, false});
  EXPECT_EQ(eager(rule, {spec({8, 8}, {P, S(0)})}, mesh({2, 2})),
            "[replicate, replicate] -> [replicate, replicate]");
  EXPECT_EQ(eager(rule, {spec({8, 8}, {Pmax, S(1)})}, mesh({2, 2})),
            "[partial(max), shard(1)] -> [partial(max), shard(0)]");
}

TEST(EagerTest, NormsGatherOnlyWhatTheyNormalise) {
  ShardingRule rule = normalizationRule({20, 8, 8}, 2, 2);
  EXPECT_EQ(eager(rule,
                  {spec({20, 8, 8}, {S(1)}), spec({8}, {S(0)}), spec({8}, {R})},
                  mesh({4})),
            "[shard(1)] [replicate] [replicate] -> [shard(1)]");
  EXPECT_EQ(eager(rule,
                  {spec({20, 8, 8}, {S(2)}), spec({8}, {R}), spec({8}, {R})},
                  mesh({4})),
            "[replicate] [replicate] [replicate] -> [replicate]");
}

//===----------------------------------------------------------------------===//
// Lookups
//===----------------------------------------------------------------------===//

TEST(EagerTest, RowSplitTablesGiveMaskedPartials) {
  ShardingRule rule = embeddingRule({20, 8}, {3, 4});
  auto run = [&](Placement weight, Placement indices) {
    return eager(rule, {spec({20, 8}, {weight}), spec({3, 4}, {indices})},
                 mesh({4}));
  };
  EXPECT_EQ(run(S(0), R),
            "[shard(0)] [mask_partial(sum)] -> [mask_partial(sum)]");
  EXPECT_EQ(run(S(1), R), "[shard(1)] [replicate] -> [shard(2)]");
  EXPECT_EQ(run(R, S(1)), "[replicate] [shard(1)] -> [shard(1)]");
  EXPECT_EQ(run(S(0), S(1)), "[replicate] [shard(1)] -> [shard(1)]");
  EXPECT_EQ(run(S(1), S(1)), "[shard(1)] [replicate] -> [shard(2)]");
}

TEST(EagerTest, GathersFollowIndicesFirstAndThenData) {
  ShardingRule rule = gatherRule({8, 10, 8}, {4}, 1);
  auto run = [&](Placement data, Placement indices) {
    return eager(rule, {spec({8, 10, 8}, {data}), spec({4}, {indices})},
                 mesh({4}));
  };
  EXPECT_EQ(run(S(0), R), "[shard(0)] [replicate] -> [shard(0)]");
  EXPECT_EQ(run(S(2), S(0)), "[replicate] [shard(0)] -> [shard(1)]");
  EXPECT_EQ(run(S(1), R), "[replicate] [replicate] -> [replicate]");
  EXPECT_EQ(run(P, R), "[partial(sum)] [replicate] -> [partial(sum)]");
  EXPECT_EQ(run(P, S(0)), "[replicate] [shard(0)] -> [shard(1)]");
}

TEST(EagerTest, ElementGathersMaskASingleIndexARow) {
  EXPECT_EQ(eager(gatherElementsRule({8, 12}, {8, 1}, 1),
                  {spec({8, 12}, {S(1)}), spec({8, 1}, {R})}, mesh({4})),
            "[shard(1)] [mask_partial(sum)] -> [mask_partial(sum)]");
  EXPECT_EQ(eager(gatherElementsRule({8, 12}, {8, 4}, 1),
                  {spec({8, 12}, {S(0)}), spec({8, 4}, {S(0)})}, mesh({4})),
            "[shard(0)] [shard(0)] -> [shard(0)]");
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

TEST(EagerTest, HeadsSplitAndMergeWithoutCommunication) {
  EXPECT_EQ(eager(reshapeRule({2, 5, 32}, {2, 5, 4, 8}, {}),
                  {spec({2, 5, 32}, {S(2)})}, mesh({4})),
            "[shard(2)] -> [shard(2)]");
  EXPECT_EQ(eager(reshapeRule({2, 5, 4, 8}, {2, 5, 32}, {}),
                  {spec({2, 5, 4, 8}, {S(2)})}, mesh({4})),
            "[shard(2)] -> [shard(2)]");
}

TEST(EagerTest, ReshapesGatherWhatTheyCannotCarry) {
  Mesh four = mesh({4});
  EXPECT_EQ(eager(reshapeRule({8, 8}, {64}, {}), {spec({8, 8}, {S(1)})}, four),
            "[replicate] -> [replicate]");
  EXPECT_EQ(eager(reshapeRule({6, 8}, {48}, {}), {spec({6, 8}, {S(0)})}, four),
            "[replicate] -> [replicate]");
  EXPECT_EQ(
      eager(reshapeRule({1, 8}, {8}, {true}), {spec({1, 8}, {S(0)})}, four),
      "[replicate] -> [replicate]");
}

TEST(EagerTest, StrictViewsSayWhichDimensionIsInTheWay) {
  Mesh four = mesh({4});
  std::string tail = "; it cannot be performed without redistribution, which "
                     "this op does not do: redistribute its operand first";
  EXPECT_EQ(
      eager(reshapeRule({8, 8}, {64}, {true}), {spec({8, 8}, {S(1)})}, four),
      "error: attempted to flatten multiple dimensions, with dimension 1 being "
      "sharded" +
          tail);
  EXPECT_EQ(
      eager(reshapeRule({6, 8}, {48}, {true}), {spec({6, 8}, {S(0)})}, four),
      "error: attempted to flatten the unevenly sharded dimension 0" + tail);
  EXPECT_EQ(eager(reshapeRule({8, 8}, {2, 4, 8}, {true}),
                  {spec({8, 8}, {S(0)})}, four),
            "error: attempted to split the sharded dimension 0 into multiple "
            "dimensions" +
                tail);
  EXPECT_EQ(eager(unbindRule({2, 8}, 0), {spec({2, 8}, {S(0)})}, four),
            "error: attempted to take apart the sharded dimension 0" + tail);
}

TEST(EagerTest, NestedShardsSpreadOverTheDimensionsOfASplit) {
  EXPECT_EQ(eager(reshapeRule({8}, {2, 4}, {}), {spec({8}, {S(0), S(0)})},
                  mesh({2, 2})),
            "[shard(0), shard(0)] -> [shard(0), shard(1)]");
}

TEST(EagerTest, ConcatenatingUnlikePartialsCompletesThem) {
  ShardingRule rule = concatRule({{4, 8}, {4, 8}}, {8, 8}, 0);
  EXPECT_EQ(eager(rule, {spec({4, 8}, {P}), spec({4, 8}, {Pmax})}, mesh({4})),
            "[replicate] [replicate] -> [replicate]");
}

TEST(EagerTest, StackingOnTheLastDimensionKeepsShardNumbers) {
  ShardingRule rule = stackRule({{8, 8}, {8, 8}}, {8, 8, 2}, 2);
  EXPECT_EQ(
      eager(rule, {spec({8, 8}, {S(1)}), spec({8, 8}, {S(1)})}, mesh({4})),
      "[shard(1)] [shard(1)] -> [shard(1)]");
}

TEST(EagerTest, AConstantIsReplicated) {
  EXPECT_EQ(eager(sourceRule({8}), {}, mesh({4})), "-> [replicate]");
}

//===----------------------------------------------------------------------===//
// Enumeration
//===----------------------------------------------------------------------===//

TEST(EnumerationTest, AllReplicatedComesFirstThenFactorsInOrder) {
  ShardingRule rule = matmulRule({8, 8}, {8, 8}, {8, 8}, {});
  std::vector<TensorSpec> operands{spec({8, 8}, {}), spec({8, 8}, {})};
  std::vector<Strategy> all =
      enumerateStrategies(rule, operands, {spec({8, 8}, {})}, mesh({4}));
  std::vector<std::string> results;
  for (const Strategy &strategy : all)
    results.push_back(stringify(strategy.results[0]));
  // All replicated, k, m, n, then a partial sum in either operand.
  EXPECT_EQ(results, (std::vector<std::string>{
                         "[replicate]", "[partial(sum)]", "[shard(0)]",
                         "[shard(1)]", "[partial(sum)]", "[partial(sum)]"}));
}

TEST(EnumerationTest, AxesOfOneRankDoNotMultiplyTheStrategies) {
  ShardingRule rule = matmulRule({8, 8}, {8, 8}, {8, 8}, {});
  std::vector<TensorSpec> operands{spec({8, 8}, {}), spec({8, 8}, {})};
  Mesh grid = mesh({4});
  grid.axes.insert(grid.axes.end(), 40, MeshAxis{"one", 1});
  EXPECT_EQ(
      enumerateStrategies(rule, operands, {spec({8, 8}, {})}, grid).size(), 6u);
}
