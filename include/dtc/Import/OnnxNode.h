//===- OnnxNode.h - One ONNX node as op families see it ---------*- C++ -*-===//
//
// An op family imports a node by asking for its attributes and operands and
// building ops; what the node's name, location and errors look like is settled
// here.
//
//   OnnxResults importSoftmax(OnnxNode &node) {
//     Value input = node.input(0);
//     auto axis = node.dimension(node.integer("axis", -1), input);
//     return {node.create<SoftmaxOp>(input, axis)};
//   }
//
// ImportNode.h says how errors and constants are treated.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_IMPORT_ONNXNODE_H
#define DTC_IMPORT_ONNXNODE_H

#include "dtc/Import/ImportNode.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <functional>
#include <optional>

namespace onnx {
class AttributeProto;
class GraphProto;
class NodeProto;
} // namespace onnx

namespace dtc {

class OnnxGraph;

using OnnxResults = NodeResults;

/// Attribute name -> attribute; those of a function's call site.
using OnnxAttributes = llvm::StringMap<const onnx::AttributeProto *>;

/// What surrounds a node.
struct OnnxNodeContext {
  OnnxGraph &graph;
  ImportedProgram &program;
  /// The version of the operator set that the node belongs to.
  int64_t opset;
  /// What attribute references in a function's body refer to, or null.
  const OnnxAttributes *callAttributes;
};

class OnnxNode : public ImportNode {
public:
  OnnxNode(const onnx::NodeProto &proto, const OnnxNodeContext &context,
           mlir::Location location, llvm::ArrayRef<mlir::Value> inputs);

  //===--------------------------------------------------------------------===//
  // Identity and errors
  //===--------------------------------------------------------------------===//

  llvm::StringRef opType() const;
  int64_t opset() const { return context.opset; }
  unsigned numOutputs() const;
  /// True when something reads output `i`, as far as the node says.
  bool hasOutput(unsigned i) const;
  /// The name of output `i`; empty when there is none.
  llvm::StringRef outputName(unsigned i) const;

  //===--------------------------------------------------------------------===//
  // Attributes: a wrong type is an error, one that nobody asked for too
  //===--------------------------------------------------------------------===//

  std::optional<int64_t> integer(llvm::StringRef name);
  int64_t integer(llvm::StringRef name, int64_t fallback);
  std::optional<double> real(llvm::StringRef name);
  double real(llvm::StringRef name, double fallback);
  llvm::StringRef text(llvm::StringRef name, llvm::StringRef fallback);
  std::optional<llvm::SmallVector<int64_t>> integers(llvm::StringRef name);
  std::optional<llvm::SmallVector<double>> reals(llvm::StringRef name);
  std::optional<llvm::SmallVector<std::string>> texts(llvm::StringRef name);
  /// Null when absent.
  mlir::Value tensor(llvm::StringRef name);
  const onnx::GraphProto *subgraph(llvm::StringRef name);
  /// Marks an attribute that changes nothing here.
  void ignore(llvm::StringRef name) { read.insert(name); }
  /// The element type that an attribute names by its ONNX code; null after an
  /// error.
  mlir::Type elementType(llvm::StringRef name, int64_t fallback);
  /// Reports attributes that were never asked for.
  mlir::LogicalResult checkAllRead();

  //===--------------------------------------------------------------------===//
  // Operands
  //===--------------------------------------------------------------------===//

  unsigned numInputs() const { return inputs.size(); }
  bool has(unsigned i) const { return i < inputs.size() && inputs[i]; }
  /// Null when absent.
  mlir::Value input(unsigned i) const { return has(i) ? inputs[i] : nullptr; }
  llvm::ArrayRef<mlir::Value> allInputs() const { return inputs; }
  /// Operand `i`, which must be present and known; else an error.
  std::optional<llvm::SmallVector<int64_t>> knownIntegers(unsigned i);
  std::optional<double> knownReal(unsigned i);

  //===--------------------------------------------------------------------===//
  // Subgraphs
  //===--------------------------------------------------------------------===//

  /// The results of a subgraph that is executed here, on `arguments`.
  OnnxResults importSubgraph(const onnx::GraphProto &graph,
                             llvm::ArrayRef<mlir::Value> arguments = {});
  /// How many operands a subgraph has, and how many results.
  static unsigned numInputs(const onnx::GraphProto &graph);
  static unsigned numOutputs(const onnx::GraphProto &graph);

protected:
  void report(const llvm::Twine &message) override;

private:
  const onnx::AttributeProto *find(llvm::StringRef name, int type,
                                   llvm::StringRef expected);

  const onnx::NodeProto &proto;
  OnnxNodeContext context;
  llvm::SmallVector<mlir::Value> inputs;
  OnnxAttributes attributes;
  llvm::StringSet<> read;
};

/// "node 'n' (op type 'T')"; an unnamed node is called by its first output.
std::string describeNode(const onnx::NodeProto &node);

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

/// How many operands a node may have; the first `min` must be present.
struct OnnxArity {
  unsigned min = 1;
  unsigned max = min;
};
constexpr unsigned unboundedArity = ~0u;

/// Op type -> how it is imported; of domains other than `ai.onnx` with the
/// domain before it: `ai.onnx.preview.FlexAttention`.
class OnnxImporters {
public:
  using Function = std::function<OnnxResults(OnnxNode &)>;
  struct Entry {
    OnnxArity arity;
    Function import;
  };

  /// Those of all op families.
  static const OnnxImporters &get();

  void add(llvm::StringRef opType, OnnxArity arity, Function import) {
    entries[opType] = {arity, std::move(import)};
  }
  const llvm::StringMap<Entry> &all() const { return entries; }
  const Entry *find(llvm::StringRef opType) const {
    auto found = entries.find(opType);
    return found == entries.end() ? nullptr : &found->second;
  }

private:
  llvm::StringMap<Entry> entries;
};

#define DTC_OP_FAMILY(NAME) void register##NAME##OnnxImporters(OnnxImporters &);
#include "Ops.def"
#undef DTC_OP_FAMILY

} // namespace dtc

#endif // DTC_IMPORT_ONNXNODE_H
