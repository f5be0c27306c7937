//===- YamlTreeTest.cpp - Hostile and unusual YAML ------------------------===//

#include "dtc/Plan/YamlTree.h"

#include "gtest/gtest.h"

using namespace dtc::plan;

namespace {

std::string errors(llvm::StringRef text, const YamlLimits &limits = {}) {
  DiagnosticList diagnostics("f.yaml");
  parseYaml(text, diagnostics, limits);
  diagnostics.sort();
  return diagnostics.str();
}

YamlNode parse(llvm::StringRef text) {
  DiagnosticList diagnostics("f.yaml");
  std::optional<YamlNode> root = parseYaml(text, diagnostics);
  EXPECT_EQ(diagnostics.str(), "") << text.str();
  return root.value_or(YamlNode());
}

TEST(YamlTree, nodes_know_their_places) {
  YamlNode root = parse("a: {b: [1, 'two']}\nc:\n  - x\n  - {y: z}\n");
  ASSERT_EQ(root.entries.size(), 2u);
  EXPECT_EQ(root.at, (SourcePoint{1, 1}));
  const YamlNode &flow = root.entries[0].value;
  EXPECT_EQ(flow.at, (SourcePoint{1, 4}));
  EXPECT_EQ(flow.entries[0].keyAt, (SourcePoint{1, 5}));
  EXPECT_EQ(flow.entries[0].value.at, (SourcePoint{1, 8}));
  EXPECT_EQ(flow.entries[0].value.items[1].at, (SourcePoint{1, 12}));
  EXPECT_EQ(flow.entries[0].value.items[1].text, "two");
  const YamlNode &block = root.entries[1].value;
  EXPECT_EQ(block.items[0].at, (SourcePoint{3, 5}));
  EXPECT_EQ(block.items[1].at, (SourcePoint{4, 5}));
}

TEST(YamlTree, only_plain_words_are_null) {
  YamlNode root = parse("[null, ~, Null, NULL, 'null', \"~\", nil]");
  ASSERT_EQ(root.items.size(), 7u);
  for (int i : {0, 1, 2, 3})
    EXPECT_EQ(root.items[i].kind, YamlNode::Kind::Null) << i;
  for (int i : {4, 5, 6})
    EXPECT_EQ(root.items[i].kind, YamlNode::Kind::Scalar) << i;
}

TEST(YamlTree, keys_may_be_empty_or_named_null) {
  YamlNode root = parse("{\"\": a, null: b}");
  ASSERT_EQ(root.entries.size(), 2u);
  EXPECT_EQ(root.entries[0].key, "");
  EXPECT_EQ(root.entries[1].key, "null");
}

TEST(YamlTree, anchors_aliases_and_tags_are_refused_by_name) {
  EXPECT_EQ(errors("a: &x 1"),
            "f.yaml:1:7: error: anchors are not supported, got '&x'; write "
            "the value out where it is used\n");
  EXPECT_EQ(errors("a: *weight"),
            "f.yaml:1:4: error: aliases are not supported, got '*weight'; put "
            "quotes around a name that begins with '*'\n");
  EXPECT_EQ(errors("a: !!int 1"),
            "f.yaml:1:10: error: tags are not supported, got '!!int'; remove "
            "it\n");
  EXPECT_EQ(errors("*weight : 1\nb: *c"),
            "f.yaml:1:1: error: aliases are not supported, got '*weight'; put "
            "quotes around a name that begins with '*'\n"
            "f.yaml:2:4: error: aliases are not supported, got '*c'; put "
            "quotes around a name that begins with '*'\n");
}

TEST(YamlTree, a_key_given_twice_is_an_error_in_each_mapping) {
  EXPECT_EQ(errors("a: 1\nb: {c: 1, c: 2}\na: 3\na: 4\n"),
            "f.yaml:2:11: error: key 'c' is given twice, first at line 2, "
            "column 5; remove one of them\n"
            "f.yaml:3:1: error: key 'a' is given twice, first at line 1, "
            "column 1; remove one of them\n"
            "f.yaml:4:1: error: key 'a' is given twice, first at line 1, "
            "column 1; remove one of them\n");
  EXPECT_EQ(errors("{b: 1, 'b': 2}"),
            "f.yaml:1:8: error: key 'b' is given twice, first at line 1, "
            "column 2; remove one of them\n");
}

TEST(YamlTree, keys_must_be_text) {
  for (const char *text : {"{[a]: 1}", "{{a}: 1}", "{ : 1}", "? |\n a\n: 1"})
    EXPECT_NE(
        errors(text).find("error: expected text as a key, got a list, a "
                          "mapping, a block or nothing; put quotes around "
                          "it\n"),
        std::string::npos)
        << errors(text);
}

TEST(YamlTree, syntax_errors_have_a_place) {
  EXPECT_EQ(errors("a: [1, 2\nb: 3\n"),
            "f.yaml:2:5: error: not valid YAML: could not find closing ]\n");
  EXPECT_EQ(errors("a: \"open"), "f.yaml:1:8: error: not valid YAML: expected "
                                 "quote at end of scalar\n");
  EXPECT_EQ(errors("a: \"\\q\""),
            "f.yaml:1:6: error: not valid YAML: unrecognized escape code\n");
  EXPECT_EQ(errors(": "),
            "f.yaml:1:1: error: not valid YAML: unexpected token. "
            "Expected Key or Block End\n");
}

TEST(YamlTree, quotes_must_be_closed) {
  EXPECT_EQ(errors("a: 'open"), "f.yaml:1:4: error: not valid YAML: expected a "
                                "quote at the end of ''open'\n");
  EXPECT_NE(errors("a: ''' "), "");
  EXPECT_NE(errors("a: '"), "");
  EXPECT_NE(errors("\"a\\\""), "");
  EXPECT_EQ(parse("a: 'it''s'").entries[0].value.text, "it's");
  EXPECT_EQ(parse("a: ''").entries[0].value.text, "");
  EXPECT_EQ(parse("a: \"\\\\\"").entries[0].value.text, "\\");
}

TEST(YamlTree, one_document_only) {
  EXPECT_EQ(errors("a: 1\n---\nb: 2\n"),
            "f.yaml:3:1: error: expected one YAML document, got more than one "
            "('---')\n");
  EXPECT_EQ(errors("---\na: 1\n"), "");
}

TEST(YamlTree, bytes_that_are_not_text_are_refused) {
  EXPECT_EQ(errors(llvm::StringRef("a: 1\nb: \0", 9)),
            "f.yaml:2:4: error: expected text, got the control character "
            "'\\x00'\n");
  EXPECT_EQ(errors("a: \xff"),
            "f.yaml:1:4: error: expected UTF-8 text, got other bytes\n");
  EXPECT_EQ(errors("\xff\xfe"),
            "f.yaml:1:1: error: expected UTF-8 text, got other bytes\n");
}

TEST(YamlTree, limits_are_errors) {
  YamlLimits limits;
  limits.bytes = 4;
  EXPECT_EQ(errors("a: 12", limits),
            "f.yaml: error: expected at most 4 bytes, got 5\n");
  limits = {};
  limits.nodes = 3;
  EXPECT_EQ(errors("[1, 2, 3, 4]", limits),
            "f.yaml:1:8: error: expected at most 3 values in a file, got "
            "more\n");
  EXPECT_EQ(errors(std::string(40, '[') + std::string(40, ']')),
            "f.yaml:1:33: error: expected at most 32 levels of nesting, got "
            "more\n");
}

TEST(YamlTree, deep_nesting_of_any_kind_stops_at_the_limit) {
  for (const char *unit : {"[", "{", "{a: ", "? ", "- ", "[a: ", "[? "}) {
    std::string text;
    for (int i = 0; i < 20000; ++i)
      text += unit;
    EXPECT_NE(errors(text), "") << unit;
  }
}

TEST(YamlTree, a_flood_of_errors_is_cut) {
  std::string text;
  for (int i = 0; i < 3000; ++i)
    text += "a: 1\n";
  DiagnosticList diagnostics("f");
  parseYaml(text, diagnostics);
  diagnostics.sort();
  EXPECT_EQ(diagnostics.size(), DiagnosticList::kLimit + 1);
  EXPECT_EQ(diagnostics.all().back().str(),
            "f: error: 1999 more messages are not shown");
}

TEST(DiagnosticList, an_error_is_never_hidden_by_warnings) {
  DiagnosticList diagnostics("f");
  for (size_t i = 0; i < DiagnosticList::kLimit; ++i)
    diagnostics.warning({1, 1}, "w");
  EXPECT_FALSE(diagnostics.hasErrors());
  diagnostics.error({2, 1}, "e");
  EXPECT_TRUE(diagnostics.hasErrors());
  EXPECT_NE(diagnostics.str().find("f:2:1: error: e"), std::string::npos);
}

} // namespace
