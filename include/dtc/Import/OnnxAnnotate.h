//===- OnnxAnnotate.h - ONNX files with placements written in ---*- C++ -*-===//

#ifndef DTC_IMPORT_ONNXANNOTATE_H
#define DTC_IMPORT_ONNXANNOTATE_H

#include "dtc/Sharding/Placement.h"

#include "llvm/Support/Error.h"

#include <map>

namespace dtc {

/// Keys of a model's metadata for what the standard cannot say: how the caller
/// holds an input or a weight, what it gets back, the links of the mesh.
constexpr llvm::StringLiteral heldKey = "dtc.held.";
constexpr llvm::StringLiteral returnedKey = "dtc.returned.";
constexpr llvm::StringLiteral linksKey = "dtc.links";

/// The placements of one of a node's operands or results.
struct TensorPlacements {
  std::string tensor;
  Placements placements;
};

/// What is written into a model.
struct AnnotationSet {
  Mesh mesh;
  /// Index of the node in the model's graph -> its tensors. Placements that
  /// the standard has no words for are left out.
  std::map<uint64_t, std::vector<TensorPlacements>> nodes;
  /// Metadata of the model under the keys above.
  std::map<std::string, std::string> properties;
};

/// "dp=2,tp=2": the name of the configuration for a mesh.
std::string configurationName(const Mesh &mesh);

/// A copy of a model's bytes with these annotations instead of any it had, and
/// an IR version that knows annotations. Tensors and everything else are copied
/// byte for byte. An error when the bytes are no model, or the copy would have
/// 2 GiB or more.
llvm::Expected<std::string> annotateOnnx(llvm::ArrayRef<char> bytes,
                                         const AnnotationSet &annotations);

} // namespace dtc

#endif // DTC_IMPORT_ONNXANNOTATE_H
