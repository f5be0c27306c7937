//===- NpyHeader.cpp - The header of one npy array ------------------------===//
//
// 1. The text is a Python dict literal with exactly three keys; a scanner over
//    the few tokens that may occur reads it, in any order of keys.
// 2. Types that dtc has no element type for, Fortran order and big-endian
//    values are refused by name, with what to do instead.
//===----------------------------------------------------------------------===//

#include "NpyHeader.h"
#include "dtc/runtime/ElementType.h"
#include <cstring>

namespace dtc::runtime {
namespace {

constexpr size_t kMaxDimensions = 64;

/// Reads tokens of the literal; every reader says whether it matched.
class Scanner {
public:
  explicit Scanner(std::string_view text) : text(text) {}

  bool take(char wanted) {
    skipSpace();
    if (at >= text.size() || text[at] != wanted)
      return false;
    ++at;
    return true;
  }

  bool takeWord(std::string_view wanted) {
    skipSpace();
    if (text.substr(at, wanted.size()) != wanted)
      return false;
    at += wanted.size();
    return true;
  }

  bool quoted(std::string_view &value) {
    skipSpace();
    if (at >= text.size() || (text[at] != '\'' && text[at] != '"'))
      return false;
    size_t end = text.find(text[at], at + 1);
    if (end == std::string_view::npos)
      return false;
    value = text.substr(at + 1, end - at - 1);
    at = end + 1;
    return true;
  }

  bool number(int64_t &value) {
    skipSpace();
    size_t first = at;
    value = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      if (value > (INT64_MAX - 9) / 10)
        return false;
      value = value * 10 + (text[at++] - '0');
    }
    return at > first;
  }

  bool atEnd() {
    skipSpace();
    return at == text.size();
  }

private:
  void skipSpace() {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\n'))
      ++at;
  }

  std::string_view text;
  size_t at = 0;
};

Error malformed() {
  return Error{"its npy header is malformed: expected a dict of 'descr', "
               "'fortran_order' and 'shape'"};
}

Result<int32_t> readDescr(Scanner &scanner) {
  std::string_view descr;
  if (!scanner.quoted(descr))
    return Error{"its type is a structure: expected a plain number type"};
  if (auto dtype = elementFromNpy(descr))
    return *dtype;
  std::string shown(descr.substr(0, 16));
  if (!descr.empty() && descr[0] == '>')
    return Error{"its type '" + shown +
                 "' is big-endian: expected little-endian values"};
  if (descr == "|O" || descr == "O")
    return Error{"it holds Python objects ('" + shown +
                 "'): expected a plain number type"};
  return Error{"its type '" + shown +
               "' is not supported: expected a boolean, integer or "
               "floating-point type of at most 64 bits"};
}

Result<std::vector<int64_t>> readShape(Scanner &scanner) {
  std::vector<int64_t> shape;
  if (!scanner.take('('))
    return malformed();
  while (!scanner.take(')')) {
    int64_t extent;
    if (!scanner.number(extent) || shape.size() == kMaxDimensions)
      return malformed();
    shape.push_back(extent);
    if (scanner.take(','))
      continue;
    if (!scanner.take(')'))
      return malformed();
    break;
  }
  return shape;
}

} // namespace

Result<NpyPrefix> parseNpyPrefix(const unsigned char *prefix) {
  if (std::memcmp(prefix, "\x93NUMPY", 6) != 0)
    return Error{"it is no npy array: the magic bytes are missing"};
  NpyPrefix parsed;
  parsed.version = prefix[6];
  if (parsed.version < 1 || parsed.version > 3)
    return Error{"its npy version is " + std::to_string(prefix[6]) + "." +
                 std::to_string(prefix[7]) + ": expected 1, 2 or 3"};
  parsed.extra = parsed.version == 1 ? 0 : 2;
  return parsed;
}

Result<NpyHeader> parseNpyHeader(std::string_view text) {
  Scanner scanner(text);
  NpyHeader header;
  bool haveDescr = false, haveOrder = false, haveShape = false;
  bool fortran = false;
  if (!scanner.take('{'))
    return malformed();
  while (!scanner.take('}')) {
    std::string_view key;
    if (!scanner.quoted(key) || !scanner.take(':'))
      return malformed();
    if (key == "descr" && !haveDescr) {
      auto dtype = readDescr(scanner);
      if (!dtype)
        return dtype.error();
      header.dtype = *dtype;
      haveDescr = true;
    } else if (key == "fortran_order" && !haveOrder) {
      fortran = scanner.takeWord("True");
      if (!fortran && !scanner.takeWord("False"))
        return malformed();
      haveOrder = true;
    } else if (key == "shape" && !haveShape) {
      auto shape = readShape(scanner);
      if (!shape)
        return shape.error();
      header.shape = std::move(*shape);
      haveShape = true;
    } else {
      return malformed();
    }
    if (scanner.take(','))
      continue;
    if (!scanner.take('}'))
      return malformed();
    break;
  }
  if (!haveDescr || !haveOrder || !haveShape || !scanner.atEnd())
    return malformed();
  // Order means nothing below two dimensions, and numpy may write either.
  if (fortran && header.shape.size() > 1)
    return Error{"it is in Fortran order: expected C order (save "
                 "numpy.ascontiguousarray(x))"};
  return header;
}

std::string npyHeaderBytes(int32_t dtype, const std::vector<int64_t> &shape) {
  std::string text = std::string("{'descr': '") + npyName(dtype) +
                     "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < shape.size(); ++i) {
    text += (i ? ", " : "") + std::to_string(shape[i]);
    if (shape.size() == 1)
      text += ",";
  }
  text += "), }";
  size_t total = (kNpyPrefixBytes + text.size() + 1 + 63) / 64 * 64;
  text.resize(total - kNpyPrefixBytes - 1, ' ');
  text += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(text.size() & 0xff);
  bytes += static_cast<char>(text.size() >> 8);
  return bytes + text;
}

} // namespace dtc::runtime
