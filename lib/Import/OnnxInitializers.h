//===- OnnxInitializers.h - Weights and literals of a model -----*- C++ -*-===//

#ifndef DTC_LIB_IMPORT_ONNXINITIALIZERS_H
#define DTC_LIB_IMPORT_ONNXINITIALIZERS_H

#include "ImportedProgram.h"
#include "OnnxTensors.h"

#include "llvm/ADT/StringSet.h"

namespace onnx {
class GraphProto;
class TensorProto;
} // namespace onnx

namespace dtc {

/// Where a tensor of the file is first used.
struct TensorUse {
  llvm::StringRef name;
  llvm::StringRef modulePath;
  unsigned node = 0;
};

/// Turns tensors of the file into values: known ones where the compiler may
/// compute with them, parameters where they are weights.
class OnnxInitializers {
public:
  OnnxInitializers(ImportedProgram &program, ModelFolder &folder,
                   ParameterStore &store)
      : program(program), folder(folder), store(store) {}

  /// Notes which of a graph's tensors the exporter made from others.
  void noteOrigins(const onnx::GraphProto &graph);

  /// An initializer's value at its first use.
  llvm::Expected<mlir::Value> import(const onnx::TensorProto &tensor,
                                     const TensorUse &use);
  /// The value of a constant in the program: known unless it is large.
  llvm::Expected<mlir::Value> importLiteral(const onnx::TensorProto &tensor,
                                            const TensorUse &use);
  /// The value of a parameter of one element; nothing for larger ones.
  std::optional<double> readNumber(llvm::StringRef parameter) const;

private:
  bool isLiteral(const onnx::TensorProto &tensor, const TensorView &view,
                 llvm::StringRef name) const;
  mlir::Value addKnown(const TensorView &view, mlir::Location location);
  llvm::Expected<mlir::Value>
  addParameter(TensorView view, llvm::StringRef name, mlir::Location location);

  ImportedProgram &program;
  ModelFolder &folder;
  ParameterStore &store;
  llvm::StringSet<> folded;
  llvm::StringSet<> extents;
  /// Bounds of values.
  llvm::StringSet<> bounds;
};

} // namespace dtc

#endif // DTC_LIB_IMPORT_ONNXINITIALIZERS_H
