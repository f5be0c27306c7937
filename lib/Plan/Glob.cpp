//===- Glob.cpp - Patterns over module paths and names --------------------===//
//
// 1. Patterns become a list of elements over code points; bytes that are not
//    UTF-8 stand for themselves.
// 2. Matching is greedy with one restart point, the last `*`: a later star
//    makes all earlier choices final, so the time is O(pattern * text).
// 3. A table of sorted names narrows a pattern to the names that share its
//    literal prefix.
//
//===----------------------------------------------------------------------===//

#include "dtc/Plan/Glob.h"

#include "dtc/Plan/Spelling.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <numeric>
#include <tuple>

using namespace dtc::plan;
using llvm::StringRef;

namespace {
/// A code point and the bytes it takes.
struct Decoded {
  uint32_t value;
  unsigned length;
};
} // namespace

/// Bytes that are no UTF-8 map above all code points, so that they equal only
/// themselves.
static Decoded decode(StringRef text) {
  unsigned char first = text.front();
  if (first < 0x80)
    return {first, 1};
  unsigned length = first >= 0xF0 && first < 0xF8 ? 4
                    : first >= 0xE0               ? 3
                    : first >= 0xC0               ? 2
                                                  : 0;
  Decoded byte{0x110000u + first, 1};
  if (length == 0 || first >= 0xF8 || text.size() < length)
    return byte;
  uint32_t value = first & (0x7F >> length);
  for (unsigned i = 1; i < length; ++i) {
    unsigned char next = text[i];
    if ((next & 0xC0) != 0x80)
      return byte;
    value = value << 6 | (next & 0x3F);
  }
  return {value, length};
}

bool Glob::Element::accepts(uint32_t c) const {
  switch (kind) {
  case Kind::Character:
    return c == character;
  case Kind::AnyOne:
    return true;
  case Kind::AnyRun:
    return false;
  case Kind::OneOf:
  case Kind::NoneOf:
    break;
  }
  bool inside = llvm::any_of(ranges, [&](const Range &range) {
    return c >= range.first && c <= range.second;
  });
  return inside == (kind == Kind::OneOf);
}

/// `body` is what stands between the brackets. "a-z" is a range; a '-' at
/// either end is itself; an empty range ("z-a") holds nothing.
void Glob::addBracket(llvm::ArrayRef<uint32_t> body) {
  Element element{Element::Kind::OneOf, 0, {}};
  if (!body.empty() && body.front() == '!') {
    element.kind = Element::Kind::NoneOf;
    body = body.drop_front();
  }
  for (size_t i = 0; i < body.size(); ++i) {
    if (i + 2 < body.size() && body[i + 1] == '-') {
      if (body[i] <= body[i + 2])
        element.ranges.push_back({body[i], body[i + 2]});
      i += 2;
      continue;
    }
    element.ranges.push_back({body[i], body[i]});
  }
  elements.push_back(std::move(element));
}

Glob::Glob(StringRef pattern) : text(pattern.str()) {
  std::vector<uint32_t> points;
  for (StringRef rest = pattern; !rest.empty();) {
    Decoded next = decode(rest);
    points.push_back(next.value);
    rest = rest.drop_front(next.length);
  }
  size_t special = pattern.find_first_of("*?[");
  prefix = pattern.take_front(special).str();

  // The last ']' decides whether a '[' can be closed at all; without this a
  // pattern of brackets would be scanned once per bracket.
  auto lastClose = std::find(points.rbegin(), points.rend(), ']').base();
  for (size_t i = 0; i < points.size(); ++i) {
    uint32_t c = points[i];
    if (c == '*') {
      if (elements.empty() || elements.back().kind != Element::Kind::AnyRun)
        elements.push_back({Element::Kind::AnyRun, 0, {}});
      literal = false;
      continue;
    }
    if (c == '?') {
      elements.push_back({Element::Kind::AnyOne, 0, {}});
      literal = false;
      continue;
    }
    if (c == '[') {
      // A ']' right behind '[' or '[!' is a member, not the end.
      size_t from = i + 1;
      if (from < points.size() && points[from] == '!')
        ++from;
      if (from < points.size() && points[from] == ']')
        ++from;
      auto begin = points.begin();
      auto close = from < size_t(lastClose - begin)
                       ? std::find(begin + from, lastClose, ']')
                       : lastClose;
      if (close != lastClose) {
        size_t end = close - begin;
        addBracket(llvm::ArrayRef(points).slice(i + 1, end - i - 1));
        literal = false;
        i = end;
        continue;
      }
    }
    elements.push_back({Element::Kind::Character, c, {}});
  }
  if (literal)
    prefix = text;
}

bool Glob::matches(StringRef name) const {
  if (literal)
    return name == text;
  if (!name.starts_with(prefix))
    return false;
  size_t element = 0;
  std::optional<size_t> star;
  StringRef rest = name, restart;
  while (!rest.empty()) {
    if (element < elements.size() &&
        elements[element].kind == Element::Kind::AnyRun) {
      star = ++element;
      restart = rest;
      continue;
    }
    Decoded next = decode(rest);
    if (element < elements.size() && elements[element].accepts(next.value)) {
      ++element;
      rest = rest.drop_front(next.length);
      continue;
    }
    if (!star)
      return false;
    element = *star;
    restart = restart.drop_front(decode(restart).length);
    rest = restart;
  }
  while (element < elements.size() &&
         elements[element].kind == Element::Kind::AnyRun)
    ++element;
  return element == elements.size();
}

ModuleGlob::ModuleGlob(StringRef path) : text(path.str()) {
  if (path.empty())
    return;
  llvm::SmallVector<StringRef> parts;
  path.split(parts, '.');
  for (StringRef part : parts)
    globs.emplace_back(part);
}

NameTable::NameTable(std::vector<std::string> names) : all(std::move(names)) {
  sorted.resize(all.size());
  std::iota(sorted.begin(), sorted.end(), 0u);
  llvm::sort(sorted, [&](unsigned a, unsigned b) {
    return std::tie(all[a], a) < std::tie(all[b], b);
  });
}

std::vector<unsigned> NameTable::match(const NameGlob &glob) const {
  StringRef prefix = glob.literalPrefix();
  auto first = llvm::lower_bound(sorted, prefix, [&](unsigned i, StringRef p) {
    return StringRef(all[i]) < p;
  });
  std::vector<unsigned> found;
  for (auto it = first; it != sorted.end(); ++it) {
    StringRef name = all[*it];
    if (!name.starts_with(prefix))
      break;
    if (glob.matches(name))
      found.push_back(*it);
    else if (glob.isLiteral())
      break;
  }
  llvm::sort(found);
  return found;
}

std::vector<std::string> NameTable::suggest(StringRef pattern) const {
  constexpr size_t kLongest = 128, kCompared = 20000;
  if (pattern.size() > kLongest)
    return {};
  std::vector<std::pair<unsigned, StringRef>> ranked;
  unsigned limit = editLimit(pattern);
  for (StringRef name : llvm::ArrayRef(all).take_front(kCompared)) {
    size_t difference = name.size() > pattern.size()
                            ? name.size() - pattern.size()
                            : pattern.size() - name.size();
    // "weight" for "layer.weight": the end of a dotted name is close too.
    bool ends = pattern.size() >= 3 && name.ends_with(pattern) &&
                name.drop_back(pattern.size()).ends_with(".");
    if (ends)
      ranked.push_back({0, name});
    else if (difference <= limit) {
      unsigned distance = pattern.edit_distance(name, true, limit);
      if (distance <= limit && distance < pattern.size())
        ranked.push_back({distance, name});
    }
  }
  llvm::sort(ranked);
  std::vector<std::string> best;
  for (const auto &entry : ranked) {
    if (best.size() == 3)
      break;
    if (!llvm::is_contained(best, entry.second))
      best.push_back(entry.second.str());
  }
  return best;
}
