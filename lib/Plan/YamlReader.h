//===- YamlReader.h - Typed values out of a YAML tree -----------*- C++ -*-===//
//
// Readers that either return the value or report "expected X, got Y" at the
// node. Nodes that were already reported (Invalid) fail in silence.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_PLAN_YAMLREADER_H
#define DTC_LIB_PLAN_YAMLREADER_H

#include "dtc/Plan/YamlTree.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace dtc::plan {

/// A key of a mapping and what to do with its value.
struct YamlField {
  llvm::StringRef key;
  llvm::function_ref<void(const YamlEntry &)> read;
};

/// Bounds of an integer, both included.
struct IntegerRange {
  int64_t min = INT64_MIN;
  int64_t max = INT64_MAX;
};

class YamlReader {
public:
  explicit YamlReader(DiagnosticList &diagnostics) : diags(diagnostics) {}

  DiagnosticList &diagnostics() { return diags; }

  /// "nothing", "'text'", "a list", "a mapping".
  static std::string describe(const YamlNode &node);

  /// Reports "expected `what`, got …" unless the node was reported before.
  void mismatch(const YamlNode &node, const llvm::Twine &what);

  /// The text of a scalar.
  std::optional<llvm::StringRef> scalar(const YamlNode &node,
                                        const llvm::Twine &what);
  std::optional<int64_t> integer(const YamlNode &node, const llvm::Twine &what,
                                 IntegerRange range = {});
  /// A finite number.
  std::optional<double> number(const YamlNode &node, const llvm::Twine &what);
  std::optional<bool> boolean(const YamlNode &node, const llvm::Twine &what);

  /// One of `words`; returns its index. Reports "unknown `what` 'x', expected
  /// one of …; did you mean …?".
  std::optional<size_t> choice(const YamlNode &node, llvm::StringRef what,
                               llvm::ArrayRef<llvm::StringRef> words);

  /// Calls the reader of each key present, in file order; unknown keys are
  /// errors: "unknown key 'x' in `what`, expected one of …". False when the
  /// node is no mapping.
  bool fields(const YamlNode &node, const llvm::Twine &what,
              llvm::ArrayRef<YamlField> known);

  /// The entries of a mapping with free keys; empty after an error, and for a
  /// Null node.
  llvm::ArrayRef<YamlEntry> entries(const YamlNode &node,
                                    const llvm::Twine &what);
  /// Likewise the items of a list.
  llvm::ArrayRef<YamlNode> items(const YamlNode &node, const llvm::Twine &what);

private:
  DiagnosticList &diags;
};

} // namespace dtc::plan

#endif // DTC_LIB_PLAN_YAMLREADER_H
