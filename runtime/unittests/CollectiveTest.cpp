//===- CollectiveTest.cpp - Every collective over shared memory -----------===//

#include "CollectiveTrials.h"
#include "TransportRanks.h"
#include <gtest/gtest.h>

using namespace dtc::runtime;
using namespace dtc::runtime::test;

namespace {

class CollectiveTest : public testing::TestWithParam<int64_t> {
protected:
  static void runRanks(const RunningRanks::Body &body) {
    RanksRequest request;
    request.meshSizes = {GetParam()};
    RunningRanks running(request, body);
    int status = running.joinAll();
    EXPECT_EQ(status, 0) << GetParam() << " ranks: " << running.errors();
  }
};

TEST_P(CollectiveTest, reductions_combine_all_members) {
  runRanks(tryReductions);
}

TEST_P(CollectiveTest, pieces_go_where_they_belong) { runRanks(tryPieces); }

TEST_P(CollectiveTest, halos_come_from_all_members_that_have_them) {
  runRanks(tryHalos);
}

TEST_P(CollectiveTest, all_to_all_exchanges_any_two_dimensions) {
  runRanks(tryAllToAll);
}

INSTANTIATE_TEST_SUITE_P(Ranks, CollectiveTest, testing::Values(1, 2, 3, 4, 5));

void runInFlight(int64_t rows, int64_t columns, int processors) {
  RanksRequest request;
  request.meshSizes = {rows, columns};
  request.processors = processors;
  RunningRanks running(request, [=](Transport &transport) {
    tryInFlight(transport, rows, columns);
  });
  int status = running.joinAll();
  EXPECT_EQ(status, 0) << running.errors();
}

TEST(CollectivesInFlight, complete_in_any_order_on_two_axes) {
  runInFlight(2, 3, 0);
}

TEST(CollectivesInFlight, complete_on_one_processor) { runInFlight(2, 3, 1); }

TEST(CollectivesInFlight, complete_between_two_ranks_that_spin) {
  runInFlight(1, 2, 0);
}

} // namespace
