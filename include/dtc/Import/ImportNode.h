//===- ImportNode.h - Building the ops that a node becomes ------*- C++ -*-===//
//
// What nodes of all model formats have in common as op families see them: ops
// are built here, known values are read, errors are counted.
//
// Errors are values: whatever fails reports once and gives a null value, and
// building on a null value gives a null value. So importers need no checks
// between steps; a null result fails the import.
//
// Constants need no care either: an op on constants only is evaluated at once,
// and its result is a constant.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_IMPORT_IMPORTNODE_H
#define DTC_IMPORT_IMPORTNODE_H

#include "dtc/IR/ShapeInference.h"

namespace dtc {

class ImportedProgram;

/// One value per output of a node; trailing ones that nobody uses may be
/// missing.
using NodeResults = llvm::SmallVector<mlir::Value, 2>;

class ImportNode {
public:
  ImportNode(ImportedProgram &program, mlir::Location location)
      : program(program), location(location) {}
  virtual ~ImportNode();

  mlir::MLIRContext *getContext() const;
  /// Reports `message` with the node's name before it; only a node's first
  /// error counts. Null.
  mlir::Value error(const llvm::Twine &message);
  bool failed() const { return hasFailed; }

  //===--------------------------------------------------------------------===//
  // Values
  //===--------------------------------------------------------------------===//

  /// The value when the compiler knows it, else null.
  const HostTensor *known(mlir::Value value) const;
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
  NodeResults createAll(Args &&...args) {
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
  /// The op that was made last, or null; and those made after it.
  mlir::Operation *lastOp() const;
  llvm::SmallVector<mlir::Operation *> opsSince(mlir::Operation *last) const;

protected:
  /// Emits an error at the node, its name before the message.
  virtual void report(const llvm::Twine &message) = 0;
  void setFailed() { hasFailed = true; }
  mlir::OpBuilder &getBuilder() const;
  mlir::Location getLocation() const { return location; }

  ImportedProgram &program;

private:
  mlir::Type placeholderType() const;
  NodeResults finish(mlir::OperationState &state);
  mlir::Value finishOne(mlir::OperationState &state);
  mlir::Value createTyped(llvm::StringRef op, mlir::Value operand,
                          llvm::ArrayRef<int64_t> shape, mlir::Type element);

  mlir::Location location;
  bool hasFailed = false;
};

} // namespace dtc

#endif // DTC_IMPORT_IMPORTNODE_H
