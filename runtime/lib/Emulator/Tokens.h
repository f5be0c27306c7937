//===- Tokens.h - The words of PTX ----------------------------------------===//

#ifndef DTC_RUNTIME_LIB_EMULATOR_TOKENS_H
#define DTC_RUNTIME_LIB_EMULATOR_TOKENS_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dtc::ptx {

/// A name with its dots and percent sign, a number, or one other character. The
/// last token of a text is empty.
struct Token {
  std::string_view text;
  int32_t line = 0;

  bool is(std::string_view other) const { return text == other; }
};

/// Splits at spaces and punctuation; comments are left out.
std::vector<Token> tokenize(std::string_view text);

/// The bits of a number: decimal, hexadecimal, 0f and 0d floats. False when it
/// is none.
bool readNumber(std::string_view text, uint64_t &bits);

/// The parts between dots: "ld", "global", "v4", "b32".
std::vector<std::string_view> splitDots(std::string_view text);

} // namespace dtc::ptx

#endif // DTC_RUNTIME_LIB_EMULATOR_TOKENS_H
