//===- SpellingTest.cpp - Quoting and guessing ----------------------------===//

#include "dtc/Plan/Spelling.h"

#include "gtest/gtest.h"

using namespace dtc::plan;

namespace {

TEST(Spelling, quoting_shows_control_characters_and_cuts_long_text) {
  EXPECT_EQ(inQuotes("a\nb\tc\x01"), "'a\\nb\\tc\\x01'");
  EXPECT_EQ(inQuotes(std::string(100, 'a')),
            "'" + std::string(80, 'a') + "...'");
  // The 80th byte is inside of a code point.
  std::string umlauts = "x";
  for (int i = 0; i < 60; ++i)
    umlauts += "ä";
  EXPECT_EQ(inQuotes(umlauts), "'" + umlauts.substr(0, 79) + "...'");
}

TEST(Spelling, the_closest_word_is_few_edits_away) {
  llvm::StringRef words[] = {"colwise", "rowwise", "sequence"};
  EXPECT_EQ(closest("colwize", words), "colwise");
  EXPECT_EQ(closest("COLWISE", words), "colwise");
  EXPECT_EQ(closest("seq", words), "sequence");
  EXPECT_EQ(closest("se", words), "");
  EXPECT_EQ(closest("banana", words), "");
  EXPECT_EQ(closest("", words), "");
  EXPECT_EQ(closest(std::string(1000, 'c'), words), "");
  llvm::StringRef letters[] = {"a", "b"};
  EXPECT_EQ(closest("x", letters), "") << "one edit of one letter is no hint";
}

TEST(Spelling, lists_read_as_prose) {
  EXPECT_EQ(quotedList({"a"}), "'a'");
  EXPECT_EQ(quotedList({"a", "b"}), "'a' and 'b'");
  EXPECT_EQ(quotedList({"a", "b", "c"}), "'a', 'b' and 'c'");
  EXPECT_EQ(joined({"a", "b"}), "a, b");
}

} // namespace
