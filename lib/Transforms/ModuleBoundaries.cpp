//===- ModuleBoundaries.cpp - Which ops a module of the model owns --------===//
//
// 1. Scopes of locations and parameter names make the module tree.
// 2. An op belongs to its scope's module and to the modules of the parameters
//    that it consumes, directly or through ops on parameters alone.
// 3. Inputs and outputs follow from uses across the boundary.
//
//===----------------------------------------------------------------------===//

#include "ModuleBoundaries.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace dtc;

ModuleBoundaries::ModuleBoundaries(func::FuncOp function) : function(function) {
  DenseMap<Value, SmallVector<Id, 2>> owners;
  for (Operation &op : function.getBody().front()) {
    SmallVector<Id, 2> &home = homes[&op];
    if (auto parameter = dyn_cast<ParameterOp>(op)) {
      home.push_back(modules.addParameter(parameter.getName()));
      parameterOnly.insert(parameter.getResult());
      owners[parameter.getResult()] = home;
      continue;
    }
    home.push_back(modules.addScope(getModulePath(op.getLoc())));
    bool onlyParameters = op.getNumResults() > 0;
    SmallVector<Id, 2> fromParameters;
    for (Value operand : op.getOperands()) {
      if (!parameterOnly.contains(operand)) {
        onlyParameters = false;
        continue;
      }
      for (Id owner : owners.lookup(operand)) {
        home.push_back(owner);
        fromParameters.push_back(owner);
      }
    }
    if (isa<ConstantOp>(op))
      onlyParameters = true;
    if (!onlyParameters)
      continue;
    for (Value result : op.getResults()) {
      parameterOnly.insert(result);
      owners[result] = fromParameters;
    }
  }
  memberLists.resize(modules.size());
  for (Operation &op : function.getBody().front()) {
    llvm::SmallSetVector<Id, 8> ancestors;
    for (Id module : homes[&op]) {
      while (ancestors.insert(module) && module != plan::ModuleTree::kRoot)
        module = modules.parent(module);
      ancestors.insert(plan::ModuleTree::kRoot);
    }
    for (Id module : ancestors)
      memberLists[module].push_back(&op);
  }
}

bool ModuleBoundaries::isWithin(Id module, Id ancestor) const {
  while (module != ancestor && module != plan::ModuleTree::kRoot)
    module = modules.parent(module);
  return module == ancestor;
}

bool ModuleBoundaries::owns(Id module, Operation *op) const {
  if (auto boundary = boundaryOf.find(op); boundary != boundaryOf.end())
    return boundary->second != module && isWithin(boundary->second, module);
  auto home = homes.find(op);
  return home != homes.end() && llvm::any_of(home->second, [&](Id inner) {
           return isWithin(inner, module);
         });
}

bool ModuleBoundaries::isParameterOnly(Value value) const {
  return parameterOnly.contains(value);
}

ArrayRef<Operation *> ModuleBoundaries::members(Id module) const {
  return memberLists[module];
}

SmallVector<Value> ModuleBoundaries::inputs(Id module) const {
  llvm::SmallSetVector<Value, 4> found;
  if (module == plan::ModuleTree::kRoot) {
    // The innermost of a chain of constraints that the root already has.
    for (Value argument : function.getArguments()) {
      while (argument.hasOneUse() &&
             boundaryOf.lookup_or(*argument.user_begin(), ~0u) == module)
        argument = (*argument.user_begin())->getResult(0);
      found.insert(argument);
    }
    return SmallVector<Value>(found.getArrayRef());
  }
  for (Operation *op : members(module)) {
    if (isa<ParameterOp, ConstantOp>(op))
      continue;
    for (Value operand : op->getOperands()) {
      Operation *definition = operand.getDefiningOp();
      if (isParameterOnly(operand) || (definition && owns(module, definition)))
        continue;
      found.insert(operand);
    }
  }
  return SmallVector<Value>(found.getArrayRef());
}

SmallVector<Value> ModuleBoundaries::outputs(Id module) const {
  Operation *ret = function.getBody().front().getTerminator();
  if (module == plan::ModuleTree::kRoot)
    return SmallVector<Value>(ret->getOperands());
  SmallVector<Value> found;
  for (Operation *op : members(module)) {
    for (Value result : op->getResults()) {
      if (isParameterOnly(result))
        continue;
      // Constraints of earlier styles of this module stand between.
      Value last = result;
      while (last.hasOneUse() &&
             boundaryOf.lookup_or(*last.user_begin(), ~0u) == module)
        last = (*last.user_begin())->getResult(0);
      bool escapes = llvm::any_of(last.getUsers(), [&](Operation *user) {
        return user == ret || !owns(module, user);
      });
      if (escapes)
        found.push_back(last);
    }
  }
  return found;
}

/// The parameters that a value is made of, through ops on parameters alone.
static void collectParameters(Value value,
                              llvm::SmallSetVector<Operation *, 4> &found) {
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<ParameterOp>(op))
    found.insert(op);
  else if (op)
    for (Value operand : op->getOperands())
      collectParameters(operand, found);
}

SmallVector<ParameterOp> ModuleBoundaries::parameters(Id module) const {
  llvm::SmallSetVector<Operation *, 4> found;
  for (Operation *op : members(module)) {
    // The first home is the scope, or the module that a parameter's name says.
    if (homes.lookup(op).front() != module)
      continue;
    if (isa<ParameterOp>(op)) {
      found.insert(op);
      continue;
    }
    // Exporters rename weights, and tied weights have one name for several
    // modules: what a module's own ops consume is the module's too.
    for (Value operand : op->getOperands())
      if (isParameterOnly(operand))
        collectParameters(operand, found);
  }
  return llvm::map_to_vector(
      found, [](Operation *op) { return cast<ParameterOp>(op); });
}

ConstrainOp ModuleBoundaries::createConstraint(OpBuilder &builder, Id module,
                                               Value value,
                                               const BoundaryWish &wish) {
  Location location =
      makeSourceLocation(function.getContext(), getValueName(value.getLoc()),
                         modules.path(module), "plan", 0);
  auto constrain = ConstrainOp::create(
      builder, location, value.getType(), value, wish.layout,
      builder.getStringAttr(wish.cause), wish.axes);
  boundaryOf[constrain] = module;
  return constrain;
}

Value ModuleBoundaries::constrainInput(Id module, Value value,
                                       const BoundaryWish &wish) {
  OpBuilder builder(function.getContext());
  builder.setInsertionPointAfterValue(value);
  ConstrainOp constrain = createConstraint(builder, module, value, wish);
  bool isRoot = module == plan::ModuleTree::kRoot;
  value.replaceUsesWithIf(constrain, [&](OpOperand &use) {
    return use.getOwner() != constrain &&
           (isRoot || owns(module, use.getOwner()));
  });
  return constrain;
}

Value ModuleBoundaries::constrainOutput(Id module, Value value,
                                        const BoundaryWish &wish) {
  OpBuilder builder(function.getContext());
  Operation *ret = function.getBody().front().getTerminator();
  bool isRoot = module == plan::ModuleTree::kRoot;
  if (isRoot)
    builder.setInsertionPoint(ret);
  else
    builder.setInsertionPointAfterValue(value);
  ConstrainOp constrain = createConstraint(builder, module, value, wish);
  value.replaceUsesWithIf(constrain, [&](OpOperand &use) {
    if (use.getOwner() == constrain)
      return false;
    return isRoot ? use.getOwner() == ret : !owns(module, use.getOwner());
  });
  return constrain;
}
