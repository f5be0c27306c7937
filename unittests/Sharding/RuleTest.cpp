//===- RuleTest.cpp - What the builders declare ---------------------------===//

#include "PlacementWords.h"

using namespace dtc;
using namespace dtc::words;

TEST(RuleTest, ContractionsNameTheirFactors) {
  EXPECT_EQ(matmulRule({2, 4, 8}, {2, 8, 6}, {2, 4, 6}, {}).str(),
            "([b0, m, k], [b0, k, n]) -> ([b0, m, n]) contract = {k: sum}");
  EXPECT_EQ(matmulRule({4, 8}, {6, 8}, {4, 6}, {false, true}).str(),
            "([m, k], [n, k]) -> ([m, n]) contract = {k: sum}");
  EXPECT_EQ(matmulRule({5, 1, 4, 8}, {3, 8, 6}, {5, 3, 4, 6}, {}).str(),
            "([b0, 1, m, k], [b1, k, n]) -> ([b0, b1, m, n]) contract = {k: "
            "sum}");
  EXPECT_EQ(linearRule({2, 3, 8}, {6, 8}, {true, false}).str(),
            "([i0, i1, k], [n, k], [n]) -> ([i0, i1, n]) contract = {k: sum}");
}

TEST(RuleTest, BroadcastDimensionsHaveNoFactor) {
  EXPECT_EQ(
      pointwiseRule({{4, 8}, {8}, {4, 1}}, {4, 8}, Linearity::Joint).str(),
      "([i0, i1], [i1], [i0, 1]) -> ([i0, i1])");
  EXPECT_EQ(broadcastRule({1, 8}, {3, 4, 8}).str(),
            "([1, i2]) -> ([i0, i1, i2])");
}

TEST(RuleTest, ReductionsContractOrStayWhole) {
  EXPECT_EQ(reductionRule({4, 8}, {1}, {ReduceKind::Max, false}).str(),
            "([i0, c1]) -> ([i0]) contract = {c1: max}");
  EXPECT_EQ(reductionRule({4, 8}, {0}, {std::nullopt, true}).str(),
            "([c0, i1]) -> ([1, i1]) whole = {c0}");
  EXPECT_EQ(normalizationRule({2, 4, 8}, 1, 2).str(),
            "([i0, i1, i2], [i1, i2], [i1, i2]) -> ([i0, i1, i2]) whole = {i1, "
            "i2}");
}

TEST(RuleTest, ReshapesFactorIntoCommonParts) {
  EXPECT_EQ(reshapeRule({8, 8}, {64}, {}).str(), "([f0, f1]) -> ([f0*f1])");
  EXPECT_EQ(reshapeRule({64}, {4, 2, 8}, {}).str(),
            "([f0*f1*f2]) -> ([f0, f1, f2])");
  EXPECT_EQ(reshapeRule({4, 4}, {2, 8}, {}).str(),
            "([f0*f1, f2]) -> ([f0, f1*f2])");
  EXPECT_EQ(reshapeRule({1, 8, 1, 4}, {8, 4, 1}, {}).str(),
            "([1, f0, 1, f1]) -> ([f0, f1, 1])");
  EXPECT_EQ(reshapeRule({}, {1, 1}, {}).str(), "([]) -> ([1, 1])");
}

TEST(RuleTest, ReshapesWithoutCommonPartsStayWhole) {
  EXPECT_EQ(reshapeRule({8, 6, 5}, {6, 8, 5}, {}).str(),
            "([f0*w1, w4, f5]) -> ([f0*w2, w3, f5]) whole = {w1, w2, w3, w4}");
  EXPECT_EQ(reshapeRule({0, 3}, {3, 0}, {}).str(),
            "([x0, x1]) -> ([y0, y1]) whole = {x0, x1, y0, y1}");
}

TEST(RuleTest, LookupsSplitRowsFeaturesOrPlaces) {
  EXPECT_EQ(embeddingRule({10, 4}, {2, 3}).str(),
            "([v, d0], [t0, t1]) -> ([t0, t1, d0]) lookup = {v}");
  EXPECT_EQ(gatherRule({4, 10, 5}, {2, 3}, 1).str(),
            "([i0, i1, i2], [t0, t1]) -> ([i0, t0, t1, i2]) whole = {i1}");
  EXPECT_EQ(gatherElementsRule({4, 10}, {4, 1}, 1).str(),
            "([i0, v], [i0, t]) -> ([i0, t]) lookup = {v}");
  EXPECT_EQ(gatherElementsRule({4, 10}, {3, 2}, 1).str(),
            "([x0, v], [y0, t]) -> ([y0, t]) whole = {v, x0, y0}");
  EXPECT_EQ(gatherNdRule({2, 5, 6, 7}, {2, 3, 1}, {2, 3, 6, 7}, 1).str(),
            "([i0, i1, i2, i3], [i0, t1, t2]) -> ([i0, t1, i2, i3]) whole = "
            "{i1, t2}");
}

TEST(RuleTest, ConvolutionsContractChannelsAndNeedTheirNeighbours) {
  ConvolutionShape shape;
  shape.hasBias = true;
  shape.strides = {1, 1};
  shape.dilations = {1, 1};
  shape.padsBegin = shape.padsEnd = {1, 1};
  EXPECT_EQ(
      convolutionRule({2, 4, 8, 8}, {6, 4, 3, 3}, {2, 6, 8, 8}, shape).str(),
      "([n, c, s0, s1], [o, c, k0, k1], [o]) -> ([n, o, s0, s1]) contract "
      "= {c: sum} whole = {k0, k1} window = {s0, s1}");
}

TEST(RuleTest, WindowsOfOneElementAreNone) {
  ConvolutionShape shape;
  shape.strides = {1, 2};
  shape.dilations = {1, 1};
  shape.padsBegin = shape.padsEnd = {0, 0};
  EXPECT_EQ(
      convolutionRule({2, 3, 8, 8}, {6, 3, 1, 1}, {2, 6, 8, 4}, shape).str(),
      "([n, c, s0, s1], [o, c, 1, 1]) -> ([n, o, s0, s1]) contract = {c: "
      "sum} window = {s1}");
}

TEST(RuleTest, WindowsSayWhatTheyRead) {
  ConvolutionShape shape;
  shape.strides = {2};
  shape.dilations = {3};
  shape.padsBegin = {1};
  shape.padsEnd = {0};
  ShardingRule sliding =
      convolutionRule({1, 1, 9}, {1, 1, 2}, {1, 1, 4}, shape);
  EXPECT_EQ(sliding.factors.back().window.needed({1, 3}), (Interval{1, 7}));
  EXPECT_EQ(sliding.factors.back().window.needed({0, 1}), (Interval{-1, 3}));
  ShardingRule spread =
      transposedConvolutionRule({1, 1, 4}, {1, 1, 2}, {1, 1, 9}, shape);
  EXPECT_EQ(spread.str(), "([n, c, s0], [c, o, k0]) -> ([n, o, s0]) contract = "
                          "{c: sum} whole = {k0} window = {s0}");
  // Result positions 3 and 4 are 2 i - 1 or 2 i + 2 for i = 1 and 2.
  EXPECT_EQ(spread.factors.back().window.needed({3, 5}), (Interval{1, 3}));
  // No position of the input reaches before 2 i - 1 = -1.
  EXPECT_EQ(spread.factors.back().window.needed({0, 1}), (Interval{-1, 1}));
}

TEST(RuleTest, GroupsOfATransposedConvolutionAreInTheFirstDimension) {
  ConvolutionShape shape;
  shape.groups = 2;
  shape.strides = shape.dilations = {1};
  shape.padsBegin = shape.padsEnd = {0};
  shape.hasBias = true;
  EXPECT_EQ(
      transposedConvolutionRule({2, 8, 5}, {8, 3, 1}, {2, 6, 5}, shape).str(),
      "([n, g*c, s0], [g*c, o, 1], [g*o]) -> ([n, g*o, s0]) contract = {c: "
      "sum} window = {s0}");
}

TEST(RuleTest, GroupsOfAConvolutionAreBatches) {
  ConvolutionShape shape;
  shape.groups = 4;
  shape.strides = shape.dilations = {1};
  shape.padsBegin = shape.padsEnd = {0};
  EXPECT_EQ(
      convolutionRule({2, 8, 5}, {12, 2, 1}, {2, 12, 5}, shape).str(),
      "([n, g*c, s0], [g*o, c, 1]) -> ([n, g*o, s0]) contract = {c: sum}");
  EXPECT_EQ(convolutionRule({2, 4, 5}, {4, 1, 1}, {2, 4, 5}, shape).str(),
            "([n, g, s0], [g, 1, 1]) -> ([n, g, s0])");
}
