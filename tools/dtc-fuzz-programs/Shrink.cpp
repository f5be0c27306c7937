//===- Shrink.cpp - Smaller programs that still fail ----------------------===//

#include "Shrink.h"

#include "Check.h"
#include "Generator.h"

#include "mlir/IR/Verifier.h"

#include <set>

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

//===----------------------------------------------------------------------===//
// Changes to a program
//===----------------------------------------------------------------------===//

static void dropUnused(ModuleOp module) {
  func::FuncOp function = mainOf(module);
  Block &body = function.getBody().front();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (!isa<func::ReturnOp>(op) && op.use_empty())
      op.erase();
  for (unsigned i = function.getNumArguments(); i-- > 0;)
    if (function.getArgument(i).use_empty())
      (void)function.eraseArgument(i);
}

static void keepResult(ModuleOp module, unsigned index) {
  func::FuncOp function = mainOf(module);
  Operation *ret = function.getBody().front().getTerminator();
  for (unsigned i = function.getNumResults(); i-- > 0;)
    if (i != index) {
      ret->eraseOperand(i);
      (void)function.eraseResult(i);
    }
}

static void replaceByArguments(ModuleOp module, unsigned line) {
  func::FuncOp function = mainOf(module);
  Operation &op = *std::next(function.getBody().front().begin(), line);
  OpBuilder builder(module.getContext());
  std::set<std::string> names;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    names.insert(getInputName(function, i));
  for (Value result : op.getResults()) {
    std::string name;
    for (int n = 0; name.empty() || names.count(name); ++n)
      name = "s" + std::to_string(n);
    names.insert(name);
    unsigned index = function.getNumArguments();
    (void)function.insertArgument(
        index, result.getType(),
        builder.getDictionaryAttr(
            builder.getNamedAttr("dtc.name", builder.getStringAttr(name))),
        op.getLoc());
    result.replaceAllUsesWith(function.getArgument(index));
  }
}

static bool bypass(ModuleOp module, unsigned line) {
  Operation &op = *std::next(mainOf(module).getBody().front().begin(), line);
  for (Value operand : op.getOperands())
    if (op.getNumResults() == 1 &&
        operand.getType() == op.getResult(0).getType()) {
      op.getResult(0).replaceAllUsesWith(operand);
      return true;
    }
  return false;
}

/// Calls `change` with every layout; what it returns takes the layout's place.
static void
mapLayouts(ModuleOp module,
           function_ref<LayoutAttr(LayoutAttr, unsigned number)> change) {
  func::FuncOp function = mainOf(module);
  unsigned number = 0;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (auto layout = function.getArgAttrOfType<LayoutAttr>(i, "dtc.layout"))
      function.setArgAttr(i, "dtc.layout", change(layout, number++));
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    if (auto layout = function.getResultAttrOfType<LayoutAttr>(i, "dtc.layout"))
      function.setResultAttr(i, "dtc.layout", change(layout, number++));
  module.walk([&](ParameterOp op) {
    if (LayoutAttr layout = op.getLayoutAttr())
      op.setLayoutAttr(change(layout, number++));
  });
  module.walk([&](ConstrainOp op) {
    op.setLayoutAttr(change(op.getLayoutAttr(), number++));
  });
}

/// Replaces the mesh; `keep` lists the axes that stay.
static void changeMesh(ModuleOp module, const ::dtc::Mesh &mesh,
                       ArrayRef<int64_t> keep) {
  auto meshAttr = MeshAttr::get(module.getContext(), mesh);
  module->setAttr("dtc.mesh", meshAttr);
  module.walk([](ConstrainOp op) { op.removeAxesAttr(); });
  mapLayouts(module, [&](LayoutAttr layout, unsigned) {
    Placements placements;
    for (int64_t axis : keep)
      placements.push_back(layout.getPlacements()[axis]);
    return LayoutAttr::get(module.getContext(), meshAttr, placements);
  });
}

static void mapTypes(ModuleOp module,
                     function_ref<RankedTensorType(RankedTensorType)> change) {
  func::FuncOp function = mainOf(module);
  Block &body = function.getBody().front();
  for (BlockArgument argument : body.getArguments())
    argument.setType(change(cast<RankedTensorType>(argument.getType())));
  for (Operation &op : body)
    for (Value result : op.getResults())
      result.setType(change(cast<RankedTensorType>(result.getType())));
  function.setType(FunctionType::get(module.getContext(),
                                     body.getArgumentTypes(),
                                     body.getTerminator()->getOperandTypes()));
}

//===----------------------------------------------------------------------===//
// The search
//===----------------------------------------------------------------------===//

namespace {

class Shrinker {
public:
  Shrinker(ModuleOp program, StillFails stillFails, int budget)
      : best(program.clone()), stillFails(stillFails), budget(budget) {}

  OwningOpRef<ModuleOp> run();

private:
  /// Applies a change to a copy and keeps it if that still fails. The change
  /// returns false where it has nothing to do.
  bool attempt(function_ref<bool(ModuleOp)> change);
  bool shrinkResults();
  bool shrinkOps();
  bool shrinkLayouts();
  bool shrinkMesh();
  bool shrinkTypes();

  OwningOpRef<ModuleOp> best;
  StillFails stillFails;
  int budget;
};

} // namespace

bool Shrinker::attempt(function_ref<bool(ModuleOp)> change) {
  if (budget <= 0)
    return false;
  OwningOpRef<ModuleOp> candidate((*best).clone());
  if (!change(*candidate))
    return false;
  dropUnused(*candidate);
  ScopedDiagnosticHandler silent(candidate->getContext(),
                                 [](Diagnostic &) { return success(); });
  if (failed(verify(*candidate)))
    return false;
  --budget;
  if (!stillFails(*candidate))
    return false;
  best = std::move(candidate);
  return true;
}

bool Shrinker::shrinkResults() {
  unsigned count = mainOf(*best).getNumResults();
  for (unsigned i = 0; count > 1 && i < count; ++i)
    if (attempt([&](ModuleOp module) { return keepResult(module, i), true; }))
      return true;
  return false;
}

bool Shrinker::shrinkOps() {
  bool changed = false;
  auto size = [&] {
    return static_cast<int64_t>(
        mainOf(*best).getBody().front().getOperations().size());
  };
  for (int64_t line = size() - 1; line-- > 0;) {
    if (line >= size() - 1)
      continue;
    changed |= attempt([&](ModuleOp module) { return bypass(module, line); }) ||
               attempt([&](ModuleOp module) {
                 return replaceByArguments(module, line), true;
               });
  }
  return changed;
}

bool Shrinker::shrinkLayouts() {
  bool changed = false;
  unsigned numLayouts = 0;
  mapLayouts(*best, [&](LayoutAttr layout, unsigned) {
    ++numLayouts;
    return layout;
  });
  int64_t axes = dtc::getMesh(*best).getRank();
  for (unsigned wanted = 0; wanted < numLayouts; ++wanted)
    for (int64_t axis = 0; axis < axes; ++axis)
      changed |= attempt([&](ModuleOp module) {
        bool some = false;
        mapLayouts(module, [&](LayoutAttr layout, unsigned number) {
          Placements placements(layout.getPlacements());
          if (number != wanted || placements[axis].isReplicate())
            return layout;
          some = true;
          placements[axis] = Placement::replicate();
          return LayoutAttr::get(module.getContext(), layout.getMesh(),
                                 placements);
        });
        return some;
      });
  for (unsigned i = 0; i < mainOf(*best).getNumResults(); ++i)
    changed |= attempt([&](ModuleOp module) {
      return mainOf(module).removeResultAttr(
                 i, StringAttr::get(module.getContext(), "dtc.as_is")) !=
             nullptr;
    });
  return changed;
}

bool Shrinker::shrinkMesh() {
  ::dtc::Mesh mesh = dtc::getMesh(*best).getMesh();
  for (int64_t axis = 0; axis < mesh.rank(); ++axis) {
    ::dtc::Mesh smaller = mesh;
    SmallVector<int64_t> keep;
    for (int64_t other = 0; other < mesh.rank(); ++other)
      if (other != axis)
        keep.push_back(other);
    smaller.axes.erase(smaller.axes.begin() + axis);
    if (!keep.empty() && attempt([&](ModuleOp module) {
          return changeMesh(module, smaller, keep), true;
        }))
      return true;
    keep.insert(keep.begin() + axis, axis);
    for (int64_t size = 2; size < mesh.size(axis); ++size) {
      smaller = mesh;
      smaller.axes[axis].size = size;
      if (attempt([&](ModuleOp module) {
            return changeMesh(module, smaller, keep), true;
          }))
        return true;
    }
  }
  return false;
}

bool Shrinker::shrinkTypes() {
  std::set<int64_t> sizes;
  mapTypes(*best, [&](RankedTensorType type) {
    sizes.insert(type.getShape().begin(), type.getShape().end());
    return type;
  });
  bool changed = false;
  for (int64_t size : sizes)
    for (int64_t smaller : {1, 2, 3, 4}) {
      if (smaller >= size || !attempt([&](ModuleOp module) {
            mapTypes(module, [&](RankedTensorType type) {
              Shape shape(type.getShape());
              for (int64_t &extent : shape)
                extent = extent == size ? smaller : extent;
              return tensorOf(shape, type.getElementType());
            });
            return true;
          }))
        continue;
      changed = true;
      break;
    }
  changed |= attempt([&](ModuleOp module) {
    bool some = false;
    Type f32 = Float32Type::get(module.getContext());
    mapTypes(module, [&](RankedTensorType type) {
      if (!isa<FloatType>(type.getElementType()) ||
          type.getElementType() == f32)
        return type;
      some = true;
      return tensorOf(type.getShape(), f32);
    });
    return some;
  });
  return changed;
}

OwningOpRef<ModuleOp> Shrinker::run() {
  bool changed = true;
  while (changed && budget > 0) {
    changed = shrinkResults();
    changed |= shrinkOps();
    changed |= shrinkMesh();
    changed |= shrinkLayouts();
    changed |= shrinkTypes();
  }
  return std::move(best);
}

OwningOpRef<ModuleOp> fuzz::shrink(ModuleOp program, StillFails stillFails,
                                   int budget) {
  return Shrinker(program, stillFails, budget).run();
}
