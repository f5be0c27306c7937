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
// Errors are values: whatever fails reports once and gives a null value, and
// building on a null value gives a null value. So importers need no checks
// between steps; a null result fails the import.
//
// Constants need no care either: an op on constants only is evaluated at once,
// and its result is a constant.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_IMPORT_ONNXNODE_H
#define DTC_IMPORT_ONNXNODE_H

#include "dtc/IR/ShapeInference.h"

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
class OnnxProgram;

/// One value per output of the node; trailing ones that nobody uses may be
/// missing.
using OnnxResults = llvm::SmallVector<mlir::Value, 2>;

/// Attribute name -> attribute; those of a function's call site.
using OnnxAttributes = llvm::StringMap<const onnx::AttributeProto *>;

/// What surrounds a node.
struct OnnxNodeContext {
  OnnxGraph &graph;
  OnnxProgram &program;
  /// The version of the operator set that the node belongs to.
  int64_t opset;
  /// What attribute references in a function's body refer to, or null.
  const OnnxAttributes *callAttributes;
};

class OnnxNode {
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
  mlir::MLIRContext *getContext() const;
  /// Reports "node 'n' (op type 'T'): message"; only a node's first error
  /// counts. Null.
  mlir::Value error(const llvm::Twine &message);
  bool failed() const { return hasFailed; }

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
  /// The value when the compiler knows it, else null.
  const HostTensor *known(mlir::Value value) const;
  /// Operand `i`, which must be present and known; else an error.
  std::optional<llvm::SmallVector<int64_t>> knownIntegers(unsigned i);
  std::optional<double> knownReal(unsigned i);
  /// True for weights: their names stay meaningful.
  static bool isParameter(mlir::Value value);

  /// Shape and element type; empty and null for a null value.
  llvm::ArrayRef<int64_t> shape(mlir::Value value) const;
  mlir::Type element(mlir::Value value) const;
  int64_t rank(mlir::Value value) const { return shape(value).size(); }
  /// `axis` counted from the front; an error (and 0) outside of [-rank, rank).
  int64_t dimension(int64_t axis, int64_t rank);
  /// Several, sorted; equal ones are an error.
  llvm::SmallVector<int64_t> dimensions(llvm::ArrayRef<int64_t> axes,
                                        int64_t rank);

  //===--------------------------------------------------------------------===//
  // Building
  //===--------------------------------------------------------------------===//

  /// An op that infers its result type.
  template <typename OpT, typename... Args> mlir::Value create(Args &&...args) {
    mlir::OperationState state(getLocation(), OpT::getOperationName());
    OpT::build(getBuilder(), state, placeholderType(),
               std::forward<Args>(args)...);
    return finishOne(state);
  }
  /// A tensor type; null after an error when no tensor has the shape.
  mlir::Type tensorOf(llvm::ArrayRef<int64_t> shape, mlir::Type element);
  /// An op with one result of a given type; null when the type is.
  template <typename OpT, typename... Args>
  mlir::Value createOfType(mlir::Type type, Args &&...args) {
    if (!type)
      return {};
    mlir::OperationState state(getLocation(), OpT::getOperationName());
    OpT::build(getBuilder(), state, type, std::forward<Args>(args)...);
    return finishOne(state);
  }
  /// An op with two, or any number of results whose types it infers.
  template <typename OpT, typename... Args>
  OnnxResults createAll(Args &&...args) {
    mlir::OperationState state(getLocation(), OpT::getOperationName());
    using TwoResults = mlir::OpTrait::NResults<2>;
    constexpr bool isTwo = OpT::template hasTrait<TwoResults::template Impl>();
    llvm::SmallVector<mlir::Type> types(isTwo ? 2 : 0, placeholderType());
    OpT::build(getBuilder(), state, types, std::forward<Args>(args)...);
    return finish(state);
  }
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value broadcast(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value transpose(mlir::Value value, llvm::ArrayRef<int64_t> permutation);
  mlir::Value cast(mlir::Value value, mlir::Type elementType);
  /// `size` elements of dimension `axis` from `start` in steps of `step`.
  mlir::Value slice(mlir::Value value, int64_t axis, int64_t start,
                    int64_t size, int64_t step = 1);
  /// The same elements with a dimension of size 1 at `axis`.
  mlir::Value unsqueeze(mlir::Value value, int64_t axis);
  mlir::Value constant(HostTensor value);
  /// A constant of rank 0.
  mlir::Value scalar(double value, mlir::Type elementType);
  /// The results of a subgraph that is executed here, on `arguments`.
  OnnxResults importSubgraph(const onnx::GraphProto &graph,
                             llvm::ArrayRef<mlir::Value> arguments = {});
  /// How many operands a subgraph has, and how many results.
  static unsigned numInputs(const onnx::GraphProto &graph);
  static unsigned numOutputs(const onnx::GraphProto &graph);
  /// The op that was made last, or null; and those made after it.
  mlir::Operation *lastOp() const;
  llvm::SmallVector<mlir::Operation *> opsSince(mlir::Operation *last) const;

private:
  const onnx::AttributeProto *find(llvm::StringRef name, int type,
                                   llvm::StringRef expected);
  mlir::OpBuilder &getBuilder() const;
  mlir::Location getLocation() const { return location; }
  mlir::Type placeholderType() const;
  OnnxResults finish(mlir::OperationState &state);
  mlir::Value finishOne(mlir::OperationState &state);
  mlir::Value createTyped(llvm::StringRef op, mlir::Value operand,
                          llvm::ArrayRef<int64_t> shape, mlir::Type element);

  const onnx::NodeProto &proto;
  OnnxNodeContext context;
  mlir::Location location;
  llvm::SmallVector<mlir::Value> inputs;
  OnnxAttributes attributes;
  llvm::StringSet<> read;
  bool hasFailed = false;
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
