//===- RedistributionTest.cpp - Plans and prices --------------------------===//

#include "PlacementWords.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace dtc;
using namespace dtc::words;

/// "0:all_gather 1:slice", or "error: ...".
static std::string plan(std::initializer_list<int64_t> shape,
                        const Placements &from, const Placements &to,
                        const Mesh &mesh) {
  auto steps = planRedistribution(shape, from, to, mesh);
  if (!steps)
    return "error: " + llvm::toString(steps.takeError());
  static const char *const names[] = {
      "slice",      "to_partial",     "all_gather", "all_to_all",
      "all_reduce", "reduce_scatter", "halo_exchange", "relabel"};
  std::string text;
  for (const RedistributionStep &step : *steps)
    text += (text.empty() ? "" : " ") + std::to_string(step.axis) + ":" +
            names[static_cast<int>(step.kind)];
  return text;
}

static int64_t numCollectives(const Placements &from, const Placements &to) {
  auto steps =
      llvm::cantFail(planRedistribution({8, 8, 8}, from, to, mesh({2, 2, 2})));
  return llvm::count_if(steps, [](const RedistributionStep &step) {
    return step.kind != StepKind::LocalSlice &&
           step.kind != StepKind::LocalPartial;
  });
}

TEST(RedistributionTest, OneAxisTakesOneStep) {
  Mesh four = mesh({4});
  EXPECT_EQ(plan({9, 5}, {R}, {S(0)}, four), "0:slice");
  EXPECT_EQ(plan({9, 5}, {R}, {P}, four), "0:to_partial");
  EXPECT_EQ(plan({9, 5}, {S(0)}, {R}, four), "0:all_gather");
  EXPECT_EQ(plan({9, 5}, {S(0)}, {S(1)}, four), "0:all_to_all");
  EXPECT_EQ(plan({9, 5}, {P}, {R}, four), "0:all_reduce");
  EXPECT_EQ(plan({9, 5}, {Pmax}, {S(1)}, four), "0:reduce_scatter");
  EXPECT_EQ(plan({9, 5}, {P}, {P}, four), "");
}

TEST(RedistributionTest, ShardsDoNotBecomePartial) {
  EXPECT_EQ(plan({8}, {S(0)}, {P}, mesh({4})),
            "error: redistribution from 'shard(0)' to 'partial(sum)' over axis "
            "'tp' is not supported; redistribute to 'replicate' first");
}

TEST(RedistributionTest, OneKindOfPartialDoesNotBecomeAnother) {
  EXPECT_NE(plan({8}, {P}, {Pmax}, mesh({4})).find("error"), std::string::npos);
}

TEST(RedistributionTest, KindsThatDoNotCommuteAreCompletedFromTheLastAxis) {
  Mesh square = mesh({2, 2});
  EXPECT_EQ(plan({9, 5}, {P, Pmax}, {R, R}, square),
            "1:all_reduce 0:all_reduce");
  EXPECT_EQ(plan({9, 5}, {P, Pmax}, {S(0), S(1)}, square),
            "1:all_reduce 0:all_reduce 0:slice 1:slice");
  EXPECT_EQ(plan({9, 5}, {P, Pmax}, {P, R}, square), "1:all_reduce");
  EXPECT_EQ(plan({9, 5}, {P, Pavg}, {R, R}, square),
            "0:all_reduce 1:all_reduce");
}

TEST(RedistributionTest, AnOuterAxisIsNotCompletedBeforeAnotherKind) {
  EXPECT_EQ(plan({8}, {P, Pmax}, {R, Pmax}, mesh({2, 2})),
            "error: going from 'partial(sum)' to 'replicate' over axis 'tp' "
            "before 'partial(max)' over axis 'dp' is complete changes the "
            "value; redistribute to 'replicate' over both");
}

TEST(RedistributionTest, SharesAreMadeBehindAProduct) {
  Placement product = Placement::partial(ReduceKind::Product);
  EXPECT_EQ(plan({8}, {R, product}, {P, R}, mesh({2, 2})),
            "1:all_reduce 0:to_partial");
  EXPECT_EQ(plan({8}, {product, R}, {product, P}, mesh({2, 2})),
            "1:to_partial");
  EXPECT_NE(plan({8}, {R, product}, {P, product}, mesh({2, 2}))
                .find("changes the value"),
            std::string::npos);
}

TEST(RedistributionTest, DimensionsOutOfRangeAreRefused) {
  EXPECT_EQ(plan({8}, {R}, {S(1)}, mesh({4})),
            "error: expected a sharded dimension below 1, got 'shard(1)'");
  EXPECT_EQ(plan({8}, {R}, {R, R}, mesh({4})),
            "error: expected one placement for each of 1 mesh axes, got "
            "[replicate, replicate]");
}

TEST(RedistributionTest, AnAxisOfOneRankNeverCommunicates) {
  EXPECT_EQ(plan({8}, {S(0)}, {R}, mesh({1})), "0:relabel");
  EXPECT_EQ(redistributionCost(spec({8}, {P}), {R}, mesh({1}), {}), 0);
}

TEST(RedistributionTest, NestedShardsAreGatheredFromTheInside) {
  Mesh square = mesh({2, 2});
  EXPECT_EQ(plan({8, 8}, {S(0), S(0)}, {R, S(0)}, square),
            "1:all_gather 0:all_gather 1:slice");
  EXPECT_EQ(plan({8, 8}, {S(0), P}, {R, S(1)}, square),
            "1:reduce_scatter 0:all_gather");
  EXPECT_EQ(plan({8, 8}, {S(0), R}, {R, S(0)}, square), "0:all_gather 1:slice");
  EXPECT_EQ(plan({8, 8}, {P, R}, {S(0), S(0)}, square),
            "0:reduce_scatter 1:slice");
  EXPECT_EQ(plan({8, 8}, {P, S(0)}, {S(0), S(0)}, square),
            "1:all_gather 0:reduce_scatter 1:slice");
}

TEST(RedistributionTest, ThreeAxesTakeTheMeasuredNumberOfCollectives) {
  EXPECT_EQ(numCollectives({S(0), S(0), S(0)}, {S(1), S(1), S(1)}), 3);
  EXPECT_EQ(numCollectives({S(0), S(1), S(0)}, {S(1), S(0), S(0)}), 3);
  EXPECT_EQ(numCollectives({S(0), S(1), S(2)}, {S(2), S(1), S(0)}), 2);
  EXPECT_EQ(numCollectives({S(1), S(0), S(0)}, {R, S(0), S(0)}), 1);
  EXPECT_EQ(numCollectives({S(1), R, S(0)}, {R, S(0), S(0)}), 2);
  EXPECT_EQ(numCollectives({S(0), S(0), S(1)}, {S(0), S(1), S(2)}), 2);
}

/// All placements of a rank-2 tensor on three axes.
static std::vector<Placements> allPlacements() {
  std::vector<Placement> choices{R, S(0), S(1), P};
  std::vector<Placements> all;
  for (const Placement &a : choices)
    for (const Placement &b : choices)
      for (const Placement &c : choices)
        all.push_back({a, b, c});
  return all;
}

TEST(RedistributionTest, StepsOnlyTouchTheInnermostSplitOfADimension) {
  Mesh cube = mesh({2, 3, 2});
  int64_t planned = 0;
  for (const Placements &from : allPlacements())
    for (const Placements &to : allPlacements()) {
      auto steps = planRedistribution({12, 12}, from, to, cube);
      if (!steps) {
        llvm::consumeError(steps.takeError());
        continue;
      }
      ++planned;
      Placements current = from;
      for (const RedistributionStep &step : *steps) {
        ASSERT_EQ(current[step.axis], step.from);
        for (const Placement &end : {step.from, step.to})
          for (int64_t inner = step.axis + 1; inner < 3; ++inner)
            ASSERT_FALSE(end.isShard() && current[inner].isShard(end.dim))
                << stringify(from) << " -> " << stringify(to);
        current[step.axis] = step.to;
        ASSERT_EQ(current, step.after);
      }
      ASSERT_EQ(current, to);
    }
  EXPECT_GT(planned, 1000);
}

TEST(RedistributionTest, UsersMayNotAskForPartial) {
  Placements partial{P}, whole{R};
  EXPECT_EQ(llvm::toString(checkRequestedPlacements(partial, partial)), "");
  EXPECT_EQ(llvm::toString(checkRequestedPlacements(whole, partial)),
            "can not redistribute from 'replicate' to 'partial(sum)'; a "
            "partial value only comes out of an op, ask for 'replicate' or a "
            "shard");
}

//===----------------------------------------------------------------------===//
// Prices
//===----------------------------------------------------------------------===//

TEST(CostTest, LatencyAndBandwidthAddUp) {
  // 1 GiB over 4 ranks, 3 hops.
  TensorSpec whole = spec({1 << 14, 1 << 14}, {P});
  Mesh four = mesh({4});
  Topology cpu{Link::cpu()};
  double scatter = 6.6 + 3 * 2.7 + 0.75 / 19.294 * 1e6;
  double reduce = 6.6 + 6 * 2.7 + 1.5 / 19.294 * 1e6;
  EXPECT_NEAR(redistributionCost(whole, {S(0)}, four, cpu), scatter, 1e-6);
  EXPECT_NEAR(redistributionCost(whole, {R}, four, cpu), reduce, 1e-6);
  TensorSpec split = spec({1 << 14, 1 << 14}, {S(0)});
  EXPECT_NEAR(redistributionCost(split, {R}, four, cpu), scatter, 1e-6);
  EXPECT_NEAR(redistributionCost(split, {S(1)}, four, cpu),
              6.6 + 3 * 2.7 + 0.25 * 0.75 / 19.294 * 1e6 + 1, 1e-6);
}

TEST(CostTest, LocalChangesAreFreeAndImpossibleOnesInfinite) {
  Mesh four = mesh({4});
  EXPECT_EQ(redistributionCost(spec({8}, {R}), {P}, four, {}), 0);
  EXPECT_EQ(redistributionCost(spec({8}, {R}), {S(0)}, four, {}), 0);
  EXPECT_EQ(redistributionCost(spec({8}, {S(0)}), {S(0)}, four, {}), 0);
  EXPECT_TRUE(std::isinf(redistributionCost(spec({8}, {S(0)}), {P}, four, {})));
}

TEST(CostTest, AScatteredValueIsCheaperToMoveOn) {
  TensorSpec value = spec({4096, 4096}, {P, P});
  Mesh square = mesh({2, 2});
  Topology cpu(2, Link::cpu());
  double first = redistributionCost(value, {S(0), P}, square, cpu);
  double both = redistributionCost(value, {S(0), S(1)}, square, cpu);
  EXPECT_LT(both, 2 * first);
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// The steps' kinds from `from` to windows of dimension 0 of `extent`.
static std::vector<StepKind> stepsTo(const Window &window, int64_t extent,
                                     Placement from) {
  Mesh grid{{{"tp", 4}}};
  auto plan = planRedistribution({extent, 8}, {from},
                                 {Placement::windowOf(0, window)}, grid);
  std::vector<StepKind> kinds;
  if (!plan) {
    llvm::consumeError(plan.takeError());
    return kinds;
  }
  for (const RedistributionStep &step : *plan)
    kinds.push_back(step.kind);
  return kinds;
}

TEST(WindowTest, NeighboursExchangeWhatTheirWindowsRead) {
  Window neighbours{8, 1, 1, -1, 1};
  using Kinds = std::vector<StepKind>;
  EXPECT_EQ(stepsTo(neighbours, 8, S(0)), Kinds{StepKind::HaloExchange});
  EXPECT_EQ(stepsTo(neighbours, 8, R), Kinds{StepKind::LocalSlice});
  EXPECT_EQ(stepsTo(neighbours, 8, S(1)),
            (Kinds{StepKind::AllToAll, StepKind::HaloExchange}));
  EXPECT_EQ(stepsTo(neighbours, 8, P),
            (Kinds{StepKind::ReduceScatter, StepKind::HaloExchange}));
  // Two of two, side by side: what everybody has already.
  EXPECT_EQ(stepsTo({4, 2, 1, 0, 1}, 8, S(0)), Kinds{StepKind::LocalSlice});
}

TEST(WindowTest, RowsAreCutToTheTensorAndMayComeFromAfar) {
  using Rows = llvm::SmallVector<Interval, 8>;
  EXPECT_EQ(windowRows({8, 1, 1, -3, 3}, 8, 4),
            (Rows{{0, 5}, {0, 7}, {1, 8}, {3, 8}}));
  // Five results over four ranks: the last has none.
  EXPECT_EQ(windowRows({5, 2, 1, 0, 1}, 10, 4),
            (Rows{{0, 4}, {4, 8}, {8, 10}, {10, 10}}));
}
