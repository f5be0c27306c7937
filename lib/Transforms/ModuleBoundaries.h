//===- ModuleBoundaries.h - Which ops a module of the model owns *- C++ -*-===//
//
// A module owns the ops whose recorded scope lies in it, and those that consume
// its parameters. Its inputs are the values that flow in, its outputs those
// that flow out.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_TRANSFORMS_MODULEBOUNDARIES_H
#define DTC_LIB_TRANSFORMS_MODULEBOUNDARIES_H

#include "dtc/IR/Dtc.h"
#include "dtc/Plan/ModuleTree.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace dtc {

/// What a style wants of a value at a module's boundary.
struct BoundaryWish {
  LayoutAttr layout;
  std::string cause;
  /// The mesh axes that it is about; null: all.
  mlir::DenseI64ArrayAttr axes;
};

class ModuleBoundaries {
public:
  using Id = plan::ModuleTree::Id;

  explicit ModuleBoundaries(mlir::func::FuncOp function);

  const plan::ModuleTree &tree() const { return modules; }

  /// Values from outside that the module's ops use, in order of first use;
  /// parameters, constants and what is computed from them alone are none. The
  /// root's are the function's arguments.
  llvm::SmallVector<mlir::Value> inputs(Id module) const;
  /// Values of the module's ops that are used outside, in program order. The
  /// root's are what the function returns.
  llvm::SmallVector<mlir::Value> outputs(Id module) const;
  /// Parameters of the module itself: those of its name ("net1.weight" for
  /// "net1"), and those that ops of its own scope consume.
  llvm::SmallVector<ParameterOp> parameters(Id module) const;

  /// Constrains the value for its uses inside the module.
  mlir::Value constrainInput(Id module, mlir::Value value,
                             const BoundaryWish &wish);
  /// Constrains the value for its uses outside the module.
  mlir::Value constrainOutput(Id module, mlir::Value value,
                              const BoundaryWish &wish);

private:
  ConstrainOp createConstraint(mlir::OpBuilder &builder, Id module,
                               mlir::Value value, const BoundaryWish &wish);
  /// True when `op` is the module's or one of its submodules'.
  bool owns(Id module, mlir::Operation *op) const;
  bool isWithin(Id module, Id ancestor) const;
  bool isParameterOnly(mlir::Value value) const;
  llvm::ArrayRef<mlir::Operation *> members(Id module) const;

  mutable mlir::func::FuncOp function; ///< a handle; its methods are not const
  plan::ModuleTree modules;
  /// The modules that an op belongs to by scope and by parameters.
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<Id, 2>> homes;
  /// All ops of a module and its submodules, in program order.
  std::vector<std::vector<mlir::Operation *>> memberLists;
  /// Constraints at the boundary of a module are inside its ancestors only.
  llvm::DenseMap<mlir::Operation *, Id> boundaryOf;
  llvm::DenseSet<mlir::Value> parameterOnly;
};

} // namespace dtc

#endif // DTC_LIB_TRANSFORMS_MODULEBOUNDARIES_H
