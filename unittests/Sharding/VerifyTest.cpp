//===- VerifyTest.cpp - Which placements are legal ------------------------===//

#include "PlacementWords.h"

#include "llvm/ADT/STLExtras.h"

#include <random>

using namespace dtc;
using namespace dtc::words;

static const Mesh four = mesh({4});

static std::string verifyMatmul(Placement x, Placement y, Placement z) {
  return verify(matmulRule({8, 8}, {8, 8}, {8, 8}, {}),
                {spec({8, 8}, {x}), spec({8, 8}, {y})}, {spec({8, 8}, {z})},
                four);
}

TEST(VerifyTest, ContractingSplitsGivePartialSums) {
  EXPECT_EQ(verifyMatmul(S(1), S(0), P), "");
  EXPECT_EQ(verifyMatmul(S(1), S(0), R),
            "operands disagree on factor 'k' over 'tp': result 0 is replicated "
            "over 'tp', expected 'partial(sum)'");
  EXPECT_EQ(verifyMatmul(S(1), R, P),
            "operands disagree on factor 'k' over 'tp': operand 1 is "
            "replicated over 'tp', expected 'shard(0)'");
}

TEST(VerifyTest, MatmulIsLinearInEachOperand) {
  EXPECT_EQ(verifyMatmul(P, R, P), "");
  EXPECT_EQ(verifyMatmul(R, P, P), "");
  EXPECT_EQ(verifyMatmul(Pavg, R, Pavg), "");
  EXPECT_EQ(verifyMatmul(P, P, P),
            "operand 1 is 'partial(sum)' over 'tp', expected 'replicate'");
  EXPECT_EQ(verifyMatmul(Pmax, R, Pmax),
            "operand 0 is 'partial(max)' over 'tp', expected a complete value: "
            "the op is not linear in it; redistribute it first");
  EXPECT_EQ(verifyMatmul(S(0), P, S(0)),
            "operands disagree on factor 'm' over 'tp': operand 1 is "
            "'partial(sum)' over 'tp', expected 'replicate'");
}

TEST(VerifyTest, OneAxisSplitsOneFactor) {
  EXPECT_EQ(verifyMatmul(S(0), S(1), S(0)),
            "operands disagree on axis 'tp': operand 0 splits factor 'm', "
            "operand 1 splits factor 'n'");
}

TEST(VerifyTest, TheBiasOfAPartialResultIsPartial) {
  ShardingRule rule = linearRule({8, 8}, {8, 8}, {true, false});
  auto run = [&](Placement x, Placement w, Placement b, Placement y) {
    return verify(rule, {spec({8, 8}, {x}), spec({8, 8}, {w}), spec({8}, {b})},
                  {spec({8, 8}, {y})}, four);
  };
  EXPECT_EQ(run(S(1), S(1), P, P), "");
  EXPECT_EQ(run(P, R, P, P), "");
  EXPECT_EQ(run(S(1), S(1), R, P),
            "operands disagree on factor 'k' over 'tp': operand 2 is "
            "replicated over 'tp', expected 'partial(sum)'");
  // One partial bias and complete products would add the products n times.
  EXPECT_EQ(run(R, R, P, P),
            "operand 2 is 'partial(sum)' over 'tp', expected 'replicate'");
}

TEST(VerifyTest, SumsNeedAllOperandsPartial) {
  ShardingRule rule = pointwiseRule({{8}, {8}}, {8}, Linearity::Joint);
  auto run = [&](Placement x, Placement y, Placement z) {
    return verify(rule, {spec({8}, {x}), spec({8}, {y})}, {spec({8}, {z})},
                  four);
  };
  EXPECT_EQ(run(P, P, P), "");
  EXPECT_EQ(run(P, R, P),
            "operand 1 is replicated over 'tp', expected 'partial(sum)'");
  EXPECT_EQ(run(P, Pavg, P),
            "operand 1 is 'partial(avg)' over 'tp', expected 'partial(sum)'");
  EXPECT_EQ(run(R, R, P),
            "result 0 is 'partial(sum)' over 'tp', expected 'replicate'");
}

TEST(VerifyTest, WholeFactorsStayTogether) {
  ShardingRule rule = wholeRule({8, 8}, {1});
  EXPECT_EQ(verify(rule, {spec({8, 8}, {S(0)})}, {spec({8, 8}, {S(0)})}, four),
            "");
  EXPECT_EQ(verify(rule, {spec({8, 8}, {S(1)})}, {spec({8, 8}, {S(1)})}, four),
            "factor 'i1' is split over 'tp', expected it whole on every rank");
}

TEST(VerifyTest, MeansNeedEqualPieces) {
  ShardingRule rule = reductionRule({9}, {0}, {ReduceKind::Avg, false});
  EXPECT_EQ(verify(rule, {spec({9}, {S(0)})}, {spec({}, {Pavg})}, four),
            "factor 'c0' of size 9 is split unevenly over 'tp', expected equal "
            "pieces for a mean");
  EXPECT_EQ(verify(reductionRule({9}, {0}, {ReduceKind::Sum, false}),
                   {spec({9}, {S(0)})}, {spec({}, {P})}, four),
            "");
}

TEST(VerifyTest, ReductionsPassTheirOwnPartialKind) {
  auto run = [&](ReduceKind kind, Placement x) {
    return verify(reductionRule({8}, {0}, {kind, false}), {spec({8}, {x})},
                  {spec({}, {x})}, four);
  };
  EXPECT_EQ(run(ReduceKind::Max, Pmax), "");
  EXPECT_EQ(run(ReduceKind::Avg, P), "");
  EXPECT_NE(run(ReduceKind::Max, P), "");
}

TEST(VerifyTest, LookupsMaskAWholeIndexThemselves) {
  ShardingRule rule = embeddingRule({20, 8}, {3});
  auto run = [&](Placement w, Placement t, Placement y) {
    return verify(rule, {spec({20, 8}, {w}), spec({3}, {t})},
                  {spec({3, 8}, {y})}, four);
  };
  EXPECT_EQ(run(S(0), R, MP(20)), "");
  EXPECT_EQ(run(S(0), MP(20), MP(20)), "");
  EXPECT_NE(run(S(0), R, MP(21)), "");
  EXPECT_NE(run(S(0), R, P), "");
  EXPECT_NE(run(S(0), S(0), MP(20)), "");
}

TEST(VerifyTest, ComposedFactorsMustDivideEvenly) {
  ShardingRule rule = reshapeRule({6, 8}, {48}, {});
  EXPECT_EQ(
      verify(rule, {spec({6, 8}, {S(0)})}, {spec({48}, {S(0)})}, mesh({3})),
      "");
  EXPECT_EQ(verify(rule, {spec({6, 8}, {S(0)})}, {spec({48}, {S(0)})}, four),
            "result 0 is split over 'tp' in dimension 0, where the rule ([f0, "
            "f1]) -> ([f0*f1]) allows no such split");
}

TEST(VerifyTest, AnOpWithoutARuleIsReplicated) {
  EXPECT_EQ(verify(replicatedRule({{8}}, {{8}}), {spec({8}, {S(0)})},
                   {spec({8}, {S(0)})}, four),
            "does not have a sharding strategy registered: expected operand 0 "
            "replicated over 'tp', got 'shard(0)'; redistribute it first");
}

TEST(VerifyTest, ConstantsMayBeSplitButNotPartial) {
  EXPECT_EQ(verify(sourceRule({8}), {}, {spec({8}, {S(0)})}, four), "");
  EXPECT_EQ(verify(sourceRule({8}), {}, {spec({8}, {P})}, four),
            "result 0 is 'partial(sum)' over 'tp', expected 'replicate'");
}

//===----------------------------------------------------------------------===//
// Agreement of the generic parts
//===----------------------------------------------------------------------===//

namespace {
struct RuleCase {
  ShardingRule rule;
  std::vector<TensorSpec> operands, results;
};
} // namespace

static std::vector<RuleCase> someRules() {
  ConvolutionShape grouped;
  grouped.groups = 2;
  grouped.hasBias = true;
  grouped.strides = {2};
  grouped.dilations = {1};
  grouped.padsBegin = grouped.padsEnd = {0};
  auto t = [](std::initializer_list<int64_t> shape) { return spec(shape, {}); };
  return {
      {matmulRule({4, 6, 8}, {8, 5}, {4, 6, 5}, {}),
       {t({4, 6, 8}), t({8, 5})},
       {t({4, 6, 5})}},
      {linearRule({4, 6, 8}, {8, 8}, {true, false}),
       {t({4, 6, 8}), t({8, 8}), t({8})},
       {t({4, 6, 8})}},
      {pointwiseRule({{4, 6}, {6}, {4, 1}}, {4, 6}, Linearity::Joint),
       {t({4, 6}), t({6}), t({4, 1})},
       {t({4, 6})}},
      {pointwiseRule({{4, 6}, {6}}, {4, 6}, Linearity::Each),
       {t({4, 6}), t({6})},
       {t({4, 6})}},
      {reductionRule({4, 6, 8}, {0, 2}, {ReduceKind::Avg, true}),
       {t({4, 6, 8})},
       {t({1, 6, 1})}},
      {reshapeRule({4, 6, 8}, {2, 12, 4, 2}, {}),
       {t({4, 6, 8})},
       {t({2, 12, 4, 2})}},
      {reshapeRule({8, 6}, {6, 8}, {}), {t({8, 6})}, {t({6, 8})}},
      {embeddingRule({9, 8}, {4, 6}), {t({9, 8}), t({4, 6})}, {t({4, 6, 8})}},
      {gatherRule({4, 6, 8}, {5, 4}, 1),
       {t({4, 6, 8}), t({5, 4})},
       {t({4, 5, 4, 8})}},
      {concatRule({{4, 6}, {2, 6}}, {6, 6}, 0),
       {t({4, 6}), t({2, 6})},
       {t({6, 6})}},
      {stackRule({{4, 6}, {4, 6}}, {4, 2, 6}, 1),
       {t({4, 6}), t({4, 6})},
       {t({4, 2, 6})}},
      {convolutionRule({4, 8, 8}, {4, 4, 2}, {4, 4, 4}, grouped),
       {t({4, 8, 8}), t({4, 4, 2}), t({4})},
       {t({4, 4, 4})}},
      {transposedConvolutionRule({4, 4, 5}, {4, 2, 2}, {4, 4, 10}, grouped),
       {t({4, 4, 5}), t({4, 2, 2}), t({4})},
       {t({4, 4, 10})}},
      {normalizationRule({4, 6, 8}, 1, 1),
       {t({4, 6, 8}), t({6, 8})},
       {t({4, 6, 8})}},
  };
}

static Placement randomPlacement(size_t rank, std::mt19937 &random) {
  int64_t pick = random() % (rank + 4);
  if (pick < static_cast<int64_t>(rank))
    return S(pick);
  Placement others[] = {R, P, Pavg, Pmax};
  return others[pick - rank];
}

TEST(AgreementTest, WhatTheEagerPolicyPicksIsLegalAndInferred) {
  std::mt19937 random(7);
  int64_t chosen = 0;
  for (const RuleCase &ruleCase : someRules())
    for (const Mesh &grid :
         {mesh({4}), mesh({3}), mesh({2, 2}), mesh({2, 3, 2})})
      for (int repeat = 0; repeat < 60; ++repeat) {
        std::vector<TensorSpec> operands = ruleCase.operands;
        for (TensorSpec &operand : operands)
          for (size_t axis = 0; axis < grid.axes.size(); ++axis)
            operand.placements.push_back(
                randomPlacement(operand.shape.size(), random));
        auto strategy = chooseEager(ruleCase.rule, operands, ruleCase.results,
                                    grid, Topology());
        if (!strategy) {
          llvm::consumeError(strategy.takeError());
          continue;
        }
        ++chosen;
        std::vector<TensorSpec> results = ruleCase.results;
        for (auto [operand, target] : llvm::zip(operands, strategy->operands))
          operand.placements = target;
        for (auto [result, target] : llvm::zip(results, strategy->results))
          result.placements = target;
        ASSERT_EQ(verify(ruleCase.rule, operands, results, grid), "")
            << ruleCase.rule.str();
        auto inferred =
            inferResults(ruleCase.rule, operands, ruleCase.results, grid);
        ASSERT_TRUE(static_cast<bool>(inferred)) << ruleCase.rule.str();
        ASSERT_EQ(*inferred, strategy->results) << ruleCase.rule.str();
      }
  EXPECT_GT(chosen, 13 * 4 * 50);
}

TEST(AgreementTest, WhatIsEnumeratedIsLegal) {
  for (const RuleCase &ruleCase : someRules())
    for (const Mesh &grid : {mesh({4}), mesh({2, 2})}) {
      std::vector<Strategy> all = enumerateStrategies(
          ruleCase.rule, ruleCase.operands, ruleCase.results, grid);
      ASSERT_FALSE(all.empty());
      for (const Placements &placements : all[0].operands)
        ASSERT_EQ(placements, grid.allReplicate());
      for (const Strategy &strategy : all) {
        std::vector<TensorSpec> operands = ruleCase.operands;
        std::vector<TensorSpec> results = ruleCase.results;
        for (auto [operand, target] : llvm::zip(operands, strategy.operands))
          operand.placements = target;
        for (auto [result, target] : llvm::zip(results, strategy.results))
          result.placements = target;
        ASSERT_EQ(verify(ruleCase.rule, operands, results, grid), "")
            << ruleCase.rule.str();
      }
    }
}
