//===- OnnxAnnotations.h - Placements that a model carries ------*- C++ -*-===//
//
// ONNX's multi-device annotations (IR version 11): a configuration names the
// devices, and each node says for its operands and results which device holds
// which piece. They become what a plan becomes: layouts on inputs, parameters
// and outputs, and `dtc.constrain`.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_IMPORT_ONNXANNOTATIONS_H
#define DTC_LIB_IMPORT_ONNXANNOTATIONS_H

#include "ImportedProgram.h"
#include "dtc/Import/DeviceSharding.h"
#include "dtc/Import/OnnxAnnotate.h"

#include "llvm/ADT/StringMap.h"

#include <map>

namespace onnx {
class DeviceConfigurationProto;
class ModelProto;
class NodeDeviceConfigurationProto;
class NodeProto;
class ShardingSpecProto;
} // namespace onnx

namespace dtc {

class OnnxAnnotations {
public:
  OnnxAnnotations(const onnx::ModelProto &model, ImportedProgram &program);

  /// Chooses a configuration that nodes use, and its mesh; reads and checks
  /// what the nodes say. `meshText` is the option's mesh, or empty; `dims` are
  /// the bound symbolic dimensions. Without annotations nothing happens.
  mlir::LogicalResult read(llvm::StringRef meshText,
                           const llvm::StringMap<int64_t> &dims);

  /// Says that `value` is the model's input `name`.
  void addInput(llvm::StringRef name, mlir::Value value);

  /// Where a node stands.
  struct Place {
    llvm::StringRef modulePath;
    unsigned index;
  };
  /// Constrains the node's operands as its annotations say; inputs and weights
  /// themselves are noted as held so.
  mlir::LogicalResult placeInputs(const onnx::NodeProto &node,
                                  const Place &place,
                                  llvm::MutableArrayRef<mlir::Value> inputs);
  /// What the node's output `name` is from here on: `value`, or a constraint
  /// of it. Null after an error.
  mlir::Value placeOutput(const onnx::NodeProto &node, const Place &place,
                          llvm::StringRef name, mlir::Value value);

  /// Puts the layouts of arguments, parameters and results, and the mesh, on
  /// the finished program; `outputs` are the names in the model of its results.
  mlir::LogicalResult finish(mlir::ModuleOp module,
                             llvm::ArrayRef<std::string> outputs);

private:
  /// What a node says about one of its tensors.
  struct TensorSpec {
    std::string tensor;
    DeviceSharding sharding;
    /// Every dimension that the annotation names, with its extent where known.
    std::vector<std::pair<int64_t, std::optional<int64_t>>> extents;
  };
  struct Held {
    Placements placements;
    std::string by;
  };
  using Configurations =
      llvm::StringMap<const onnx::DeviceConfigurationProto *>;

  mlir::InFlightDiagnostic error() const;
  mlir::InFlightDiagnostic error(const onnx::NodeProto &node) const;
  mlir::FailureOr<Configurations> readConfigurations() const;
  mlir::LogicalResult choose(const Configurations &all,
                             llvm::StringRef meshText);
  mlir::LogicalResult readNode(const onnx::NodeProto &node,
                               const llvm::StringMap<int64_t> &dims);
  llvm::Expected<TensorSpec>
  readSpec(const onnx::ShardingSpecProto &spec,
           const llvm::StringMap<int64_t> &dims) const;
  mlir::LogicalResult chooseMesh(llvm::StringRef meshText);
  const TensorSpec *find(const onnx::NodeProto &node,
                         llvm::StringRef tensor) const;
  llvm::Expected<Placements> placementsOf(const TensorSpec &spec,
                                          mlir::Type type) const;
  mlir::Value constrain(mlir::Value value, llvm::ArrayRef<Placement> placements,
                        llvm::StringRef tensor, const Place &place);
  mlir::LogicalResult noteHeld(const onnx::NodeProto &node,
                               llvm::StringRef tensor, mlir::Value value,
                               llvm::ArrayRef<Placement> placements);
  llvm::StringRef property(const llvm::Twine &key) const;
  mlir::FailureOr<LayoutAttr> parseLayout(llvm::StringRef text, mlir::Type type,
                                          llvm::StringRef tensor) const;
  mlir::FailureOr<LayoutAttr> heldLayout(llvm::StringRef tensor,
                                         mlir::Value value) const;
  mlir::LogicalResult finishOutputs(mlir::func::FuncOp function,
                                    llvm::ArrayRef<std::string> outputs);
  LayoutAttr layout(llvm::ArrayRef<Placement> placements) const;

  const onnx::ModelProto &model;
  ImportedProgram &program;
  const onnx::DeviceConfigurationProto *chosen = nullptr;
  Mesh mesh;
  llvm::DenseMap<const onnx::NodeProto *, std::vector<TensorSpec>> specs;
  llvm::StringMap<mlir::Value> inputs;
  llvm::DenseMap<mlir::Value, Held> held;
  /// Results that are constrained as their nodes' annotations say.
  llvm::DenseMap<mlir::Value, Placements> produced;
  llvm::StringMap<std::string> properties;
};

} // namespace dtc

#endif // DTC_LIB_IMPORT_ONNXANNOTATIONS_H
