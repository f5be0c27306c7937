//===- PlanErrorsTest.cpp - Every error text of plan files ----------------===//

#include "dtc/Plan/Plan.h"

#include "gtest/gtest.h"

using namespace dtc::plan;

namespace {

std::string errors(llvm::StringRef text) {
  return parsePlan(text, "plan.yaml").diagnostics.str();
}

/// The one message of a plan, without "plan.yaml:".
void expectError(const std::string &text, const std::string &message) {
  EXPECT_EQ(errors(text), "plan.yaml:" + message + "\n") << text;
}

constexpr const char *kStyles =
    "colwise, rowwise, sequence, prepare_module_input, prepare_module_output, "
    "prepare_module_input_output";
constexpr const char *kWords =
    "expected replicate, shard(D) or partial(sum|avg|max|min|product)";

TEST(PlanErrors, an_unknown_style_names_the_styles_and_the_closest) {
  EXPECT_EQ(errors("mesh: {tp: 4}\nparallelize:\n  # a comment\n  net1:     "
                   "colwize\n"),
            "plan.yaml:4:13: error: unknown style 'colwize', expected one of " +
                std::string(kStyles) + "; did you mean 'colwise'?\n");
  expectError("parallelize: {a: zebra}",
              "1:18: error: unknown style 'zebra', expected one of " +
                  std::string(kStyles));
  expectError("parallelize: {a: {style: Rowwise}}",
              "1:26: error: unknown style 'Rowwise', expected one of " +
                  std::string(kStyles) + "; did you mean 'rowwise'?");
}

TEST(PlanErrors, a_missing_style_is_named) {
  expectError("parallelize: {a: {axis: tp}}",
              "1:18: error: expected the key 'style', one of " +
                  std::string(kStyles) + ", got none");
  expectError("parallelize:\n  a:\n",
              "2:3: error: expected a style or a mapping with the key 'style', "
              "got nothing");
  expectError("parallelize:\n  a: [colwise]\n",
              "2:6: error: expected a style or a mapping with the key 'style', "
              "got a list");
  expectError("parallelize: {a: {style: []}}",
              "1:26: error: expected a style, one of " + std::string(kStyles) +
                  ", got a list");
}

TEST(PlanErrors, unknown_keys_are_errors_at_every_level) {
  expectError("paralelize: {a: colwise}\ninputs: {x: replicate}",
              "1:1: error: unknown key 'paralelize' in a plan, expected one of "
              "mesh, parallelize, placements, inputs, outputs, topology, "
              "policy; did you mean 'parallelize'?");
  expectError("parallelize: {a: {style: colwise, input_layout: replicate}}",
              "1:35: error: unknown key 'input_layout' in style 'colwise', "
              "expected one of style, axis, input_layouts, output_layouts, "
              "use_local_output; did you mean 'input_layouts'?");
  expectError("parallelize: {a: {style: rowwise, sequence_dim: 1}}",
              "1:35: error: unknown key 'sequence_dim' in style 'rowwise', "
              "expected one of style, axis, input_layouts, output_layouts, "
              "use_local_output");
  expectError("topology: {tp: {latency_us: 1, bandwidth_gb_s: 2, lag: 3}}\n"
              "inputs: {x: replicate}",
              "1:51: error: unknown key 'lag' in a link, expected one of "
              "latency_us, bandwidth_gb_s");
}

TEST(PlanErrors, an_entry_without_style_still_has_its_keys_checked) {
  EXPECT_EQ(
      errors("parallelize: {a: {stile: colwise}}"),
      "plan.yaml:1:18: error: expected the key 'style', one of " +
          std::string(kStyles) +
          ", got none\n"
          "plan.yaml:1:19: error: unknown key 'stile' in a parallelize entry, "
          "expected one of style, axis, input_layouts, desired_input_layouts, "
          "input_kwarg_layouts, desired_input_kwarg_layouts, output_layouts, "
          "desired_output_layouts, use_local_input, use_local_output, "
          "sequence_dim; did you mean 'style'?\n");
}

TEST(PlanErrors, all_errors_of_a_file_are_reported_in_file_order) {
  EXPECT_EQ(errors("policy: fast\ninputs: {x: shrad(0)}\noutputs: [1]\n"),
            "plan.yaml:1:9: error: unknown policy 'fast', expected one of "
            "eager, optimal\n"
            "plan.yaml:2:13: error: unknown placement 'shrad(0)', " +
                std::string(kWords) +
                "; did you mean 'shard(0)'?\n"
                "plan.yaml:3:10: error: expected a mapping for 'outputs', got "
                "a list\n");
}

TEST(PlanErrors, placement_words_say_what_would_be_right) {
  auto expectWord = [](const std::string &word, const std::string &message) {
    expectError("inputs: {x: " + word + "}", "1:13: error: " + message);
  };
  std::string words = kWords;
  expectWord("Replicate()", "unknown placement 'Replicate()', " + words +
                                "; did you mean 'replicate'?");
  expectWord("S(2)", "unknown placement 'S(2)', " + words +
                         "; did you mean 'shard(2)'?");
  expectWord("P", "unknown placement 'P', " + words +
                      "; did you mean 'partial(sum)'?");
  expectWord("zzzz", "unknown placement 'zzzz', " + words);
  expectWord("shard", "expected a dimension, as in 'shard(0)', got 'shard'");
  expectWord("shard()", "expected a dimension, as in 'shard(0)', got "
                        "'shard()'");
  expectWord("shard(x)",
             "expected an integer dimension in 'shard(D)', got 'x'");
  expectWord("shard(99999999999999999999)",
             "expected an integer dimension in 'shard(D)', got "
             "'99999999999999999999'");
  expectWord("partial", "expected a reduction, as in 'partial(sum)', got "
                        "'partial'");
  expectWord("partial(summ)",
             "unknown reduction 'summ' in 'partial(…)', expected one of sum, "
             "avg, max, min, product; did you mean 'sum'?");
  expectWord("shard(0",
             "unbalanced parentheses in placement 'shard(0', " + words);
  expectWord("mask_partial(sum)",
             "placement 'mask_partial(sum)' cannot be asked for: the compiler "
             "gives it to results of lookups in row-sharded tables");
  expectWord("as_is",
             "'as_is' may stand only in 'outputs', for the whole output");
  expectWord("[]", "expected one placement per mesh axis, got an empty list");
  expectWord("null", "expected a placement, got nothing");
  expectWord("{a: b}", "expected a placement, got a mapping");
}

TEST(PlanErrors, layouts_and_desired_layouts_come_in_equal_numbers) {
  expectError("parallelize: {a: {style: prepare_module_input, input_layouts: "
              "[shard(0)], desired_input_layouts: [replicate, null]}}",
              "1:63: error: expected input_layouts and desired_input_layouts "
              "of the same length, got 1 and 2");
  expectError("parallelize: {a: {style: prepare_module_output, output_layouts: "
              "[shard(0), null], desired_output_layouts: replicate}}",
              "1:65: error: expected output_layouts and desired_output_layouts "
              "of the same length, got 2 and 1");
  expectError("parallelize: {a: {style: prepare_module_input, "
              "input_kwarg_layouts: {m: shard(0)}, "
              "desired_input_kwarg_layouts: {}}}",
              "1:69: error: expected input_kwarg_layouts and "
              "desired_input_kwarg_layouts of the same length, got 1 and 0\n"
              "plan.yaml:1:70: error: input 'm' is in input_kwarg_layouts but "
              "not in desired_input_kwarg_layouts");
}

TEST(PlanErrors, layouts_need_their_partner) {
  expectError("parallelize: {a: {style: prepare_module_input, input_layouts: "
              "shard(0)}}",
              "1:63: error: expected 'desired_input_layouts' beside "
              "'input_layouts', got nothing");
  expectError("parallelize: {a: {style: prepare_module_input, "
              "desired_input_layouts: shard(0)}}",
              "1:71: warning: 'desired_input_layouts' has no effect without "
              "'input_layouts'");
  expectError("parallelize: {a: prepare_module_output}",
              "1:18: error: style 'prepare_module_output' needs the key "
              "'output_layouts'\n"
              "plan.yaml:1:18: error: style 'prepare_module_output' needs the "
              "key 'desired_output_layouts'");
}

TEST(PlanErrors, values_of_style_keys_have_their_types) {
  expectError("parallelize: {a: {style: sequence, sequence_dim: one}}",
              "1:50: error: expected an integer dimension for 'sequence_dim', "
              "got 'one'");
  expectError("parallelize: {a: {style: colwise, use_local_output: 1}}",
              "1:53: error: expected true or false for 'use_local_output', got "
              "'1'");
  expectError("parallelize: {a: {style: colwise, axis: [tp]}}",
              "1:41: error: expected the name of a mesh axis, got a list");
  expectError("parallelize: {a: {style: prepare_module_input, "
              "input_kwarg_layouts: [shard(0)]}}",
              "1:69: error: expected a mapping from input names to placements "
              "for 'input_kwarg_layouts', got a list");
}

TEST(PlanErrors, meshes_are_checked) {
  std::string rest = "\ninputs: {x: replicate}";
  expectError("mesh: tp=4" + rest,
              "1:7: error: expected a mapping from axis names to sizes, as in "
              "'{tp: 4}', got 'tp=4'");
  expectError("mesh: {}" + rest,
              "1:7: error: expected at least one mesh axis, got none");
  expectError("mesh: {tp: 0}" + rest,
              "1:8: error: expected a size of at least 1 for mesh axis 'tp', "
              "got 0");
  expectError("mesh: {tp: two}" + rest,
              "1:12: error: expected an integer size for mesh axis 'tp', got "
              "'two'");
  expectError("mesh: {dp: 65536, tp: 2}" + rest,
              "1:19: error: expected at most 65536 ranks in a mesh, got more "
              "with axis 'tp' of size 2");
  expectError("mesh: {4tp: 2}" + rest,
              "1:8: error: expected a mesh axis name of letters, digits and "
              "'_', got '4tp'");
  expectError("mesh: {tp: 2, tp: 4}" + rest,
              "1:15: error: key 'tp' is given twice, first at line 1, column "
              "8; remove one of them");
}

TEST(PlanErrors, links_are_checked) {
  std::string rest = "\ninputs: {x: replicate}";
  expectError("topology: {tp: ethernett}" + rest,
              "1:16: error: unknown link 'ethernett', expected one of cpu, "
              "ethernet, nvlink; did you mean 'ethernet'?");
  expectError("topology: {tp: [cpu]}" + rest,
              "1:16: error: expected a link: cpu, ethernet, nvlink or "
              "{latency_us: …, bandwidth_gb_s: …}, got a list");
  expectError("topology: {tp: {latency_us: -1, bandwidth_gb_s: 2}}" + rest,
              "1:29: error: expected 'latency_us' of at least 0, got '-1'");
  expectError("topology: {tp: {latency_us: 1, bandwidth_gb_s: 0}}" + rest,
              "1:48: error: expected 'bandwidth_gb_s' above 0, got '0'");
  expectError("topology: {tp: {latency_us: nan, bandwidth_gb_s: 2}}" + rest,
              "1:29: error: expected a number of microseconds, got 'nan'");
  expectError("topology: {tp: {latency_us: 1}}" + rest,
              "1:16: error: a link needs the key 'bandwidth_gb_s'");
}

TEST(PlanErrors, sections_must_be_mappings) {
  expectError("parallelize: colwise",
              "1:14: error: expected a mapping for 'parallelize', got "
              "'colwise'");
  expectError("- a\n- b\n", "1:1: error: expected a mapping for a plan, got a "
                            "list");
  expectError("hello", "1:1: error: expected a mapping for a plan, got "
                       "'hello'");
}

} // namespace
