//===- OnnxGraph.h - The walk over a model's graph --------------*- C++ -*-===//

#ifndef DTC_LIB_IMPORT_ONNXGRAPH_H
#define DTC_LIB_IMPORT_ONNXGRAPH_H

#include "OnnxAnnotations.h"
#include "OnnxInitializers.h"

#include "dtc/Import/OnnxNode.h"

namespace onnx {
class FunctionProto;
class ModelProto;
class TensorProto;
} // namespace onnx

namespace dtc {

/// Values, tensors and operator sets that names refer to in one graph or
/// function body.
struct OnnxScope {
  OnnxScope *parent = nullptr;
  llvm::StringMap<mlir::Value> values;
  llvm::StringMap<const onnx::TensorProto *> initializers;
  /// Outputs that importers do not make -> what to say when they are used.
  llvm::StringMap<std::string> missing;
  /// Operands that a call leaves out.
  llvm::StringSet<> absent;
  /// Of the domain `ai.onnx`.
  int64_t opset = 0;
  const OnnxAttributes *callAttributes = nullptr;
  /// The module of nodes that name none.
  std::string modulePath;
};

class OnnxGraph {
public:
  OnnxGraph(const onnx::ModelProto &model, ImportedProgram &program,
            OnnxInitializers &initializers, OnnxAnnotations &annotations);

  /// Checks versions and collects functions; call first.
  mlir::LogicalResult checkModel();
  /// The scope of the model's own graph, to put its inputs into.
  OnnxScope &getMainScope() { return main; }
  mlir::LogicalResult importMain();
  /// The value of a name in the model's own graph, or null after an error.
  mlir::Value getMainValue(llvm::StringRef name);

  /// Imports a subgraph of the node that is being imported.
  OnnxResults importSubgraph(const onnx::GraphProto &graph,
                             llvm::ArrayRef<mlir::Value> arguments);
  /// A tensor in an attribute of the node that is being imported.
  llvm::Expected<mlir::Value> importLiteral(const onnx::TensorProto &tensor);

  /// The value of a parameter of one element; nothing for larger ones.
  std::optional<double> readNumber(llvm::StringRef parameter) const {
    return initializers.readNumber(parameter);
  }

  /// Emits an error at the node that is being imported.
  mlir::InFlightDiagnostic error() const;

private:
  mlir::LogicalResult checkOpset(int64_t version) const;
  mlir::LogicalResult addInitializers(const onnx::GraphProto &graph,
                                      OnnxScope &scope);
  mlir::LogicalResult importNode(const onnx::NodeProto &node, OnnxScope &scope);
  mlir::FailureOr<OnnxResults>
  importOperator(const onnx::NodeProto &node, OnnxScope &scope,
                 llvm::ArrayRef<mlir::Value> inputs);
  mlir::FailureOr<OnnxResults> importCall(const onnx::NodeProto &node,
                                          const onnx::FunctionProto &function,
                                          OnnxScope &scope,
                                          llvm::ArrayRef<mlir::Value> inputs);
  mlir::LogicalResult bindOutputs(const onnx::NodeProto &node, OnnxScope &scope,
                                  llvm::ArrayRef<mlir::Value> results);
  mlir::Value lookup(llvm::StringRef name, OnnxScope &scope,
                     const llvm::Twine &user);
  std::string findModulePath(const onnx::NodeProto &node,
                             OnnxScope &scope) const;
  const onnx::FunctionProto *findFunction(const onnx::NodeProto &node) const;

  const onnx::ModelProto &model;
  ImportedProgram &program;
  OnnxInitializers &initializers;
  OnnxAnnotations &annotations;
  OnnxScope main;
  llvm::StringMap<const onnx::FunctionProto *> functions;

  // The node being imported.
  OnnxScope *current = nullptr;
  std::string modulePath;
  std::string outputName;
  unsigned nodeIndex = 0;
  unsigned depth = 0;
  unsigned nodesLeft = 250000;
};

} // namespace dtc

#endif // DTC_LIB_IMPORT_ONNXGRAPH_H
