//===- OnnxScopes.h - Module paths of ONNX nodes ----------------*- C++ -*-===//

#ifndef DTC_LIB_IMPORT_ONNXSCOPES_H
#define DTC_LIB_IMPORT_ONNXSCOPES_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace onnx {
class NodeProto;
} // namespace onnx

namespace dtc {

/// The strings of a Python list literal, "['', 'layers.0', \"it's\"]"; nullopt
/// when the text is something else.
std::optional<llvm::SmallVector<std::string>>
parsePythonStrings(llvm::StringRef text);

/// The dotted path of the module that a node stands for a part of, from what
/// exporters record; nullopt when the node says nothing.
std::optional<std::string> modulePathOf(const onnx::NodeProto &node);

/// "layers.0.net1" of the parameter "layers.0.net1.weight"; nullopt for names
/// without a dot or with characters that no module path has.
std::optional<std::string> modulePathOfParameter(llvm::StringRef name);

} // namespace dtc

#endif // DTC_LIB_IMPORT_ONNXSCOPES_H
