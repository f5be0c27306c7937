//===- Tokens.cpp - The words of PTX --------------------------------------===//

#include "Tokens.h"
#include <algorithm>
#include <charconv>

namespace dtc::ptx {
namespace {

bool isWord(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '.' || c == '%';
}

/// The end of a comment that begins at `at`, or `at`.
size_t skipComment(std::string_view text, size_t at) {
  if (text.substr(at, 2) == "//")
    return std::min(text.find('\n', at), text.size());
  if (text.substr(at, 2) != "/*")
    return at;
  size_t end = text.find("*/", at + 2);
  return end == text.npos ? text.size() : end + 2;
}

} // namespace

std::vector<Token> tokenize(std::string_view text) {
  std::vector<Token> tokens;
  int32_t line = 1;
  size_t at = 0;
  auto count = [&](size_t end) {
    line += static_cast<int32_t>(
        std::count(text.begin() + at, text.begin() + end, '\n'));
    at = end;
  };
  while (at < text.size()) {
    char c = text[at];
    if (size_t end = skipComment(text, at); end != at) {
      count(end);
      continue;
    }
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      count(at + 1);
      continue;
    }
    size_t end = at + 1;
    if (c == '"')
      end = std::min(text.find('"', end), text.size() - 1) + 1;
    else if (isWord(c))
      while (end < text.size() && isWord(text[end]))
        ++end;
    else if (text.substr(at, 2) == "::")
      end = at + 2;
    tokens.push_back({text.substr(at, end - at), line});
    count(end);
  }
  tokens.push_back({{}, line});
  return tokens;
}

bool readNumber(std::string_view text, uint64_t &bits) {
  int base = 10;
  bool negative = !text.empty() && text[0] == '-';
  if (negative)
    text.remove_prefix(1);
  if (text.size() > 2 && text[0] == '0') {
    char mark = text[1];
    if (mark == 'x' || mark == 'X' || mark == 'f' || mark == 'F' ||
        mark == 'd' || mark == 'D') {
      base = 16;
      text.remove_prefix(2);
    }
  }
  if (!text.empty() && text.back() == 'U')
    text.remove_suffix(1);
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), bits, base);
  if (error != std::errc() || end != text.data() + text.size() || text.empty())
    return false;
  if (negative)
    bits = 0 - bits;
  return true;
}

std::vector<std::string_view> splitDots(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t at = 0; at <= text.size();) {
    size_t end = std::min(text.find('.', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

} // namespace dtc::ptx
