//===- ParallelStyles.h - What a plan's styles ask of a module --*- C++ -*-===//

#ifndef DTC_LIB_TRANSFORMS_PARALLELSTYLES_H
#define DTC_LIB_TRANSFORMS_PARALLELSTYLES_H

#include "ModuleBoundaries.h"
#include "dtc/Plan/LayoutResolution.h"

namespace dtc {

/// Applies one `parallelize` entry to one module: layouts on its parameters,
/// constraints at its boundary. Problems go to `diagnostics` at the entry.
class StyleApplication {
public:
  StyleApplication(ModuleBoundaries &boundaries, MeshAttr mesh,
                   plan::DiagnosticList &diagnostics)
      : boundaries(boundaries), meshAttr(mesh), mesh(mesh.getMesh()),
        diagnostics(diagnostics) {}

  void apply(const plan::ParallelizeEntry &entry, ModuleBoundaries::Id module);

private:
  using Id = ModuleBoundaries::Id;
  enum class Boundary { Input, Output };

  void applyColwise(const plan::ParallelizeEntry &entry, Id module);
  void applyRowwise(const plan::ParallelizeEntry &entry, Id module);
  void applySequence(const plan::ParallelizeEntry &entry, Id module);
  void prepare(const plan::ParallelizeEntry &entry, Id module, Boundary side);

  /// Says that the module is no linear layer or embedding.
  void refuseModule(const plan::ParallelizeEntry &entry, Id module);

  /// Constrains the module's first input (or output) to one word on the
  /// style's axis, or to the entry's first layout when it gives one.
  void constrainFirst(const plan::ParallelizeEntry &entry, Id module,
                      Boundary side,
                      const std::optional<plan::LayoutList> &given,
                      plan::PlacementWord word);
  /// Constrains the last dimension of a linear map's operand or result to be
  /// split.
  void constrainFeatures(const plan::ParallelizeEntry &entry, Id module,
                         Boundary side, mlir::Operation *linear);
  mlir::Value constrain(const plan::ParallelizeEntry &entry, Id module,
                        Boundary side, mlir::Value value,
                        const plan::PlacementSpec &spec);
  void shardParameter(const plan::ParallelizeEntry &entry,
                      ParameterOp parameter, std::optional<int64_t> dim);

  ModuleBoundaries &boundaries;
  MeshAttr meshAttr;
  ::dtc::Mesh mesh;
  plan::DiagnosticList &diagnostics;
};

} // namespace dtc

#endif // DTC_LIB_TRANSFORMS_PARALLELSTYLES_H
