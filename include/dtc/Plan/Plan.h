//===- Plan.h - Parallel plan files -----------------------------*- C++ -*-===//
//
// A parallel plan: which modules get which style, which tensors which
// placement, how the caller holds inputs and outputs. `docs/plans.md` is the
// user's guide. Everything keeps its place in the file for later messages.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_PLAN_PLAN_H
#define DTC_PLAN_PLAN_H

#include "dtc/Plan/Diagnostic.h"
#include "dtc/Plan/PlacementWord.h"

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace dtc::plan {

/// The parallel styles of torch.distributed.tensor.parallel.
enum class StyleKind {
  Colwise,
  Rowwise,
  Sequence,
  PrepareModuleInput,
  PrepareModuleOutput,
  PrepareModuleInputOutput
};

/// "colwise", …: the word of the plan file.
llvm::StringRef stringify(StyleKind kind);

/// The layout of one module input or output; without `spec` (`null` in the
/// file) the value is left as it is.
struct Layout {
  std::optional<PlacementSpec> spec;
  SourcePoint at;
};

/// Layouts of a module's positional inputs or outputs, in order. For
/// `colwise` and `rowwise` exactly one, that of the first input or output.
struct LayoutList {
  std::vector<Layout> layouts;
  SourcePoint at;
};

/// The layout of an input passed by name.
struct NamedLayout {
  std::string name;
  SourcePoint nameAt;
  Layout layout;
};

struct NamedLayoutList {
  std::vector<NamedLayout> layouts;
  SourcePoint at;

  /// The layout of that name, or null.
  const Layout *find(llvm::StringRef name) const;
};

/// A style with the optional keys of the torch class; an absent key means that
/// class's default.
struct Style {
  StyleKind kind = StyleKind::Colwise;
  SourcePoint at;
  /// The mesh axis that a single placement word means; default `tp`, or the
  /// only axis.
  std::optional<std::string> axis;
  SourcePoint axisAt;
  std::optional<LayoutList> inputLayouts;
  std::optional<LayoutList> desiredInputLayouts;
  std::optional<LayoutList> outputLayouts;
  std::optional<LayoutList> desiredOutputLayouts;
  std::optional<NamedLayoutList> inputKwargLayouts;
  std::optional<NamedLayoutList> desiredInputKwargLayouts;
  std::optional<bool> useLocalInput;
  std::optional<bool> useLocalOutput;
  std::optional<int64_t> sequenceDim;

  /// `use_local_output`, by default true for `colwise`, `rowwise` and the two
  /// styles that prepare outputs, false otherwise.
  bool localOutput() const;
  /// `sequence_dim`, by default 1.
  int64_t sequenceDimension() const { return sequenceDim.value_or(1); }
};

/// `module path: style`.
struct ParallelizeEntry {
  /// A glob per dotted part (see ModuleGlob); "" is the root.
  std::string path;
  SourcePoint at;
  Style style;
};

/// `name: placement` of `placements` and `inputs`.
struct PlacementEntry {
  /// A glob over whole names (see NameGlob).
  std::string name;
  SourcePoint at;
  PlacementSpec placement;
};

/// `name: placement` of `outputs`; without `placement` (`as_is`) the output
/// keeps what propagation chose.
struct OutputEntry {
  std::string name;
  SourcePoint at;
  std::optional<PlacementSpec> placement;
};

/// How the ranks along a mesh axis are connected, for the cost model.
enum class LinkKind { Cpu, Ethernet, Nvlink, Custom };

struct AxisLink {
  std::string axis;
  SourcePoint at;
  LinkKind kind = LinkKind::Cpu;
  /// Custom only: microseconds, and 10^9 bytes a second.
  double latencyUs = 0;
  double bandwidthGbS = 0;
};

/// How propagation chooses among an operation's strategies.
enum class Policy {
  /// The cheapest local choice, op by op.
  Eager,
  /// A global search.
  Optimal
};

/// The axes of a `mesh` key. `--mesh` wins over it.
struct MeshEntry {
  Mesh mesh;
  SourcePoint at;
};

struct Plan {
  std::optional<MeshEntry> mesh;
  /// In file order: later entries are applied after earlier ones.
  std::vector<ParallelizeEntry> parallelize;
  std::vector<PlacementEntry> placements;
  std::vector<PlacementEntry> inputs;
  std::vector<OutputEntry> outputs;
  std::vector<AxisLink> topology;
  Policy policy = Policy::Eager;
  SourcePoint policyAt;

  /// True when the plan asks for no placement at all.
  bool asksForNothing() const {
    return parallelize.empty() && placements.empty() && inputs.empty() &&
           outputs.empty();
  }
};

/// A plan and everything there is to say about its file. The plan holds what
/// could be read; use it only when `diagnostics` has no errors.
struct ParsedPlan {
  Plan plan;
  DiagnosticList diagnostics;
};

/// Parses the text of a plan file; `fileName` is used in messages only.
/// Accepts any bytes. An empty plan is a warning.
ParsedPlan parsePlan(llvm::StringRef text, llvm::StringRef fileName);

/// Reads and parses a plan file of at most 16 MiB.
ParsedPlan parsePlanFile(llvm::StringRef path);

} // namespace dtc::plan

#endif // DTC_PLAN_PLAN_H
