//===- LayoutResolutionTest.cpp - Words become placements on a mesh -------===//

#include "dtc/Plan/LayoutResolution.h"
#include "dtc/Plan/OptionValues.h"

#include "llvm/ADT/STLExtras.h"

#include "gtest/gtest.h"

using namespace dtc;
using namespace dtc::plan;

namespace {

Mesh mesh(llvm::StringRef text) {
  return llvm::cantFail(parseMeshOption(text));
}

PlacementSpec spec(llvm::StringRef text) {
  Plan plan = parsePlan(("inputs: {x: " + text + "}").str(), "p").plan;
  return plan.inputs.at(0).placement;
}

/// The words on the mesh, or the message.
std::string resolved(llvm::StringRef text, llvm::StringRef meshText,
                     const Style &style = {}) {
  DiagnosticList diagnostics("p");
  auto words = resolveSpec(spec(text), mesh(meshText), style, diagnostics);
  EXPECT_EQ(words.has_value(), !diagnostics.hasErrors());
  if (!words)
    return diagnostics.all()[0].message;
  std::string out;
  for (const PlacementWord &word : *words)
    out += (out.empty() ? "" : " ") + word.str();
  return out;
}

TEST(LayoutResolution, a_word_stands_on_tp_or_the_only_axis) {
  EXPECT_EQ(resolved("shard(0)", "tp=4"), "shard(0)");
  EXPECT_EQ(resolved("shard(0)", "x=4"), "shard(0)");
  EXPECT_EQ(resolved("shard(0)", "dp=2,tp=2"), "replicate shard(0)");
  EXPECT_EQ(resolved("shard(0)", "tp=2,dp=2"), "shard(0) replicate");
}

TEST(LayoutResolution, a_style_may_name_its_axis) {
  Style style;
  style.axis = "dp";
  EXPECT_EQ(resolved("shard(0)", "dp=2,tp=2", style), "shard(0) replicate");
  style.axis = "pt";
  EXPECT_EQ(resolved("shard(0)", "dp=2,tp=2", style),
            "unknown mesh axis 'pt', expected one of dp, tp");
  style.axis = "tpp";
  EXPECT_EQ(resolved("shard(0)", "dp=2,tp=2", style),
            "unknown mesh axis 'tpp', expected one of dp, tp; did you mean "
            "'tp'?");
}

TEST(LayoutResolution, a_mesh_without_tp_needs_lists) {
  EXPECT_EQ(resolved("shard(0)", "a=2,b=2"),
            "a single placement needs a mesh axis 'tp' or a mesh of one axis, "
            "got the axes a, b; write a list with one placement per axis");
  EXPECT_EQ(resolved("[shard(0), partial(avg)]", "a=2,b=2"),
            "shard(0) partial(avg)");
}

TEST(LayoutResolution, a_list_has_one_word_per_axis) {
  EXPECT_EQ(resolved("[shard(0)]", "dp=2,tp=2"),
            "expected one placement per mesh axis (dp, tp), got 1 in "
            "'[shard(0)]'");
  EXPECT_EQ(resolved("[shard(0), replicate]", "tp=2"),
            "expected one placement per mesh axis (tp), got 2 in '[shard(0), "
            "replicate]'");
}

TEST(LayoutResolution, negative_dimensions_count_from_the_back) {
  DiagnosticList diagnostics("p");
  auto placements =
      resolveDims({PlacementWord::shard(-1), PlacementWord::replicate(),
                   PlacementWord::partial(ReduceKind::Max)},
                  3, "x", diagnostics);
  ASSERT_TRUE(placements);
  EXPECT_EQ((*placements)[0], Placement::shard(2));
  EXPECT_EQ((*placements)[1], Placement::replicate());
  EXPECT_EQ((*placements)[2], Placement::partial(ReduceKind::Max));
}

TEST(LayoutResolution, dimensions_out_of_range_are_errors) {
  for (auto [dim, rank, message] :
       {std::tuple(int64_t(2), int64_t(2),
                   "'shard(2)' is out of range for 'x' of rank 2, expected a "
                   "dimension from -2 to 1"),
        std::tuple(int64_t(-3), int64_t(2),
                   "'shard(-3)' is out of range for 'x' of rank 2, expected a "
                   "dimension from -2 to 1"),
        std::tuple(int64_t(0), int64_t(0),
                   "'shard(0)' is out of range for 'x' of rank 0, expected "
                   "replicate or partial"),
        std::tuple(INT64_MIN, int64_t(1),
                   "'shard(-9223372036854775808)' is out of range for 'x' of "
                   "rank 1, expected a dimension from -1 to 0")}) {
    DiagnosticList diagnostics("p");
    EXPECT_FALSE(
        resolveDims(PlacementWord::shard(dim), rank, "x", diagnostics));
    ASSERT_EQ(diagnostics.size(), 1u);
    EXPECT_EQ(diagnostics.all()[0].message, message);
  }
}

TEST(LayoutResolution, a_plan_is_checked_whole_on_a_mesh) {
  ParsedPlan parsed =
      parsePlan("parallelize:\n"
                "  a: {style: colwise, axis: tq}\n"
                "  b: {style: rowwise, input_layouts: [shard(0)]}\n"
                "  c: {style: prepare_module_input, input_kwarg_layouts: {m: "
                "[replicate]}, desired_input_kwarg_layouts: {m: shard(0)}}\n"
                "placements: {w: [shard(0), replicate, replicate]}\n"
                "outputs: {y: [replicate], z: as_is}\n"
                "topology: {ep: cpu}\n",
                "p");
  ASSERT_EQ(parsed.diagnostics.str(), "");
  EXPECT_FALSE(
      checkPlanOnMesh(parsed.plan, mesh("dp=2,tp=2"), parsed.diagnostics));
  EXPECT_EQ(
      parsed.diagnostics.str(),
      "p:2:29: error: unknown mesh axis 'tq', expected one of dp, tp; did you "
      "mean 'tp'?\n"
      "p:3:38: error: expected one placement per mesh axis (dp, tp), got 1 in "
      "'[shard(0)]'\n"
      "p:4:61: error: expected one placement per mesh axis (dp, tp), got 1 in "
      "'[replicate]'\n"
      "p:5:17: error: expected one placement per mesh axis (dp, tp), got 3 in "
      "'[shard(0), replicate, replicate]'\n"
      "p:6:14: error: expected one placement per mesh axis (dp, tp), got 1 in "
      "'[replicate]'\n"
      "p:7:12: error: unknown mesh axis 'ep', expected one of dp, tp; did you "
      "mean 'dp'?\n");
}

TEST(LayoutResolution, a_good_plan_passes) {
  ParsedPlan parsed = parsePlan("parallelize: {a: colwise}\n"
                                "inputs: {x: [shard(0), replicate]}\n"
                                "topology: {dp: ethernet}\n",
                                "p");
  EXPECT_TRUE(
      checkPlanOnMesh(parsed.plan, mesh("dp=2,tp=2"), parsed.diagnostics));
  EXPECT_TRUE(parsed.diagnostics.empty());
}

} // namespace
