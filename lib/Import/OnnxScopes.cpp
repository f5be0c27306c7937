//===- OnnxScopes.cpp - Module paths of ONNX nodes ------------------------===//
//
// In this order:
// 1. `pkg.torch.onnx.name_scopes`, a Python list literal of full paths from the
//    root to the module, then the node's own name.
// 2. `namespace`, "path: class/path: class/name: op".
// 3. The node names of the older, tracing exporter: "/layers.0/net1/Gemm". A
//    child of a container repeats the container's name: "/blocks/blocks.1/Add".
//
//===----------------------------------------------------------------------===//

#include "OnnxScopes.h"

#include "dtc/Import/OnnxProto.h"
#include "llvm/ADT/StringExtras.h"

using namespace dtc;
using llvm::SmallVector;
using llvm::StringRef;

/// Consumes one quoted string with Python's escapes of quotes and backslashes.
static bool consumeString(StringRef &text, std::string &result) {
  if (text.empty() || (text[0] != '\'' && text[0] != '"'))
    return false;
  char quote = text[0];
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == quote) {
      text = text.drop_front(i + 1).ltrim();
      return true;
    }
    if (text[i] == '\\' && i + 1 < text.size())
      ++i;
    result += text[i];
  }
  return false;
}

std::optional<SmallVector<std::string>>
dtc::parsePythonStrings(StringRef text) {
  SmallVector<std::string> strings;
  text = text.trim();
  if (!text.consume_front("["))
    return std::nullopt;
  text = text.ltrim();
  while (!text.consume_front("]")) {
    if (!consumeString(text, strings.emplace_back()))
      return std::nullopt;
    if (!text.consume_front(",") && !text.starts_with("]"))
      return std::nullopt;
    text = text.ltrim();
  }
  if (!text.empty())
    return std::nullopt;
  return strings;
}

/// Exporters put made-up scopes where they have lost the real one.
static std::string cleanPath(StringRef path) {
  return path.starts_with("_empty_nn_module_stack") ? "" : path.trim().str();
}

static std::optional<std::string> fromNamespace(StringRef text) {
  SmallVector<StringRef> parts;
  text.split(parts, '/');
  if (parts.size() < 2)
    return std::nullopt;
  return cleanPath(parts[parts.size() - 2].split(':').first);
}

static std::optional<std::string> fromTracedName(StringRef name) {
  if (!name.consume_front("/"))
    return std::nullopt;
  SmallVector<StringRef> parts, path;
  name.split(parts, '/');
  parts.pop_back();
  for (StringRef part : parts) {
    if (!path.empty() && part.starts_with((path.back() + ".").str()))
      path.pop_back();
    path.push_back(part);
  }
  return llvm::join(path, ".");
}

std::optional<std::string> dtc::modulePathOf(const onnx::NodeProto &node) {
  std::optional<std::string> inNamespace;
  for (const auto &property : node.metadata_props()) {
    if (property.key() == "pkg.torch.onnx.name_scopes") {
      auto scopes = parsePythonStrings(property.value());
      if (scopes && scopes->size() >= 2)
        return cleanPath((*scopes)[scopes->size() - 2]);
    }
    if (property.key() == "namespace")
      inNamespace = fromNamespace(property.value());
  }
  return inNamespace ? inNamespace : fromTracedName(node.name());
}

std::optional<std::string> dtc::modulePathOfParameter(StringRef name) {
  auto [path, last] = name.rsplit('.');
  auto isPathCharacter = [](char c) {
    return llvm::isAlnum(c) || c == '_' || c == '.' || c == '-';
  };
  if (last.empty() || path.empty() || !llvm::all_of(name, isPathCharacter))
    return std::nullopt;
  return path.str();
}
