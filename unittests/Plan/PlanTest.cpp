//===- PlanTest.cpp - Plan files are read whole and exactly ---------------===//

#include "dtc/Plan/Plan.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include "gtest/gtest.h"

#include <filesystem>

using namespace dtc;
using namespace dtc::plan;

namespace {

constexpr const char *kInterfacePlan =
    R"(mesh: {tp: 4}                 # optional
parallelize:
  "layers.*.attention.w[qkv]": colwise
  "layers.*.attention.wo":     {style: rowwise, output_layouts: shard(1)}
  "net1":  {style: colwise, input_layouts: shard(0), output_layouts: replicate}
  "":      {style: prepare_module_input_output, input_layouts: [replicate], desired_input_layouts: [shard(0)],
            output_layouts: [shard(0)], desired_output_layouts: [replicate]}
placements:
  "emb.weight": shard(0)
inputs:  {x: replicate}
outputs: {y: replicate}
topology: {tp: cpu}
policy: eager
)";

TEST(Plan, the_interface_example_parses_without_a_message) {
  ParsedPlan parsed = parsePlan(kInterfacePlan, "plan.yaml");
  EXPECT_EQ(parsed.diagnostics.str(), "");
  const Plan &plan = parsed.plan;
  ASSERT_TRUE(plan.mesh);
  ASSERT_EQ(plan.mesh->mesh.axes.size(), 1u);
  EXPECT_EQ(plan.mesh->mesh.axes[0].name, "tp");
  EXPECT_EQ(plan.mesh->mesh.axes[0].size, 4);
  ASSERT_EQ(plan.parallelize.size(), 4u);
  EXPECT_EQ(plan.parallelize[0].path, "layers.*.attention.w[qkv]");
  EXPECT_EQ(plan.parallelize[0].style.kind, StyleKind::Colwise);
  EXPECT_EQ(plan.parallelize[0].at, (SourcePoint{3, 3}));
  EXPECT_EQ(plan.parallelize[0].style.at, (SourcePoint{3, 32}));
  EXPECT_EQ(plan.parallelize[1].style.kind, StyleKind::Rowwise);
  ASSERT_TRUE(plan.parallelize[1].style.outputLayouts);
  EXPECT_EQ(plan.parallelize[1].style.outputLayouts->layouts[0].spec->str(),
            "shard(1)");
  const Style &root = plan.parallelize[3].style;
  EXPECT_EQ(plan.parallelize[3].path, "");
  EXPECT_EQ(root.kind, StyleKind::PrepareModuleInputOutput);
  EXPECT_EQ(root.inputLayouts->layouts.size(), 1u);
  EXPECT_EQ(root.desiredOutputLayouts->layouts[0].spec->str(), "replicate");
  ASSERT_EQ(plan.placements.size(), 1u);
  EXPECT_EQ(plan.placements[0].name, "emb.weight");
  EXPECT_EQ(plan.placements[0].placement.words[0], PlacementWord::shard(0));
  EXPECT_EQ(plan.placements[0].placement.at, (SourcePoint{9, 17}));
  EXPECT_EQ(plan.topology[0].kind, LinkKind::Cpu);
  EXPECT_EQ(plan.policy, Policy::Eager);
}

TEST(Plan, entries_keep_the_order_of_the_file) {
  Plan plan =
      parsePlan("parallelize: {z: colwise, a: rowwise, m: sequence}", "p").plan;
  ASSERT_EQ(plan.parallelize.size(), 3u);
  EXPECT_EQ(plan.parallelize[0].path, "z");
  EXPECT_EQ(plan.parallelize[1].path, "a");
  EXPECT_EQ(plan.parallelize[2].path, "m");
}

TEST(Plan, every_style_parses_in_both_forms) {
  const char *words[] = {"colwise", "rowwise", "sequence",
                         "prepare_module_input"};
  for (const char *word : words) {
    for (std::string text :
         {std::string(word), "{style: " + std::string(word) + "}"}) {
      ParsedPlan parsed = parsePlan("parallelize: {a: " + text + "}", "p");
      EXPECT_EQ(parsed.diagnostics.str(), "") << text;
      ASSERT_EQ(parsed.plan.parallelize.size(), 1u);
      EXPECT_EQ(stringify(parsed.plan.parallelize[0].style.kind), word);
    }
  }
}

TEST(Plan, the_optional_keys_of_the_styles_are_read) {
  ParsedPlan parsed = parsePlan(R"(parallelize:
  a: {style: sequence, sequence_dim: -2, use_local_output: true, axis: tp}
  b:
    style: prepare_module_input_output
    input_layouts: [replicate, null, [shard(0), partial(max)]]
    desired_input_layouts: [shard(1), None, [replicate, replicate]]
    input_kwarg_layouts: {mask: replicate, bias: ~}
    desired_input_kwarg_layouts: {mask: shard(-1), bias: null}
    output_layouts: shard(0)
    desired_output_layouts: replicate
    use_local_input: true
    use_local_output: false
)",
                                "p");
  EXPECT_EQ(parsed.diagnostics.str(), "");
  const Style &sequence = parsed.plan.parallelize[0].style;
  EXPECT_EQ(sequence.sequenceDimension(), -2);
  EXPECT_TRUE(sequence.localOutput());
  EXPECT_EQ(sequence.axis, "tp");
  const Style &both = parsed.plan.parallelize[1].style;
  ASSERT_EQ(both.inputLayouts->layouts.size(), 3u);
  EXPECT_FALSE(both.inputLayouts->layouts[1].spec);
  EXPECT_FALSE(both.desiredInputLayouts->layouts[1].spec);
  EXPECT_EQ(both.inputLayouts->layouts[2].spec->str(),
            "[shard(0), partial(max)]");
  ASSERT_NE(both.inputKwargLayouts->find("bias"), nullptr);
  EXPECT_FALSE(both.inputKwargLayouts->find("bias")->spec);
  EXPECT_EQ(both.desiredInputKwargLayouts->find("mask")->spec->str(),
            "shard(-1)");
  EXPECT_EQ(both.inputKwargLayouts->find("other"), nullptr);
  EXPECT_EQ(both.useLocalInput, true);
  EXPECT_FALSE(both.localOutput());
}

TEST(Plan, style_defaults_are_those_of_the_torch_classes) {
  Style style;
  for (auto [kind, local] :
       {std::pair(StyleKind::Colwise, true),
        std::pair(StyleKind::Rowwise, true),
        std::pair(StyleKind::Sequence, false),
        std::pair(StyleKind::PrepareModuleInput, false),
        std::pair(StyleKind::PrepareModuleOutput, true),
        std::pair(StyleKind::PrepareModuleInputOutput, true)}) {
    style.kind = kind;
    EXPECT_EQ(style.localOutput(), local) << stringify(kind).str();
  }
  EXPECT_EQ(style.sequenceDimension(), 1);
}

TEST(Plan, a_null_layout_of_a_linear_style_is_its_default) {
  ParsedPlan parsed =
      parsePlan("parallelize: {a: {style: colwise, input_layouts: null}}", "p");
  EXPECT_EQ(parsed.diagnostics.str(), "");
  EXPECT_FALSE(parsed.plan.parallelize[0].style.inputLayouts);
}

TEST(Plan, outputs_may_stay_as_they_are) {
  Plan plan =
      parsePlan("outputs: {y: as_is, z: [shard(0), replicate]}", "p").plan;
  ASSERT_EQ(plan.outputs.size(), 2u);
  EXPECT_FALSE(plan.outputs[0].placement);
  EXPECT_EQ(plan.outputs[1].placement->form, PlacementSpec::Form::List);
}

TEST(Plan, links_are_named_or_measured) {
  Plan plan = parsePlan("topology: {a: cpu, b: ethernet, c: nvlink, "
                        "d: {latency_us: 2.7, bandwidth_gb_s: 1e2}}\n"
                        "policy: optimal",
                        "p")
                  .plan;
  ASSERT_EQ(plan.topology.size(), 4u);
  EXPECT_EQ(plan.topology[1].kind, LinkKind::Ethernet);
  EXPECT_EQ(plan.topology[2].kind, LinkKind::Nvlink);
  EXPECT_EQ(plan.topology[3].kind, LinkKind::Custom);
  EXPECT_DOUBLE_EQ(plan.topology[3].latencyUs, 2.7);
  EXPECT_DOUBLE_EQ(plan.topology[3].bandwidthGbS, 100);
  EXPECT_EQ(plan.policy, Policy::Optimal);
  EXPECT_EQ(plan.policyAt, (SourcePoint{2, 9}));
}

TEST(Plan, block_style_and_windows_lines_keep_their_places) {
  ParsedPlan parsed = parsePlan("parallelize:\r\n  a:\r\n    style: colwise\r\n"
                                "    input_layouts:\r\n      - shard(0)\r\n",
                                "p");
  EXPECT_EQ(parsed.diagnostics.str(), "");
  EXPECT_EQ(parsed.plan.parallelize[0].style.at, (SourcePoint{3, 12}));
  EXPECT_EQ(
      parsed.plan.parallelize[0].style.inputLayouts->layouts[0].spec->str(),
      "[shard(0)]");
}

TEST(Plan, an_empty_plan_is_a_warning) {
  for (const char *text : {"", "# nothing\n", "{}", "parallelize: {}\n",
                           "parallelize:\n", "mesh: {tp: 2}"}) {
    ParsedPlan parsed = parsePlan(text, "p.yaml");
    EXPECT_FALSE(parsed.diagnostics.hasErrors()) << text;
    EXPECT_EQ(parsed.diagnostics.str(),
              "p.yaml:1:1: warning: the plan is empty: everything will be "
              "replicated\n")
        << text;
  }
}

TEST(Plan, a_byte_order_mark_is_passed_over) {
  EXPECT_EQ(
      parsePlan("\xEF\xBB\xBFinputs: {x: replicate}", "p").diagnostics.str(),
      "");
}

TEST(Plan, files_are_read_and_missing_ones_reported) {
  ParsedPlan missing = parsePlanFile("/nonexistent/plan.yaml");
  EXPECT_EQ(missing.diagnostics.str(),
            "/nonexistent/plan.yaml: error: cannot be read: no such file or "
            "directory\n");
  ParsedPlan folder = parsePlanFile("/");
  EXPECT_EQ(folder.diagnostics.str(),
            "/: error: cannot be read: is a directory\n");
  ParsedPlan endless = parsePlanFile("/dev/zero");
  EXPECT_EQ(endless.diagnostics.str(),
            "/dev/zero: error: expected at most 16777216 bytes, got more\n");
}

TEST(Plan, every_fixture_plan_parses_without_an_error) {
  unsigned count = 0;
  for (const auto &folder : std::filesystem::directory_iterator(DTC_FIXTURES)) {
    std::string path = (folder.path() / "plan.yaml").string();
    if (!llvm::sys::fs::exists(path))
      continue;
    ++count;
    ParsedPlan parsed = parsePlanFile(path);
    EXPECT_FALSE(parsed.diagnostics.hasErrors()) << parsed.diagnostics.str();
  }
  EXPECT_GT(count, 10u);
}

} // namespace
