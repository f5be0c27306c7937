//===- LayoutResolution.cpp - Placements bound to a mesh ------------------===//
//
// 1. A list is taken word by word, one per mesh axis.
// 2. A single word stands on one axis: the style's, else `tp`, else the only
//    one. All other axes replicate.
// 3. With the rank of the tensor, negative dimensions are counted from the
//    back and all are checked.
//
//===----------------------------------------------------------------------===//

#include "dtc/Plan/LayoutResolution.h"

#include "dtc/Plan/Spelling.h"

using namespace dtc;
using namespace dtc::plan;
using llvm::StringRef;

static llvm::SmallVector<StringRef> axisNames(const Mesh &mesh) {
  llvm::SmallVector<StringRef> names;
  for (const MeshAxis &axis : mesh.axes)
    names.push_back(axis.name);
  return names;
}

/// The index of a named axis; reports one the mesh does not have.
static std::optional<unsigned> findAxis(StringRef name, const Mesh &mesh,
                                        SourcePoint at,
                                        DiagnosticList &diagnostics) {
  llvm::SmallVector<StringRef> names = axisNames(mesh);
  for (unsigned i = 0; i < names.size(); ++i)
    if (names[i] == name)
      return i;
  diagnostics.error(at, "unknown mesh axis " + inQuotes(name) +
                            ", expected one of " + joined(names) +
                            didYouMean(name, names));
  return std::nullopt;
}

std::optional<unsigned>
dtc::plan::wordAxis(const std::optional<std::string> &named, const Mesh &mesh,
                    SourcePoint at, DiagnosticList &diagnostics) {
  if (named)
    return findAxis(*named, mesh, at, diagnostics);
  for (unsigned i = 0; i < mesh.axes.size(); ++i)
    if (mesh.axes[i].name == "tp")
      return i;
  if (mesh.axes.size() == 1)
    return 0;
  diagnostics.error(at, "a single placement needs a mesh axis 'tp' or a mesh "
                        "of one axis, got the axes " +
                            joined(axisNames(mesh)) +
                            "; write a list with one placement per axis");
  return std::nullopt;
}

namespace {
/// The axis a style names, and where.
struct NamedAxis {
  std::optional<std::string> name;
  SourcePoint at;
};
} // namespace

static std::optional<PlacementWords> resolve(const PlacementSpec &spec,
                                             const Mesh &mesh,
                                             const NamedAxis &named,
                                             DiagnosticList &diagnostics) {
  if (spec.form == PlacementSpec::Form::List) {
    if (spec.words.size() == mesh.axes.size())
      return spec.words;
    diagnostics.error(spec.at, "expected one placement per mesh axis (" +
                                   joined(axisNames(mesh)) + "), got " +
                                   llvm::Twine(spec.words.size()) + " in " +
                                   inQuotes(spec.str()));
    return std::nullopt;
  }
  SourcePoint at = named.name ? named.at : spec.at;
  std::optional<unsigned> axis = wordAxis(named.name, mesh, at, diagnostics);
  if (!axis)
    return std::nullopt;
  PlacementWords words(mesh.axes.size());
  for (PlacementWord &word : words)
    word.at = spec.at;
  words[*axis] = spec.words.front();
  return words;
}

std::optional<PlacementWords>
dtc::plan::resolveSpec(const PlacementSpec &spec, const Mesh &mesh,
                       DiagnosticList &diagnostics) {
  return resolve(spec, mesh, {}, diagnostics);
}

std::optional<PlacementWords>
dtc::plan::resolveSpec(const PlacementSpec &spec, const Mesh &mesh,
                       const Style &style, DiagnosticList &diagnostics) {
  return resolve(spec, mesh, {style.axis, style.axisAt}, diagnostics);
}

std::optional<Placements>
dtc::plan::resolveDims(llvm::ArrayRef<PlacementWord> words, int64_t rank,
                       StringRef value, DiagnosticList &diagnostics) {
  Placements placements;
  bool valid = true;
  for (const PlacementWord &word : words) {
    switch (word.kind) {
    case PlacementWord::Kind::Replicate:
      placements.push_back(Placement::replicate());
      continue;
    case PlacementWord::Kind::Partial:
      placements.push_back(Placement::partial(word.reduce));
      continue;
    case PlacementWord::Kind::Shard:
      break;
    }
    if (word.dim >= -rank && word.dim < rank) {
      placements.push_back(
          Placement::shard(word.dim < 0 ? word.dim + rank : word.dim));
      continue;
    }
    valid = false;
    std::string expected = rank <= 0 ? "expected replicate or partial"
                                     : "expected a dimension from " +
                                           std::to_string(-rank) + " to " +
                                           std::to_string(rank - 1);
    diagnostics.error(word.at, inQuotes(word.str()) + " is out of range for " +
                                   inQuotes(value) + " of rank " +
                                   llvm::Twine(rank) + ", " + expected);
  }
  if (!valid)
    return std::nullopt;
  return placements;
}

/// Resolves every layout of a style for the messages alone.
static void checkStyle(const Style &style, const Mesh &mesh,
                       DiagnosticList &diagnostics) {
  // A style works on an axis even when it names no layout. Say so once, not
  // once per layout.
  SourcePoint at = style.axis ? style.axisAt : style.at;
  if (!wordAxis(style.axis, mesh, at, diagnostics))
    return;
  auto check = [&](const Layout &layout) {
    if (layout.spec)
      resolveSpec(*layout.spec, mesh, style, diagnostics);
  };
  for (const auto *list : {&style.inputLayouts, &style.desiredInputLayouts,
                           &style.outputLayouts, &style.desiredOutputLayouts})
    if (*list)
      for (const Layout &layout : (*list)->layouts)
        check(layout);
  for (const auto *list :
       {&style.inputKwargLayouts, &style.desiredInputKwargLayouts})
    if (*list)
      for (const NamedLayout &named : (*list)->layouts)
        check(named.layout);
}

bool dtc::plan::checkPlanOnMesh(const Plan &plan, const Mesh &mesh,
                                DiagnosticList &diagnostics) {
  DiagnosticList found(diagnostics.file());
  for (const ParallelizeEntry &entry : plan.parallelize)
    checkStyle(entry.style, mesh, found);
  for (const auto *entries : {&plan.placements, &plan.inputs})
    for (const PlacementEntry &entry : *entries)
      resolveSpec(entry.placement, mesh, found);
  for (const OutputEntry &entry : plan.outputs)
    if (entry.placement)
      resolveSpec(*entry.placement, mesh, found);
  for (const AxisLink &link : plan.topology)
    findAxis(link.axis, mesh, link.at, found);
  found.sort();
  for (const Diagnostic &diagnostic : found.all())
    diagnostics.error(diagnostic.at, diagnostic.message);
  return !found.hasErrors();
}
