//===- PrintShardingRules.cpp - Show every op's factors -------------------===//

#include "dtc/IR/Dtc.h"
#include "dtc/Transforms/Passes.h"

namespace dtc {
#define GEN_PASS_DEF_PRINTSHARDINGRULES
#include "dtc/Transforms/Passes.h.inc"
} // namespace dtc

using namespace mlir;
using namespace dtc;

namespace {

struct PrintShardingRulesPass
    : public dtc::impl::PrintShardingRulesBase<PrintShardingRulesPass> {
  void runOnOperation() override {
    getOperation().walk([](ShardingRuleInterface op) {
      op->emitRemark() << op->getName().getStringRef() << " "
                       << op.getShardingRule().str();
    });
    markAllAnalysesPreserved();
  }
};

} // namespace
