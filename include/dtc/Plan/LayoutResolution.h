//===- LayoutResolution.h - Placements bound to a mesh ----------*- C++ -*-===//
//
// From placements as written to one word per mesh axis, and from those to
// placements of a tensor of known rank.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_PLAN_LAYOUTRESOLUTION_H
#define DTC_PLAN_LAYOUTRESOLUTION_H

#include "dtc/Plan/Plan.h"

namespace dtc::plan {

/// The axis that a single word means: `named` when the style names one, else
/// `tp`, else the only axis. Reports an unknown axis, or a mesh that leaves
/// the choice open, at `at`; returns nothing then.
std::optional<unsigned> wordAxis(const std::optional<std::string> &named,
                                 const Mesh &mesh, SourcePoint at,
                                 DiagnosticList &diagnostics);

/// One word per mesh axis: a single word stands on `wordAxis`, all other axes
/// replicate; a list must have one word per axis. Reports errors at `spec.at`;
/// an unknown axis name (`axis` of a style) at `axisAt`.
std::optional<PlacementWords> resolveSpec(const PlacementSpec &spec,
                                          const Mesh &mesh,
                                          DiagnosticList &diagnostics);
std::optional<PlacementWords> resolveSpec(const PlacementSpec &spec,
                                          const Mesh &mesh, const Style &style,
                                          DiagnosticList &diagnostics);

/// Placements of a tensor of that rank: negative dimensions count from the
/// back. A dimension out of range is reported at its word; `value` names the
/// tensor in the message.
std::optional<Placements> resolveDims(llvm::ArrayRef<PlacementWord> words,
                                      int64_t rank, llvm::StringRef value,
                                      DiagnosticList &diagnostics);

/// Reports all that is wrong with a plan on this mesh: lists of the wrong
/// length, unknown axes in styles and in `topology`, single words whose axis
/// is open. True when nothing is.
bool checkPlanOnMesh(const Plan &plan, const Mesh &mesh,
                     DiagnosticList &diagnostics);

} // namespace dtc::plan

#endif // DTC_PLAN_LAYOUTRESOLUTION_H
