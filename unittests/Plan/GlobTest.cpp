//===- GlobTest.cpp - Patterns mean what Python's fnmatch means -----------===//

#include "dtc/Plan/Glob.h"

#include "llvm/ADT/STLExtras.h"

#include "gtest/gtest.h"

#include <chrono>

using namespace dtc::plan;

namespace {

/// The names every pattern of the table was tried on.
const std::vector<std::string> kNames = {
    "",    "a",  "b",    "c",          "ab", "abc", "ac", "ax", "-",
    "]",   "[",  "!",    "^",          "&",  "\\",  "5",  "12", "z",
    "x",   "d",  "aXXb", "net.weight", "wq", "wz",  "[a", "a[", "[]",
    "[!]", "[!", "*",    "?",          "ä",  "äb",  "e"};

struct Case {
  std::string pattern;
  std::vector<std::string> matched;
};

/// What Python's fnmatch.fnmatchcase answers.
const Case kCases[] = {
    {"", {""}},
    {"*", {"",    "a",  "b",    "c",          "ab", "abc", "ac", "ax", "-",
           "]",   "[",  "!",    "^",          "&",  "\\",  "5",  "12", "z",
           "x",   "d",  "aXXb", "net.weight", "wq", "wz",  "[a", "a[", "[]",
           "[!]", "[!", "*",    "?",          "ä",  "äb",  "e"}},
    {"?",
     {"a", "b", "c", "-", "]", "[", "!", "^", "&", "\\", "5", "z", "x", "d",
      "*", "?", "ä", "e"}},
    {"a", {"a"}},
    {"a*", {"a", "ab", "abc", "ac", "ax", "aXXb", "a["}},
    {"*a", {"a", "[a"}},
    {"a?c", {"abc"}},
    {"a*c", {"abc", "ac"}},
    {"[abc]", {"a", "b", "c"}},
    {"[a-c]x", {"ax"}},
    {"[!a-c]",
     {"-", "]", "[", "!", "^", "&", "\\", "5", "z", "x", "d", "*", "?", "ä",
      "e"}},
    {"[]]", {"]"}},
    {"[!]]",
     {"a", "b", "c", "-", "[", "!", "^", "&", "\\", "5", "z", "x", "d", "*",
      "?", "ä", "e"}},
    {"[]-a]", {"a", "]", "^"}},
    {"[a", {"[a"}},
    {"a[", {"a["}},
    {"[]", {"[]"}},
    {"[!]", {"[!]"}},
    {"[!", {"[!"}},
    {"[-a]", {"a", "-"}},
    {"[a-]", {"a", "-"}},
    {"[--a]", {"a", "-", "]", "[", "^", "\\", "5", "?"}},
    {"[z-a]", {}},
    {"[!z-a]",
     {"a", "b", "c", "-", "]", "[", "!", "^", "&", "\\", "5", "z", "x", "d",
      "*", "?", "ä", "e"}},
    {"[a-c-e]", {"a", "b", "c", "-", "e"}},
    {"[^a]", {"a", "^"}},
    {"[a&&b]", {"a", "b", "&"}},
    {"[\\\\]", {"\\"}},
    {"a**b", {"ab", "aXXb"}},
    {"*a*b*", {"ab", "abc", "aXXb"}},
    {"[0-9][0-9]", {"12"}},
    {"*.weight", {"net.weight"}},
    {"w[qkv]", {"wq"}},
    {"[a-cx-z]", {"a", "b", "c", "z", "x"}},
    {"??", {"ab", "ac", "ax", "12", "wq", "wz", "[a", "a[", "[]", "[!", "äb"}},
    {"[!!]",
     {"a", "b", "c", "-", "]", "[", "^", "&", "\\", "5", "z", "x", "d", "*",
      "?", "ä", "e"}},
    {"[*]", {"*"}},
    {"[?]", {"?"}},
    {"[[]", {"["}},
    {"[z-ab-c]", {"b", "c"}},
    {"*[", {"[", "a["}},
    {"[]a]", {"a", "]"}},
};

TEST(Glob, matches_what_python_matches) {
  for (const Case &item : kCases) {
    Glob glob(item.pattern);
    for (const std::string &name : kNames)
      EXPECT_EQ(glob.matches(name), llvm::is_contained(item.matched, name))
          << "pattern '" << item.pattern << "' name '" << name << "'";
  }
}

TEST(Glob, literals_and_prefixes_are_known) {
  EXPECT_TRUE(Glob("a.b").isLiteral());
  EXPECT_TRUE(Glob("a[b").isLiteral()) << "an unclosed bracket is itself";
  EXPECT_FALSE(Glob("a*").isLiteral());
  EXPECT_EQ(Glob("ab*c").literalPrefix(), "ab");
  EXPECT_EQ(Glob("ab[c").literalPrefix(), "ab[c");
}

TEST(Glob, bytes_that_are_not_utf8_match_themselves) {
  EXPECT_TRUE(Glob("a\xff").matches("a\xff"));
  EXPECT_TRUE(Glob("?\xff").matches("a\xff"));
  EXPECT_TRUE(Glob("[\xff]?").matches("\xff"
                                      "a"));
  EXPECT_FALSE(Glob("[\xfe]").matches("\xff"));
}

TEST(Glob, patterns_of_many_stars_stay_fast) {
  std::string pattern, name(4000, 'a');
  for (int i = 0; i < 100; ++i)
    pattern += "*a";
  pattern += "*b";
  EXPECT_FALSE(Glob(pattern).matches(name));
  EXPECT_FALSE(Glob(std::string(200000, '[')).matches(name));
  EXPECT_FALSE(Glob("]" + std::string(200000, '[')).matches(name));
}

TEST(ModuleGlob, has_one_glob_a_part) {
  EXPECT_EQ(ModuleGlob("").parts().size(), 0u);
  EXPECT_EQ(ModuleGlob("layers.*.w[qkv]").parts().size(), 3u);
  EXPECT_EQ(ModuleGlob("a.").parts().size(), 2u);
}

TEST(NameTable, stars_cross_dots) {
  NameTable table({"b.weight", "a.weight", "a.bias", "a.weight"});
  EXPECT_EQ(table.match(NameGlob("*weight")), (std::vector<unsigned>{0, 1, 3}));
  EXPECT_EQ(table.match(NameGlob("a.*")), (std::vector<unsigned>{1, 2, 3}));
  EXPECT_EQ(table.match(NameGlob("a.weight")), (std::vector<unsigned>{1, 3}));
  EXPECT_EQ(table.match(NameGlob("a.weigh")), (std::vector<unsigned>{}));
  EXPECT_EQ(table.match(NameGlob("a.weigh?")), (std::vector<unsigned>{1, 3}));
}

TEST(NameTable, suggests_close_names_and_dotted_endings) {
  NameTable table({"emb.weight", "lm.emb.weight", "head.bias"});
  EXPECT_EQ(table.suggest("emb.wieght"),
            (std::vector<std::string>{"emb.weight"}));
  EXPECT_EQ(table.suggest("bias"), (std::vector<std::string>{"head.bias"}));
  EXPECT_EQ(table.suggest("zzzzzz"), std::vector<std::string>{});
}

} // namespace
