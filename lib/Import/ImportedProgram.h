//===- ImportedProgram.h - The program under construction -----------*- C++
//-*-===//
//
// The IR side of an import: ops are built through `finish`, which infers and
// checks their types and evaluates what is constant.
//
// 1. A known value is an argument of a scratch block plus a host tensor, so
//    that importers handle it like any other value.
// 2. An op whose operands are all known is built in the scratch block,
//    evaluated and erased; its results are known.
// 3. Any other op gets a `dtc.constant` for each known operand, made once,
// where
//    it is first needed.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_IMPORT_IMPORTEDPROGRAM_H
#define DTC_LIB_IMPORT_IMPORTEDPROGRAM_H

#include "dtc/IR/Dtc.h"
#include "dtc/IR/ProgramLimits.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace dtc {

/// Larger values are not evaluated at import.
constexpr int64_t maxKnownElements = int64_t(1) << 16;

class ImportedProgram {
public:
  /// An empty module with an open function `main`.
  ImportedProgram(mlir::MLIRContext *context, llvm::StringRef file);
  ~ImportedProgram();

  mlir::MLIRContext *getContext() { return builder.getContext(); }
  llvm::StringRef getFile() const { return file; }
  mlir::OpBuilder &getBuilder() { return builder; }

  mlir::Value addArgument(llvm::StringRef name, mlir::RankedTensorType type);
  mlir::Value addKnown(HostTensor value, mlir::Location location);
  /// False when constants of so many more elements would take too much memory.
  bool reserveConstant(int64_t elements);
  /// Null when the value is not known.
  const HostTensor *known(mlir::Value value) const;
  /// A value of the function: itself, or the constant that it is.
  mlir::Value materialize(mlir::Value value);

  /// Completes and inserts (or evaluates) an op. Null operands give null
  /// results. On failure `message` says why.
  mlir::LogicalResult finish(mlir::OperationState &state,
                             llvm::SmallVectorImpl<mlir::Value> &results,
                             std::string &message);

  /// Gives a value that has no name the name `name`.
  void nameValue(mlir::Value value, llvm::StringRef name,
                 llvm::StringRef modulePath, unsigned node);

  /// Ends the function, drops what nobody uses and hands the module over.
  mlir::OwningOpRef<mlir::ModuleOp>
  finalize(llvm::ArrayRef<std::pair<std::string, mlir::Value>> outputs);

private:
  struct Known {
    HostTensor value;
    mlir::Location location;
    mlir::Value constant;
  };

  mlir::LogicalResult inferTypes(mlir::OperationState &state);
  bool canEvaluate(mlir::Operation *op);
  mlir::LogicalResult evaluate(mlir::OperationState &state,
                               llvm::SmallVectorImpl<mlir::Value> &results,
                               bool &evaluated);
  mlir::LogicalResult insert(mlir::OperationState &state,
                             llvm::SmallVectorImpl<mlir::Value> &results);

  std::string file;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  mlir::OpBuilder builder;
  mlir::Block scratch;
  llvm::DenseMap<mlir::Value, Known> knowns;
  /// Elements that evaluation may still touch: a model cannot make the
  /// compiler run its program.
  int64_t evaluationBudget = int64_t(1) << 26;
  /// Elements of constants that importers may still make.
  int64_t constantBudget = int64_t(1) << 25;
};

} // namespace dtc

#endif // DTC_LIB_IMPORT_IMPORTEDPROGRAM_H
