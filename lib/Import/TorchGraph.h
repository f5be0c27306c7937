//===- TorchGraph.h - The walk over an exported program ---------*- C++ -*-===//

#ifndef DTC_LIB_IMPORT_TORCHGRAPH_H
#define DTC_LIB_IMPORT_TORCHGRAPH_H

#include "ImportedProgram.h"
#include "TorchSchema.h"
#include "TorchSymbols.h"
#include "TorchWeights.h"

#include "dtc/Import/TorchNode.h"

namespace dtc {

/// A number, known as all sizes are.
struct TorchScalar {
  enum Kind { Bool, Integer, Float };
  Kind kind = Integer;
  int64_t integer = 0;
  double real = 0;
};

/// One tensor of the graph, by its name.
///
/// Ops in place change memory that several names may share. So names belong to
/// a storage, which counts its changes; a name that is older than its storage
/// is computed again, from the tensor that it is a view of.
struct TorchTensor {
  mlir::Value value;
  unsigned storage = 0;
  /// How often the storage had been changed when `value` was computed.
  unsigned version = 0;
  /// The tensor that it is a view of, empty for one with memory of its own.
  std::string base;
  /// The node that makes the view, as text; empty when it is `base` itself.
  llvm::StringRef node;
  unsigned output = 0;
  /// How many views it is away from the storage's first tensor.
  unsigned depth = 0;
  /// It may share memory with `base`, or be a copy.
  bool isUncertain = false;
  /// It belongs to the caller of the graph.
  bool isOperand = false;
  /// The weight that it stands for, before its first use.
  std::string weight;
  /// Why it has no value: an error when it is used.
  std::string problem;
};

/// What names refer to in one graph.
struct TorchScope {
  llvm::StringMap<TorchTensor> tensors;
  llvm::StringMap<TorchScalar> scalars;
  const TorchGraphText *text = nullptr;
};

class TorchGraph {
public:
  TorchGraph(const TorchProgramText &text, ImportedProgram &program,
             TorchWeights &weights, TorchSymbols &symbols);

  /// Gives a graph input its value, or the weight that it stands for.
  void addInput(llvm::StringRef name, mlir::Value value);
  void addWeight(llvm::StringRef name, llvm::StringRef weight);
  /// Gives a symbolic integer of the graph its value.
  void addInteger(llvm::StringRef name, int64_t value);
  /// Imports all nodes.
  mlir::LogicalResult importMain();

  /// The tensor's value as it is now; null after an error.
  mlir::Value currentValue(llvm::StringRef name);
  /// A number in an argument, or the value of the symbol that it names.
  std::optional<TorchScalar> readScalar(const llvm::json::Object &argument);
  std::optional<TorchScalar> readScalar(const llvm::json::Value &element);
  /// True unless torch recorded another order of the elements in memory.
  bool isContiguous(llvm::StringRef name) const;
  /// What torch recorded of a tensor, or null.
  const TorchTensorMeta *findMeta(llvm::StringRef name) const;

  /// The type that torch recorded, symbols replaced by their values; an error
  /// when one has none.
  mlir::FailureOr<mlir::RankedTensorType> typeOf(llvm::StringRef name);

  /// Emits an error at a node, which it names with its place in the source.
  mlir::InFlightDiagnostic error(const llvm::json::Object &node) const;
  /// At the node that is being imported.
  mlir::InFlightDiagnostic error() const;
  /// The module of the node that is being imported.
  llvm::StringRef getModulePath() const { return modulePath; }

private:
  mlir::LogicalResult importNodes(llvm::StringRef nodes);
  mlir::LogicalResult importNode(llvm::StringRef text);
  mlir::FailureOr<NodeResults> importOperator(const llvm::json::Object &node);
  mlir::LogicalResult importScalarOperator(const llvm::json::Object &node,
                                           llvm::StringRef target);
  mlir::LogicalResult importSubgraph(const llvm::json::Object &node);
  mlir::LogicalResult importInPlace(const llvm::json::Object &node,
                                    llvm::StringRef target);
  mlir::LogicalResult bindOutputs(const llvm::json::Object &node,
                                  llvm::StringRef text,
                                  const NodeResults &results,
                                  const TorchImporters::Entry &entry);
  mlir::LogicalResult bindOutput(const llvm::json::Object &node,
                                 llvm::StringRef name, mlir::Value value,
                                 TorchTensor tensor);
  mlir::LogicalResult checkType(const llvm::json::Object &node,
                                llvm::StringRef name, mlir::Value value);
  mlir::LogicalResult mutate(const llvm::json::Object &node,
                             llvm::StringRef name, mlir::Value value);
  mlir::Value recompute(llvm::StringRef name, TorchTensor &tensor);
  std::string findModulePath(const llvm::json::Object &node) const;
  mlir::Location location(llvm::StringRef name) const;

  const TorchProgramText &text;
  ImportedProgram &program;
  TorchWeights &weights;
  TorchSymbols &symbols;
  /// Of the graph that is being imported.
  TorchScope main;
  unsigned depth = 0;
  /// How often each storage was changed.
  std::vector<unsigned> storages;

  // The node being imported.
  unsigned nodeIndex = 0;
  std::string modulePath;
  int64_t nodesLeft = 250000;
};

/// The elements of a JSON array, none of a null one.
llvm::ArrayRef<llvm::json::Value> elementsOf(const llvm::json::Array *array);

/// The name of a tensor in `{"as_tensor": {"name": N}}`, or empty.
llvm::StringRef tensorNameOf(const llvm::json::Value &argument);

} // namespace dtc

#endif // DTC_LIB_IMPORT_TORCHGRAPH_H
