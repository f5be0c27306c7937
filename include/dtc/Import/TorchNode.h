//===- TorchNode.h - One torch.export node as op families see it -*- C++
//-*-===//
//
// An op family imports a node by asking for its arguments under their names in
// the ATen schema and building ops; what the node's name, location and errors
// look like is settled here.
//
//   NodeResults importSoftmax(TorchNode &node) {
//     Value input = node.tensor("self");
//     int64_t axis = node.dimension(node.integer("dim"), node.rank(input));
//     return {node.create<SoftmaxOp>(input, axis)};
//   }
//
// ImportNode.h says how errors and constants are treated. Shapes are static
// here: symbolic sizes have values. The type and shape of every result are
// compared with what torch recorded.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_IMPORT_TORCHNODE_H
#define DTC_IMPORT_TORCHNODE_H

#include "dtc/Import/ImportNode.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"

#include <optional>

namespace dtc {

class TorchGraph;

/// A number in an argument. A Python bool is a number too.
struct TorchNumber {
  enum Kind { Bool, Integer, Float };
  Kind kind = Integer;
  int64_t integer = 0; ///< the value of bools and integers
  double real = 0;     ///< the value of all kinds
};

class TorchNode : public ImportNode {
public:
  /// `object` is the node in the file; it must outlive this.
  TorchNode(const llvm::json::Object &object, TorchGraph &graph,
            ImportedProgram &program, mlir::Location location);

  /// The operator and its overload, "aten.add.Tensor".
  llvm::StringRef target() const { return targetName; }
  unsigned numOutputs() const { return outputs; }
  /// As the exporter called its first result.
  llvm::StringRef resultName() const;

  //===--------------------------------------------------------------------===//
  // Arguments: a wrong kind is an error, one that nobody asked for too.
  // Exporters leave out those that have their default.
  //===--------------------------------------------------------------------===//

  /// False for an argument that is left out or None.
  bool has(llvm::StringRef name) const;
  /// An error when it is not there.
  mlir::Value tensor(llvm::StringRef name);
  /// Null when it is not there.
  mlir::Value optionalTensor(llvm::StringRef name);
  /// A list of tensors; null where it has None.
  llvm::SmallVector<mlir::Value> tensors(llvm::StringRef name);
  std::optional<int64_t> optionalInteger(llvm::StringRef name);
  int64_t integer(llvm::StringRef name, int64_t fallback);
  /// An error, and 0, when it is not there.
  int64_t integer(llvm::StringRef name);
  std::optional<llvm::SmallVector<int64_t>>
  optionalIntegers(llvm::StringRef name);
  /// An error when it is not there.
  llvm::SmallVector<int64_t> integers(llvm::StringRef name);
  /// A list for `count` dimensions: one number stands for all, none for
  /// `fallback`.
  llvm::SmallVector<int64_t> integers(llvm::StringRef name, size_t count,
                                      int64_t fallback);
  std::optional<double> optionalReal(llvm::StringRef name);
  double real(llvm::StringRef name, double fallback);
  bool flag(llvm::StringRef name, bool fallback);
  llvm::StringRef text(llvm::StringRef name, llvm::StringRef fallback);
  std::optional<TorchNumber> number(llvm::StringRef name);
  /// A list of numbers.
  std::optional<llvm::SmallVector<double>> optionalReals(llvm::StringRef name);
  /// The element type that an argument names; null when it is not there.
  mlir::Type elementType(llvm::StringRef name);
  /// Marks an argument that changes nothing here.
  void ignore(llvm::StringRef name) { read.insert(name); }
  /// Reports arguments that were never asked for.
  mlir::LogicalResult checkAllRead();

  //===--------------------------------------------------------------------===//
  // Type promotion
  //===--------------------------------------------------------------------===//

  /// The element type that ATen computes in when these arguments, tensors or
  /// numbers, meet: tensors with dimensions before those without, these before
  /// numbers, each only where its kind (bool, integer, float) is higher.
  mlir::Type promote(llvm::ArrayRef<llvm::StringRef> names);
  /// The same for the tensors of a list, none of them null.
  mlir::Type promoteTensors(llvm::ArrayRef<mlir::Value> tensors);
  /// An argument, tensor or number, as a value of the type.
  mlir::Value operand(llvm::StringRef name, mlir::Type type);
  /// Integers and bools become f32.
  mlir::Value asFloat(mlir::Value value);
  mlir::Type floatType(mlir::Type type) const;
  mlir::Value scalar(const TorchNumber &number, mlir::Type type);
  using ImportNode::scalar;
  mlir::Type i64() const { return mlir::IntegerType::get(getContext(), 64); }
  mlir::Type f32() const { return mlir::Float32Type::get(getContext()); }
  mlir::Type i1() const { return mlir::IntegerType::get(getContext(), 1); }

  /// A tensor of more than one dimension whose memory is not in row-major
  /// order, as far as torch recorded it.
  bool isPermuted(llvm::StringRef name) const;

protected:
  void report(const llvm::Twine &message) override;

private:
  const llvm::json::Object *find(llvm::StringRef name);
  const llvm::json::Object *peek(llvm::StringRef name) const;
  mlir::Value wrongKind(llvm::StringRef name, llvm::StringRef expected);
  std::optional<TorchNumber> readNumber(const llvm::json::Object &argument);
  /// The name of a tensor argument, or empty.
  llvm::StringRef tensorName(const llvm::json::Object *argument) const;

  const llvm::json::Object &object;
  TorchGraph &graph;
  std::string targetName;
  unsigned outputs = 0;
  llvm::StringMap<const llvm::json::Object *> arguments;
  llvm::StringSet<> read;
};

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

/// What the results of an operator have to do with the memory of its first
/// argument.
enum class TorchAlias {
  /// New memory.
  None,
  /// Views of it.
  View,
  /// The same memory or a copy, depending on strides.
  Uncertain,
  /// The operand itself where that is what the importer returns, else new
  /// memory.
  Identity,
};

/// Operator and overload -> how it is imported. Of an operator in place
/// (`aten.add_.Tensor`) only the functional form (`aten.add.Tensor`) is there.
class TorchImporters {
public:
  using Function = NodeResults (*)(TorchNode &);
  /// The first argument with the view `output` of it replaced by `piece`.
  using WriteBack = mlir::Value (*)(TorchNode &, mlir::Value base,
                                    mlir::Value piece, unsigned output);
  struct Entry {
    Function import = nullptr;
    TorchAlias alias = TorchAlias::None;
    WriteBack writeBack = nullptr;
    /// The op family, for the table of operators.
    llvm::StringRef family;
  };

  /// Those of all op families.
  static const TorchImporters &get();

  void add(llvm::StringRef target, Function import) {
    entries[target] = {import, TorchAlias::None, nullptr, family};
  }
  /// An operator whose results are views; ops in place on them change the first
  /// argument, unless `writeBack` is null, which refuses those.
  void addView(llvm::StringRef target, Function import, WriteBack writeBack,
               TorchAlias alias = TorchAlias::View) {
    entries[target] = {import, alias, writeBack, family};
  }
  const Entry *find(llvm::StringRef target) const {
    auto found = entries.find(target);
    return found == entries.end() ? nullptr : &found->second;
  }
  const llvm::StringMap<Entry> &all() const { return entries; }

private:
  llvm::StringMap<Entry> entries;
  llvm::StringRef family;
};

/// For views with the elements of their base in the same order.
mlir::Value writeReshaped(TorchNode &node, mlir::Value base, mlir::Value piece,
                          unsigned output);

#define DTC_OP_FAMILY(NAME)                                                    \
  void register##NAME##TorchImporters(TorchImporters &);
#include "Ops.def"
#undef DTC_OP_FAMILY

} // namespace dtc

#endif // DTC_IMPORT_TORCHNODE_H
