//===- Glob.h - Patterns over module paths and names ------------*- C++ -*-===//
//
// Python's fnmatch: `*` any run, `?` any one character, `[seq]` one of,
// `[!seq]` none of; an unclosed `[` is itself. Characters are code points.
// Matching is case sensitive and never exponential.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_PLAN_GLOB_H
#define DTC_PLAN_GLOB_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace dtc::plan {

/// One compiled fnmatch pattern.
class Glob {
public:
  explicit Glob(llvm::StringRef pattern);

  /// True when the pattern matches all of `text`. Time O(pattern * text).
  bool matches(llvm::StringRef text) const;

  /// True when the pattern has no `*`, `?` or `[…]`: it matches `pattern()`
  /// alone.
  bool isLiteral() const { return literal; }
  /// The text before the first special character.
  llvm::StringRef literalPrefix() const { return prefix; }
  llvm::StringRef pattern() const { return text; }

private:
  using Range = std::pair<uint32_t, uint32_t>;
  struct Element {
    enum class Kind { Character, AnyOne, AnyRun, OneOf, NoneOf };
    Kind kind;
    uint32_t character = 0;
    std::vector<Range> ranges;

    bool accepts(uint32_t c) const;
  };

  void addBracket(llvm::ArrayRef<uint32_t> body);

  std::string text;
  std::string prefix;
  std::vector<Element> elements;
  bool literal = true;
};

/// A module path of a plan: one Glob per dotted part, matched level by level
/// against the names of direct children. "" is the root.
class ModuleGlob {
public:
  explicit ModuleGlob(llvm::StringRef path);

  llvm::ArrayRef<Glob> parts() const { return globs; }
  llvm::StringRef pattern() const { return text; }

private:
  std::string text;
  std::vector<Glob> globs;
};

/// A glob over whole names: `*` crosses dots.
using NameGlob = Glob;

/// Names with a fast way to find those a glob matches.
class NameTable {
public:
  /// `names` may hold duplicates; indices refer to this order.
  explicit NameTable(std::vector<std::string> names);

  /// Indices of the names that match, ascending.
  std::vector<unsigned> match(const NameGlob &glob) const;
  /// Up to three names that a pattern which matches nothing may have meant,
  /// best first.
  std::vector<std::string> suggest(llvm::StringRef pattern) const;

  llvm::ArrayRef<std::string> names() const { return all; }

private:
  std::vector<std::string> all;
  /// Indices into `all`, ordered by name.
  std::vector<unsigned> sorted;
};

} // namespace dtc::plan

#endif // DTC_PLAN_GLOB_H
