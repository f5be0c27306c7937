//===- Spelling.cpp - Quoting user text and guessing what was meant -------===//

#include "dtc/Plan/Spelling.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>

using namespace dtc::plan;
using llvm::StringRef;

std::string dtc::plan::inQuotes(StringRef text) {
  constexpr size_t kShown = 80;
  std::string out = "'";
  size_t end = std::min(text.size(), kShown);
  // Cut between code points, not inside one.
  while (end < text.size() && end > 0 && (text[end] & 0xC0) == 0x80)
    --end;
  for (char c : text.take_front(end)) {
    unsigned char byte = c;
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7F)
      out += "\\x" + llvm::utohexstr(byte, /*LowerCase=*/true, /*Width=*/2);
    else
      out += c;
  }
  if (end < text.size())
    out += "...";
  return out + "'";
}

std::string dtc::plan::joined(llvm::ArrayRef<StringRef> words) {
  return llvm::join(words, ", ");
}

std::string dtc::plan::quotedList(llvm::ArrayRef<std::string> words) {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i)
      out += i + 1 == words.size() ? " and " : ", ";
    out += inQuotes(words[i]);
  }
  return out;
}

unsigned dtc::plan::editLimit(StringRef word) {
  if (word.size() <= 3)
    return 1;
  return std::max<size_t>(2, word.size() / 3);
}

StringRef dtc::plan::closest(StringRef word,
                             llvm::ArrayRef<StringRef> candidates) {
  // Edit distances of arbitrary text would cost more than the file itself.
  constexpr size_t kLongest = 128;
  if (word.empty() || word.size() > kLongest)
    return {};
  StringRef best;
  unsigned bestDistance = editLimit(word) + 1;
  for (StringRef candidate : candidates) {
    if (candidate.size() > kLongest)
      continue;
    unsigned distance = word.edit_distance_insensitive(
        candidate, /*AllowReplacements=*/true, bestDistance);
    if (distance < bestDistance && distance < word.size()) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (!best.empty() || word.size() < 3)
    return best;
  for (StringRef candidate : candidates)
    if (candidate.starts_with_insensitive(word))
      return candidate;
  return {};
}

std::string dtc::plan::didYouMean(StringRef word,
                                  llvm::ArrayRef<StringRef> candidates) {
  StringRef best = closest(word, candidates);
  return best.empty() ? "" : "; did you mean " + inQuotes(best) + "?";
}
