//===- YamlReader.cpp - Typed values out of a YAML tree -------------------===//

#include "YamlReader.h"

#include "dtc/Plan/Spelling.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace dtc::plan;
using llvm::StringRef;
using llvm::Twine;
using Kind = YamlNode::Kind;

std::string YamlReader::describe(const YamlNode &node) {
  switch (node.kind) {
  case Kind::Scalar:
    return inQuotes(node.text);
  case Kind::Sequence:
    return "a list";
  case Kind::Mapping:
    return "a mapping";
  case Kind::Null:
  case Kind::Invalid:
    break;
  }
  return "nothing";
}

void YamlReader::mismatch(const YamlNode &node, const Twine &what) {
  if (node.kind != Kind::Invalid)
    diags.error(node.at, "expected " + what + ", got " + describe(node));
}

std::optional<StringRef> YamlReader::scalar(const YamlNode &node,
                                            const Twine &what) {
  if (node.kind == Kind::Scalar)
    return StringRef(node.text);
  mismatch(node, what);
  return std::nullopt;
}

std::optional<int64_t> YamlReader::integer(const YamlNode &node,
                                           const Twine &what,
                                           IntegerRange range) {
  std::optional<StringRef> text = scalar(node, what);
  if (!text)
    return std::nullopt;
  int64_t value = 0;
  StringRef digits = *text;
  digits.consume_front("-");
  bool isNumber = !digits.empty() && llvm::all_of(digits, [](char c) {
    return c >= '0' && c <= '9';
  });
  if (!isNumber) {
    mismatch(node, what);
    return std::nullopt;
  }
  if (!text->getAsInteger(10, value) && value >= range.min &&
      value <= range.max)
    return value;
  std::string bounds = " that fits in 64 bits";
  if (range.min != INT64_MIN || range.max != INT64_MAX)
    bounds = " from " + std::to_string(range.min) + " to " +
             std::to_string(range.max);
  mismatch(node, what + bounds);
  return std::nullopt;
}

std::optional<double> YamlReader::number(const YamlNode &node,
                                         const Twine &what) {
  std::optional<StringRef> text = scalar(node, what);
  if (!text)
    return std::nullopt;
  // No hexadecimal floats, no "inf", no "nan"; nothing absurdly long.
  bool decimal =
      text->size() <= 64 && llvm::all_of(*text, [](char c) {
        return (c >= '0' && c <= '9') || StringRef("+-.eE").contains(c);
      });
  double value = 0;
  if (decimal && !text->getAsDouble(value) && std::isfinite(value))
    return value;
  mismatch(node, what);
  return std::nullopt;
}

std::optional<bool> YamlReader::boolean(const YamlNode &node,
                                        const Twine &what) {
  if (node.kind == Kind::Scalar) {
    StringRef text = node.text;
    if (text == "true" || text == "True" || text == "TRUE")
      return true;
    if (text == "false" || text == "False" || text == "FALSE")
      return false;
  }
  mismatch(node, "true or false for " + what);
  return std::nullopt;
}

std::optional<size_t> YamlReader::choice(const YamlNode &node, StringRef what,
                                         llvm::ArrayRef<StringRef> words) {
  std::optional<StringRef> text =
      scalar(node, "a " + what + ", one of " + joined(words));
  if (!text)
    return std::nullopt;
  const StringRef *found = llvm::find(words, *text);
  if (found != words.end())
    return found - words.begin();
  diags.error(node.at, "unknown " + what + " " + inQuotes(*text) +
                           ", expected one of " + joined(words) +
                           didYouMean(*text, words));
  return std::nullopt;
}

bool YamlReader::fields(const YamlNode &node, const Twine &what,
                        llvm::ArrayRef<YamlField> known) {
  if (node.kind != Kind::Mapping) {
    mismatch(node, "a mapping for " + what);
    return false;
  }
  for (const YamlEntry &entry : node.entries) {
    auto *field = llvm::find_if(
        known, [&](const YamlField &f) { return f.key == entry.key; });
    if (field != known.end()) {
      field->read(entry);
      continue;
    }
    llvm::SmallVector<StringRef> keys;
    for (const YamlField &f : known)
      keys.push_back(f.key);
    diags.error(entry.keyAt, "unknown key " + inQuotes(entry.key) + " in " +
                                 what + ", expected one of " + joined(keys) +
                                 didYouMean(entry.key, keys));
  }
  return true;
}

llvm::ArrayRef<YamlEntry> YamlReader::entries(const YamlNode &node,
                                              const Twine &what) {
  if (node.kind == Kind::Mapping)
    return node.entries;
  if (node.kind != Kind::Null)
    mismatch(node, "a mapping for " + what);
  return {};
}

llvm::ArrayRef<YamlNode> YamlReader::items(const YamlNode &node,
                                           const Twine &what) {
  if (node.kind == Kind::Sequence)
    return node.items;
  if (node.kind != Kind::Null)
    mismatch(node, "a list for " + what);
  return {};
}
