//===- ModuleTree.cpp - The module scopes of a model ----------------------===//
//
// 1. Scopes are inserted part by part into a trie; a hash map from (module,
//    child's name) makes both insertion and literal lookups constant time.
// 2. A plan entry walks the trie with a frontier of modules: a literal part is
//    one lookup per module, a pattern looks at direct children only.
// 3. An entry that matches nothing gets suggestions, from the most to the
//    least certain: similar children where the walk ended; modules whose path
//    ends with the entry; paths at a small edit distance.
//
//===----------------------------------------------------------------------===//

#include "dtc/Plan/ModuleTree.h"

#include "dtc/Plan/Spelling.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace dtc::plan;
using llvm::StringRef;

ModuleTree::ModuleTree() { nodes.emplace_back(); }

std::optional<ModuleTree::Id> ModuleTree::child(Id module,
                                                StringRef name) const {
  auto found = edges.find({module, name});
  if (found == edges.end())
    return std::nullopt;
  return found->second;
}

ModuleTree::Id ModuleTree::addScope(StringRef scope) {
  Id module = kRoot;
  if (scope.empty())
    return module;
  for (StringRef rest = scope;;) {
    size_t dot = rest.find('.');
    StringRef part = rest.take_front(dot);
    std::optional<Id> next = child(module, part);
    if (!next) {
      StringRef name = names.insert(part).first->first();
      next = nodes.size();
      nodes.push_back({name.str(), module, {}});
      nodes[module].children.push_back(*next);
      edges.insert({{module, name}, *next});
    }
    module = *next;
    if (dot == StringRef::npos)
      return module;
    rest = rest.drop_front(dot + 1);
  }
}

ModuleTree::Id ModuleTree::addParameter(StringRef name) {
  parameters.insert(name);
  size_t dot = name.rfind('.');
  return addScope(dot == StringRef::npos ? "" : name.take_front(dot));
}

std::optional<ModuleTree::Id> ModuleTree::find(StringRef path) const {
  Id module = kRoot;
  if (path.empty())
    return module;
  for (StringRef rest = path;;) {
    size_t dot = rest.find('.');
    std::optional<Id> next = child(module, rest.take_front(dot));
    if (!next || dot == StringRef::npos)
      return next;
    module = *next;
    rest = rest.drop_front(dot + 1);
  }
}

std::string ModuleTree::path(Id module) const {
  llvm::SmallVector<StringRef> parts;
  for (Id at = module; at != kRoot; at = nodes[at].parent)
    parts.push_back(nodes[at].name);
  std::string out;
  for (StringRef part : llvm::reverse(parts)) {
    if (part.data() != parts.back().data())
      out += '.';
    out += part;
  }
  return out;
}

/// The children of `modules` whose name matches `part`.
static std::vector<ModuleTree::Id> step(const ModuleTree &tree,
                                        llvm::ArrayRef<ModuleTree::Id> modules,
                                        const Glob &part) {
  std::vector<ModuleTree::Id> next;
  for (ModuleTree::Id module : modules) {
    if (part.isLiteral()) {
      if (std::optional<ModuleTree::Id> id = tree.child(module, part.pattern()))
        next.push_back(*id);
      continue;
    }
    for (ModuleTree::Id id : tree.children(module))
      if (part.matches(tree.name(id)))
        next.push_back(id);
  }
  return next;
}

/// The parts to walk: without the empty last part of "a.".
static llvm::ArrayRef<Glob> walkedParts(const ModuleGlob &glob) {
  llvm::ArrayRef<Glob> parts = glob.parts();
  if (parts.size() > 1 && parts.back().pattern().empty())
    parts = parts.drop_back();
  return parts;
}

std::vector<ModuleTree::Id> ModuleTree::match(const ModuleGlob &glob) const {
  std::vector<Id> frontier = {kRoot};
  for (const Glob &part : walkedParts(glob)) {
    frontier = step(*this, frontier, part);
    if (frontier.empty())
      break;
  }
  return frontier;
}

namespace {
/// Collects up to three module paths for one entry, best first.
class Suggestions {
public:
  Suggestions(const ModuleTree &tree, llvm::ArrayRef<Glob> parts)
      : tree(tree), parts(parts) {}

  std::vector<std::string> collect(StringRef pattern);

private:
  /// Bounds on the work for one entry.
  static constexpr size_t kFrontier = 64, kCompared = 20000, kLongest = 128;
  /// One longer would compare whole names of hundreds of bytes.
  static constexpr size_t kDeepest = 24;

  void parameterOwner(StringRef pattern);
  void similarChildren();
  void sameEnding();
  void similarPaths(StringRef pattern);
  void add(ModuleTree::Id module);
  bool full() const { return best.size() >= 3; }
  bool endsWithParts(ModuleTree::Id module) const;

  const ModuleTree &tree;
  llvm::ArrayRef<Glob> parts;
  std::vector<std::string> best;
};
} // namespace

void Suggestions::add(ModuleTree::Id module) {
  if (full() || module == ModuleTree::kRoot)
    return;
  std::string path = tree.path(module);
  if (!llvm::is_contained(best, path))
    best.push_back(std::move(path));
}

/// "net1.weight" is a parameter; its module is "net1".
void Suggestions::parameterOwner(StringRef pattern) {
  if (!tree.isParameter(pattern))
    return;
  std::optional<ModuleTree::Id> owner =
      tree.find(pattern.take_front(pattern.rfind('.')));
  if (owner && pattern.contains('.'))
    add(*owner);
}

/// Walks as far as the parts match, then looks for a child spelled like the
/// next part below which the other parts match.
void Suggestions::similarChildren() {
  std::vector<ModuleTree::Id> frontier = {ModuleTree::kRoot};
  size_t depth = 0;
  for (; depth < parts.size(); ++depth) {
    std::vector<ModuleTree::Id> next = step(tree, frontier, parts[depth]);
    if (next.empty())
      break;
    frontier = std::move(next);
  }
  if (depth == parts.size() || parts[depth].pattern().size() > kLongest)
    return;
  StringRef word = parts[depth].pattern();
  unsigned limit = editLimit(word);
  std::vector<std::pair<unsigned, ModuleTree::Id>> ranked;
  size_t compared = 0;
  for (ModuleTree::Id module : llvm::ArrayRef(frontier).take_front(kFrontier))
    for (ModuleTree::Id id : tree.children(module)) {
      if (++compared > kCompared || tree.name(id).size() > kLongest)
        continue;
      unsigned distance = word.edit_distance(tree.name(id), true, limit);
      if (distance <= limit && distance < word.size())
        ranked.push_back({distance, id});
    }
  llvm::sort(ranked);
  for (const auto &entry : llvm::ArrayRef(ranked).take_front(kFrontier)) {
    std::vector<ModuleTree::Id> reached = {entry.second};
    for (const Glob &part : parts.drop_front(depth + 1))
      reached = step(tree, reached, part);
    if (!reached.empty())
      add(reached.front());
  }
  if (best.empty())
    for (const auto &entry : llvm::ArrayRef(ranked).take_front(3))
      add(entry.second);
}

bool Suggestions::endsWithParts(ModuleTree::Id module) const {
  for (const Glob &part : llvm::reverse(parts)) {
    if (module == ModuleTree::kRoot || !part.matches(tree.name(module)))
      return false;
    module = tree.parent(module);
  }
  return true;
}

/// "layer.0.query" for "bert.encoder.layer.0.query".
void Suggestions::sameEnding() {
  size_t end = std::min(tree.size(), kCompared);
  for (ModuleTree::Id id = 1; id < end && !full(); ++id)
    if (endsWithParts(id))
      add(id);
}

void Suggestions::similarPaths(StringRef pattern) {
  if (pattern.size() > kLongest || parts.size() > kDeepest)
    return;
  unsigned limit = editLimit(pattern);
  std::vector<std::pair<unsigned, ModuleTree::Id>> ranked;
  size_t end = std::min(tree.size(), kCompared);
  for (ModuleTree::Id id = 1; id < end; ++id) {
    // The length first: paths are only built where they can be close.
    size_t length = tree.name(id).size();
    size_t depth = 1;
    for (ModuleTree::Id at = tree.parent(id);
         at != ModuleTree::kRoot && depth <= kDeepest; at = tree.parent(at)) {
      length += tree.name(at).size() + 1;
      ++depth;
    }
    if (depth > kDeepest || length > pattern.size() + limit ||
        length + limit < pattern.size())
      continue;
    unsigned distance = pattern.edit_distance(tree.path(id), true, limit);
    if (distance <= limit && distance < pattern.size())
      ranked.push_back({distance, id});
  }
  llvm::sort(ranked);
  for (const auto &entry : llvm::ArrayRef(ranked).take_front(3))
    add(entry.second);
}

std::vector<std::string> Suggestions::collect(StringRef pattern) {
  parameterOwner(pattern);
  if (best.empty())
    similarChildren();
  if (!full())
    sameEnding();
  if (best.empty())
    similarPaths(pattern);
  return std::move(best);
}

std::vector<std::string> ModuleTree::suggest(const ModuleGlob &glob) const {
  return Suggestions(*this, walkedParts(glob)).collect(glob.pattern());
}

/// "; did you mean 'a' or …", or what the table holds.
static std::string closestText(llvm::ArrayRef<std::string> names,
                               StringRef noun) {
  if (names.empty())
    return "";
  return ("; the closest " + noun + (names.size() == 1 ? " is " : "s are "))
             .str() +
         quotedList(names);
}

namespace {
/// Suggestions cost a walk over the model; a plan of ten thousand wrong
/// entries gets them for its first ones.
constexpr unsigned kExplained = 20;
} // namespace

std::vector<MatchedEntry> dtc::plan::matchModules(const Plan &plan,
                                                  const ModuleTree &tree,
                                                  DiagnosticList &diagnostics) {
  std::vector<MatchedEntry> matched;
  unsigned unmatched = 0;
  for (const ParallelizeEntry &entry : plan.parallelize) {
    ModuleGlob glob(entry.path);
    matched.push_back({&entry, tree.match(glob)});
    if (!matched.back().modules.empty())
      continue;
    std::vector<std::string> names;
    if (unmatched++ < kExplained)
      names = tree.suggest(glob);
    std::string note = tree.isParameter(entry.path)
                           ? ", it is a parameter's name ('placements' places "
                             "parameters)"
                           : "";
    diagnostics.warning(entry.at, "parallelize entry " + inQuotes(entry.path) +
                                      " matches no module of the model" + note +
                                      closestText(names, "module"));
  }
  return matched;
}

std::vector<MatchedPlacement>
dtc::plan::matchNames(llvm::ArrayRef<PlacementEntry> entries,
                      const NameTable &table, DiagnosticList &diagnostics) {
  std::vector<MatchedPlacement> matched;
  unsigned unmatched = 0;
  for (const PlacementEntry &entry : entries) {
    matched.push_back({&entry, table.match(NameGlob(entry.name))});
    if (!matched.back().names.empty())
      continue;
    std::vector<std::string> names;
    if (unmatched++ < kExplained)
      names = table.suggest(entry.name);
    diagnostics.warning(entry.at, "placements entry " + inQuotes(entry.name) +
                                      " matches no tensor of the model" +
                                      closestText(names, "name"));
  }
  return matched;
}
