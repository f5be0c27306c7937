//===- ElementRunsTest.cpp - Runs, broadcasts, joins ----------------------===//

#include "dtc/Interpreter/ElementRuns.h"
#include "dtc/Interpreter/CollectiveSemantics.h"
#include "dtc/Interpreter/InterpretMain.h"

#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace dtc;

namespace {

HostTensor integers(llvm::ArrayRef<int64_t> values,
                    llvm::ArrayRef<int64_t> shape) {
  return HostTensor::ofIntegers(values).reshaped(shape);
}

TEST(BroadcastLoops, EqualShapesAreOneRun) {
  int64_t shape[] = {4, 1, 5};
  BroadcastLoops<2> loops(shape, {shape, shape});
  int runs = 0;
  loops.forEachRun([&](int64_t, auto, auto steps, int64_t count) {
    ++runs;
    EXPECT_EQ(count, 20);
    EXPECT_EQ(steps[0], 1);
  });
  EXPECT_EQ(runs, 1);
}

TEST(BroadcastLoops, VisitsEveryElementWithItsOperands) {
  int64_t shape[] = {2, 3, 2}, row[] = {3, 1}, column[] = {2, 1, 2};
  BroadcastLoops<2> loops(shape, {row, column});
  int64_t seen = 0;
  loops.forEachRun([&](int64_t position, std::array<int64_t, 2> at,
                       std::array<int64_t, 2> step, int64_t count) {
    for (int64_t i = 0; i < count; ++i, ++seen) {
      int64_t element = position + i;
      EXPECT_EQ(element, seen);
      EXPECT_EQ(at[0] + i * step[0], element / 2 % 3);
      EXPECT_EQ(at[1] + i * step[1], element / 6 * 2 + element % 2);
    }
  });
  EXPECT_EQ(seen, 12);
}

TEST(BroadcastLoops, NothingHasNoRuns) {
  int64_t shape[] = {2, 0}, one[] = {1};
  BroadcastLoops<1> loops(shape, {llvm::ArrayRef<int64_t>(one)});
  loops.forEachRun([](int64_t, auto, auto, int64_t) { FAIL(); });
}

TEST(BroadcastLoops, AScalarIsOneElement) {
  BroadcastLoops<1> loops({}, {llvm::ArrayRef<int64_t>()});
  int runs = 0;
  loops.forEachRun([&](int64_t, auto, auto, int64_t count) { runs += count; });
  EXPECT_EQ(runs, 1);
}

TEST(Concatenate, JoinsInnerDimensions) {
  HostTensor whole = concatenate(
      {integers({1, 2}, {2, 1}), integers({3, 4, 5, 6}, {2, 2})}, 1);
  EXPECT_EQ(whole, integers({1, 3, 4, 2, 5, 6}, {2, 3}));
}

TEST(Collectives, RunAmongTheGroupsOfTheirAxis) {
  Mesh mesh{{{"dp", 2}, {"tp", 2}}};
  std::vector<HostTensor> pieces;
  for (int64_t rank = 0; rank < 4; ++rank)
    pieces.push_back(integers({rank, 10 * rank}, {2}));
  Collective reduceOuter;
  auto sums = runCollective(reduceOuter, mesh, pieces);
  ASSERT_TRUE(static_cast<bool>(sums));
  EXPECT_EQ((*sums)[1], integers({4, 40}, {2}));
  EXPECT_EQ((*sums)[2], integers({2, 20}, {2}));
  Collective gatherInner;
  gatherInner.kind = StepKind::AllGather;
  gatherInner.axis = 1;
  auto joined = runCollective(gatherInner, mesh, pieces);
  ASSERT_TRUE(static_cast<bool>(joined));
  EXPECT_EQ((*joined)[2], integers({2, 20, 3, 30}, {4}));
}

TEST(Collectives, RefusePiecesThatDoNotFit) {
  Mesh mesh{{{"tp", 2}}};
  auto sums =
      runCollective({}, mesh, {integers({1}, {1}), integers({1, 2}, {2})});
  ASSERT_FALSE(static_cast<bool>(sums));
  EXPECT_EQ(llvm::toString(sums.takeError()),
            "expected pieces that fit together, got 1xi64 and 2xi64");
}

TEST(Collectives, RefuseADimensionThatIsNotThere) {
  Mesh mesh{{{"tp", 2}}};
  Collective gather;
  gather.kind = StepKind::AllGather;
  gather.fromDim = 3;
  auto joined =
      runCollective(gather, mesh, {integers({1}, {1}), integers({2}, {1})});
  ASSERT_FALSE(static_cast<bool>(joined));
  EXPECT_EQ(llvm::toString(joined.takeError()),
            "expected a dimension below 1, got 3");
}

TEST(Reduce, AveragesAndExtremes) {
  HostTensor a = integers({1, 9}, {2}), b = integers({5, -3}, {2});
  EXPECT_EQ(reduce({a, b}, ReduceKind::Avg), integers({3, 3}, {2}));
  EXPECT_EQ(reduce({a, b}, ReduceKind::Max), integers({5, 9}, {2}));
  EXPECT_EQ(reduce({a, b}, ReduceKind::Min), integers({1, -3}, {2}));
  EXPECT_EQ(reduce({a, b}, ReduceKind::Product), integers({5, -27}, {2}));
}

TEST(Assemble, JoinsNestedShards) {
  Mesh mesh{{{"dp", 2}, {"tp", 2}}};
  std::vector<HostTensor> pieces;
  for (int64_t rank = 0; rank < 4; ++rank)
    pieces.push_back(integers({rank}, {1}));
  auto whole = assemble({Placement::shard(0), Placement::shard(0)}, mesh,
                        std::move(pieces));
  ASSERT_TRUE(static_cast<bool>(whole));
  EXPECT_EQ(*whole, integers({0, 1, 2, 3}, {4}));
}

TEST(Assemble, RefusesReplicasThatDiffer) {
  Mesh mesh{{{"tp", 2}}};
  auto whole = assemble({Placement::replicate()}, mesh,
                        {integers({0}, {1}), integers({1}, {1})});
  ASSERT_FALSE(static_cast<bool>(whole));
  EXPECT_EQ(llvm::toString(whole.takeError()),
            "expected equal values on all ranks along axis 'tp', got another "
            "one at coordinate 1 than at 0");
}

TEST(LargestDifference, TreatsEqualInfinitiesAndNansAsEqual) {
  HostTensor a(DType::F32, {3}), b(DType::F32, {3});
  for (HostTensor *tensor : {&a, &b}) {
    tensor->setDouble(0, INFINITY);
    tensor->setDouble(1, NAN);
  }
  EXPECT_EQ(largestDifference(a, b), 0);
  b.setDouble(2, -0.5);
  EXPECT_EQ(largestDifference(a, b), 0.5);
  b.setDouble(1, 1);
  EXPECT_EQ(largestDifference(a, b), INFINITY);
}

TEST(LargestDifference, SeesIntegersThatOneDoubleHolds) {
  HostTensor a = integers({(int64_t(1) << 53) + 1}, {1});
  HostTensor b = integers({int64_t(1) << 53}, {1});
  EXPECT_EQ(largestDifference(a, b), 1);
}

TEST(PrintElements, NestsBrackets) {
  std::string text;
  llvm::raw_string_ostream os(text);
  printElements(os, integers({1, 2, 3, 4}, {2, 2}));
  EXPECT_EQ(text, "[[1, 2], [3, 4]]");
}

} // namespace
