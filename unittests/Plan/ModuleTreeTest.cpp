//===- ModuleTreeTest.cpp - Plan entries find their modules ---------------===//

#include "dtc/Plan/ModuleTree.h"

#include "gtest/gtest.h"

#include <chrono>

using namespace dtc::plan;
using Paths = std::vector<std::string>;

namespace {

void fill(ModuleTree &tree) {
  for (const char *part : {"query", "key", "value"})
    for (const char *layer : {"0", "1", "10"})
      tree.addScope("bert.encoder.layer." + std::string(layer) +
                    ".attention.self." + part);
  tree.addParameter("bert.embeddings.word.weight");
  tree.addParameter("pooler.bias");
  tree.addParameter("scale");
}

Paths matched(const ModuleTree &tree, llvm::StringRef path) {
  Paths paths;
  for (ModuleTree::Id id : tree.match(ModuleGlob(path)))
    paths.push_back(tree.path(id));
  return paths;
}

TEST(ModuleTree, all_prefixes_are_modules) {
  ModuleTree tree;
  tree.addScope("a.b.0");
  EXPECT_EQ(tree.size(), 4u);
  ASSERT_TRUE(tree.find("a.b"));
  EXPECT_EQ(tree.path(*tree.find("a.b")), "a.b");
  EXPECT_EQ(tree.find(""), ModuleTree::kRoot);
  EXPECT_FALSE(tree.find("a.c"));
  EXPECT_EQ(tree.addScope("a.b.0"), *tree.find("a.b.0"));
  EXPECT_EQ(tree.size(), 4u);
}

TEST(ModuleTree, parameters_belong_to_their_module) {
  ModuleTree tree;
  EXPECT_EQ(tree.path(tree.addParameter("net1.weight")), "net1");
  EXPECT_EQ(tree.addParameter("weight"), ModuleTree::kRoot);
  EXPECT_FALSE(tree.find("net1.weight"));
  EXPECT_TRUE(tree.isParameter("net1.weight"));
}

TEST(ModuleTree, a_path_is_matched_part_by_part) {
  ModuleTree tree;
  fill(tree);
  EXPECT_EQ(matched(tree, "bert.encoder.layer.[01].attention.self.query"),
            (Paths{"bert.encoder.layer.0.attention.self.query",
                   "bert.encoder.layer.1.attention.self.query"}));
  EXPECT_EQ(matched(tree, "bert.encoder.layer.*"),
            (Paths{"bert.encoder.layer.0", "bert.encoder.layer.1",
                   "bert.encoder.layer.10"}));
  EXPECT_EQ(matched(tree, "*"), (Paths{"bert", "pooler"}));
  EXPECT_EQ(matched(tree, ""), (Paths{""}));
  EXPECT_EQ(matched(tree, "pooler."), (Paths{"pooler"}))
      << "an empty last part is the module itself";
}

TEST(ModuleTree, stars_do_not_cross_dots) {
  ModuleTree tree;
  fill(tree);
  EXPECT_EQ(matched(tree, "*query"), Paths{});
  EXPECT_EQ(matched(tree, "bert.*.query"), Paths{});
  EXPECT_EQ(matched(tree, "bert..encoder"), Paths{});
  EXPECT_EQ(matched(tree, "pooler.bias"), Paths{});
}

TEST(ModuleTree, suggestions_come_from_where_the_walk_ended) {
  ModuleTree tree;
  fill(tree);
  EXPECT_EQ(
      tree.suggest(ModuleGlob("bert.encoder.layers.0.attention.self.query")),
      (Paths{"bert.encoder.layer.0.attention.self.query"}));
  EXPECT_EQ(tree.suggest(ModuleGlob("bert.encodr.layer.*")),
            (Paths{"bert.encoder.layer.0"}));
}

TEST(ModuleTree, suggestions_find_paths_that_end_alike) {
  ModuleTree tree;
  fill(tree);
  EXPECT_EQ(tree.suggest(ModuleGlob("layer.10.attention")),
            (Paths{"bert.encoder.layer.10.attention"}));
  EXPECT_EQ(tree.suggest(ModuleGlob("attention.self.key")),
            (Paths{"bert.encoder.layer.0.attention.self.key",
                   "bert.encoder.layer.1.attention.self.key",
                   "bert.encoder.layer.10.attention.self.key"}));
}

TEST(ModuleTree, suggestions_may_be_none) {
  ModuleTree tree;
  fill(tree);
  EXPECT_EQ(tree.suggest(ModuleGlob("zzzzzzzz.yyyyyyyy")), Paths{});
  EXPECT_EQ(ModuleTree().suggest(ModuleGlob("a")), Paths{});
}

TEST(MatchModules, entries_that_match_nothing_are_warnings) {
  ModuleTree tree;
  fill(tree);
  ParsedPlan parsed = parsePlan("parallelize:\n"
                                "  pooler: colwise\n"
                                "  poler: colwise\n"
                                "  qqqqq: colwise\n"
                                "  pooler.bias: rowwise\n",
                                "plan.yaml");
  DiagnosticList diagnostics("plan.yaml");
  auto entries = matchModules(parsed.plan, tree, diagnostics);
  ASSERT_EQ(entries.size(), 4u);
  EXPECT_EQ(entries[0].modules.size(), 1u);
  EXPECT_FALSE(diagnostics.hasErrors());
  EXPECT_EQ(diagnostics.str(),
            "plan.yaml:3:3: warning: parallelize entry 'poler' matches no "
            "module of the model; the closest module is 'pooler'\n"
            "plan.yaml:4:3: warning: parallelize entry 'qqqqq' matches no "
            "module of the model\n"
            "plan.yaml:5:3: warning: parallelize entry 'pooler.bias' matches "
            "no module of the model, it is a parameter's name ('placements' "
            "places parameters); the closest module is 'pooler'\n");
}

TEST(MatchNames, entries_that_match_nothing_are_warnings) {
  NameTable table({"emb.weight", "net.weight"});
  Plan plan = parsePlan("placements: {'*.weight': shard(0), emb.weigt: "
                        "replicate, zz: replicate}",
                        "plan.yaml")
                  .plan;
  DiagnosticList diagnostics("plan.yaml");
  auto entries = matchNames(plan.placements, table, diagnostics);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].names, (std::vector<unsigned>{0, 1}));
  EXPECT_EQ(diagnostics.str(),
            "plan.yaml:1:36: warning: placements entry 'emb.weigt' matches no "
            "tensor of the model; the closest name is 'emb.weight'\n"
            "plan.yaml:1:58: warning: placements entry 'zz' matches no tensor "
            "of the model\n");
}

/// A generous bound for a quadratic to break: 10^4 modules, 4 * 10^3 entries.
TEST(MatchModules, many_entries_on_many_modules_are_fast) {
  ModuleTree tree;
  for (int i = 0; i < 10000; ++i)
    tree.addScope("model.layers." + std::to_string(i) + ".proj");
  Plan plan;
  for (int i = 0; i < 4000; ++i) {
    const char *end = i % 2 ? ".proj" : ".prjo";
    plan.parallelize.push_back(
        {"model.layers." + std::to_string(i) + end, {}, {}});
  }
  plan.parallelize.push_back({"model.layers.*.proj", {}, {}});
  auto start = std::chrono::steady_clock::now();
  DiagnosticList diagnostics("p");
  auto entries = matchModules(plan, tree, diagnostics);
  std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  EXPECT_EQ(entries.back().modules.size(), 10000u);
  EXPECT_LT(seconds.count(), 5.0);
}

TEST(ModuleTree, memory_is_linear_in_the_names) {
  ModuleTree tree;
  tree.addParameter(std::string(200000, '.'));
  EXPECT_EQ(tree.size(), 200001u);
  EXPECT_EQ(tree.suggest(ModuleGlob("a")), Paths{});
}

} // namespace
