//===- YamlTree.h - A small YAML document with locations --------*- C++ -*-===//
//
// The YAML that plan files and training specs use, as a plain tree: scalars,
// lists and mappings with text keys. Every node knows its line and column.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_PLAN_YAMLTREE_H
#define DTC_PLAN_YAMLTREE_H

#include "dtc/Plan/Diagnostic.h"

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace dtc::plan {

struct YamlEntry;

/// One value. A tree is at most `YamlLimits::depth` levels deep.
struct YamlNode {
  enum class Kind {
    /// No value, or the plain word `null`, `Null`, `NULL` or `~`.
    Null,
    Scalar,
    Sequence,
    Mapping,
    /// Already reported (an alias, say): readers pass over it in silence.
    Invalid
  };

  Kind kind = Kind::Null;
  SourcePoint at;
  /// Scalar: the text, without quotes and escapes.
  std::string text;
  /// Sequence.
  std::vector<YamlNode> items;
  /// Mapping: entries in file order; keys are unique.
  std::vector<YamlEntry> entries;
};

struct YamlEntry {
  std::string key;
  SourcePoint keyAt;
  YamlNode value;
};

/// What a file may hold.
struct YamlLimits {
  size_t bytes = size_t(16) << 20;
  size_t nodes = size_t(1) << 20;
  unsigned depth = 32;
};

/// Reads one YAML document. Errors (all reported to `diagnostics`): text over
/// a limit, bytes that are not UTF-8, control characters, YAML syntax, more
/// than one document, anchors, aliases, tags, keys that are not text, and keys
/// given twice. Returns nothing when the document as a whole cannot be read;
/// an empty text is a Null node.
std::optional<YamlNode> parseYaml(llvm::StringRef text,
                                  DiagnosticList &diagnostics,
                                  const YamlLimits &limits = {});

/// Reads a whole file of at most `limits.bytes`; pipes work too. Returns
/// nothing after reporting why.
std::optional<std::string> readTextFile(llvm::StringRef path,
                                        DiagnosticList &diagnostics,
                                        const YamlLimits &limits = {});

} // namespace dtc::plan

#endif // DTC_PLAN_YAMLTREE_H
