//===- TorchSchema.h - What a torch.export program says ---------*- C++ -*-===//
//
// The serialized `ExportedProgram` (schema version 8 of torch/_export/serde),
// as far as a compiler needs it. Nodes stay text until they are imported.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_IMPORT_TORCHSCHEMA_H
#define DTC_LIB_IMPORT_TORCHSCHEMA_H

#include "TorchJson.h"

#include "dtc/Interpreter/HostTensor.h"

#include "llvm/ADT/StringMap.h"

#include <optional>
#include <string>
#include <vector>

namespace dtc {

/// A number of elements: known, or an expression of symbols.
struct TorchSize {
  int64_t value = 0;
  /// Empty for a known one.
  std::string expression;
  /// What the symbol stood for when the model was exported.
  std::optional<int64_t> hint;
};

struct TorchTensorMeta {
  int64_t scalarType = 0;
  std::vector<TorchSize> sizes, strides;
  TorchSize offset;
  bool isStrided = true;
};

/// One graph: the model's own, or that of a higher-order operator.
struct TorchGraphText {
  llvm::StringRef inputs, outputs, nodes;
  llvm::StringMap<TorchTensorMeta> tensors;
  /// Symbolic integers by name.
  llvm::StringMap<TorchSize> integers;
};

/// What one graph input stands for.
struct TorchInputSpec {
  enum Kind { User, Parameter, Buffer, Constant, Ignored };
  Kind kind = User;
  /// The name inside of the graph; empty for a user input that is no tensor.
  std::string name;
  /// That of the parameter, buffer or constant in the module.
  std::string target;
  bool isPersistent = true;
  /// A user input that is a symbolic integer.
  bool isInteger = false;
};

struct TorchOutputSpec {
  enum Kind { User, Mutation, Other };
  Kind kind = User;
  /// Empty when the output is no tensor.
  std::string name;
  /// What a mutation changes.
  std::string target;
};

struct TorchRange {
  std::optional<int64_t> least, most;
};

struct TorchProgramText {
  TorchGraphText graph;
  std::vector<TorchInputSpec> inputs;
  std::vector<TorchOutputSpec> outputs;
  llvm::StringMap<TorchRange> ranges;
};

/// One weight: a member of the archive and how the tensor lies in it.
struct TorchPayload {
  std::string path;
  bool isPickled = false;
  TorchTensorMeta tensor;
};

/// Views into `text`, which must outlive the result.
llvm::Expected<TorchProgramText> parseTorchProgram(llvm::StringRef text);
llvm::Expected<TorchGraphText> parseTorchGraph(llvm::StringRef text);
/// Name -> payload, in the order of the file.
llvm::Expected<std::vector<std::pair<std::string, TorchPayload>>>
parseTorchPayloads(llvm::StringRef text);

/// The element type of a scalar type's code; an error that names it for types
/// that dtc has not.
llvm::Expected<DType> torchElementType(int64_t code);

} // namespace dtc

#endif // DTC_LIB_IMPORT_TORCHSCHEMA_H
