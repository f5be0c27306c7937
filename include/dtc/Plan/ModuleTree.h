//===- ModuleTree.h - The module scopes of a model --------------*- C++ -*-===//
//
// A trie of dotted scopes ("encoder.layer.0.query"), and plan entries matched
// against it exactly as torch's parallelize_module walks direct children.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_PLAN_MODULETREE_H
#define DTC_PLAN_MODULETREE_H

#include "dtc/Plan/Glob.h"
#include "dtc/Plan/Plan.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringSet.h"

#include <string>
#include <vector>

namespace dtc::plan {

/// The modules known from scope strings and parameter names; all prefixes of a
/// scope exist as modules. Module 0 is the root, "". Memory is linear in the
/// text added.
class ModuleTree {
public:
  using Id = unsigned;
  static constexpr Id kRoot = 0;

  ModuleTree();
  ModuleTree(const ModuleTree &) = delete;
  ModuleTree &operator=(const ModuleTree &) = delete;

  /// Adds a module and all its parents; returns it. "" is the root.
  Id addScope(llvm::StringRef scope);
  /// Adds the module that owns a parameter: "net1.weight" belongs to "net1",
  /// "weight" to the root.
  Id addParameter(llvm::StringRef name);

  size_t size() const { return nodes.size(); }
  /// The module of that path, if there is one.
  std::optional<Id> find(llvm::StringRef path) const;
  /// "encoder.layer.0"; "" for the root.
  std::string path(Id module) const;
  llvm::StringRef name(Id module) const { return nodes[module].name; }
  Id parent(Id module) const { return nodes[module].parent; }
  llvm::ArrayRef<Id> children(Id module) const {
    return nodes[module].children;
  }
  std::optional<Id> child(Id module, llvm::StringRef name) const;
  bool isParameter(llvm::StringRef name) const {
    return parameters.contains(name);
  }

  /// All modules a path matches: part by part against direct children; every
  /// match goes on. A last part that is empty ("a.") means the module itself.
  std::vector<Id> match(const ModuleGlob &glob) const;

  /// Up to three module paths that a pattern which matches nothing may have
  /// meant, best first: a child with a similar name where the walk ended, a
  /// module whose path ends with the pattern, a path that looks like it.
  std::vector<std::string> suggest(const ModuleGlob &glob) const;

private:
  struct Node {
    std::string name;
    Id parent = kRoot;
    std::vector<Id> children;
  };

  std::vector<Node> nodes;
  /// (module, child's name) -> child; names live in `names`.
  llvm::DenseMap<std::pair<Id, llvm::StringRef>, Id> edges;
  llvm::StringSet<> names;
  llvm::StringSet<> parameters;
};

/// A `parallelize` entry and the modules it applies to.
struct MatchedEntry {
  const ParallelizeEntry *entry = nullptr;
  std::vector<ModuleTree::Id> modules;
};

/// Matches every `parallelize` entry, in file order. An entry that matches
/// nothing is a warning with the closest module names (for the first 20 such
/// entries). The result points into `plan`.
std::vector<MatchedEntry> matchModules(const Plan &plan, const ModuleTree &tree,
                                       DiagnosticList &diagnostics);

/// A `placements` entry and the tensors it applies to, by index in the table.
struct MatchedPlacement {
  const PlacementEntry *entry = nullptr;
  std::vector<unsigned> names;
};

/// Matches every `placements` entry against whole tensor names, with the same
/// warnings. Where several entries match a name, the last one in the file
/// wins; that is the caller's to apply.
std::vector<MatchedPlacement> matchNames(llvm::ArrayRef<PlacementEntry> entries,
                                         const NameTable &table,
                                         DiagnosticList &diagnostics);

} // namespace dtc::plan

#endif // DTC_PLAN_MODULETREE_H
