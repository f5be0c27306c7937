//===- GuideTest.cpp - Every example of the user's guide parses -----------===//
//
// 1. Cut the fenced yaml blocks out of docs/plans.md.
// 2. A block that begins with "# train.yaml" is a training spec, any other a
//    plan.
// 3. Neither may give a message, and a plan must fit its own mesh.
//
//===----------------------------------------------------------------------===//

#include "dtc/Plan/LayoutResolution.h"
#include "dtc/Plan/TrainingSpec.h"

#include "llvm/Support/MemoryBuffer.h"

#include "gtest/gtest.h"

using namespace dtc::plan;

namespace {

std::vector<std::string> yamlBlocks() {
  auto file = llvm::MemoryBuffer::getFile(DTC_PLAN_GUIDE);
  if (!file)
    return {};
  std::vector<std::string> blocks;
  llvm::StringRef rest = (*file)->getBuffer();
  while (true) {
    auto [before, after] = rest.split("\n```yaml\n");
    if (after.empty())
      return blocks;
    auto [block, tail] = after.split("\n```");
    blocks.push_back(block.str());
    rest = tail;
  }
}

TEST(Guide, every_example_parses_without_a_message) {
  unsigned plans = 0, specs = 0;
  for (const std::string &block : yamlBlocks()) {
    if (llvm::StringRef(block).starts_with("# train.yaml")) {
      ++specs;
      EXPECT_EQ(parseTrainingSpec(block, "train.yaml").diagnostics.str(), "")
          << block;
      continue;
    }
    ++plans;
    ParsedPlan parsed = parsePlan(block, "plan.yaml");
    if (parsed.plan.mesh)
      checkPlanOnMesh(parsed.plan, parsed.plan.mesh->mesh, parsed.diagnostics);
    EXPECT_EQ(parsed.diagnostics.str(), "") << block;
  }
  EXPECT_GE(plans, 7u);
  EXPECT_EQ(specs, 2u);
}

} // namespace
