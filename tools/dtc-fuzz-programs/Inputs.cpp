//===- Inputs.cpp - The arrays that a random program runs on --------------===//

#include "Inputs.h"

#include "dtc/Interpreter/RandomInputs.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

LogicalResult fuzz::addArgument(func::FuncOp function, unsigned index,
                                uint64_t seed, RandomArrays &arrays) {
  // A function of the argument alone, on its placed type.
  OpBuilder builder(function.getContext());
  Location location = function.getLoc();
  auto plain = cast<RankedTensorType>(function.getArgumentTypes()[index]);
  auto type = withLayout(
      plain, function.getArgAttrOfType<LayoutAttr>(index, "dtc.layout"));
  OwningOpRef<func::FuncOp> single(func::FuncOp::create(
      location, "single", builder.getFunctionType({type}, {type})));
  std::string name = getInputName(function, index);
  single->setArgAttr(0, "dtc.name", builder.getStringAttr(name));
  if (Attribute range = function.getArgAttr(index, "dtc.range"))
    single->setArgAttr(0, "dtc.range", range);
  Block *block = single->addEntryBlock();
  builder.setInsertionPointToEnd(block);
  func::ReturnOp::create(builder, location, block->getArguments());
  if (failed(addRandomInputs(*single, seed, arrays.placed)))
    return failure();
  auto whole = evaluateGlobal(*single, arrays.placed);
  if (failed(whole))
    return failure();
  arrays.plain.inputs[name] = (*whole)[0];
  return success();
}

LogicalResult fuzz::addParameter(ParameterOp op, uint64_t seed,
                                 RandomArrays &arrays) {
  OwningOpRef<ModuleOp> module(ModuleOp::create(op.getLoc()));
  OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
  auto function = func::FuncOp::create(builder, op.getLoc(), "single",
                                       builder.getFunctionType({}, {}));
  builder.setInsertionPointToEnd(function.addEntryBlock());
  builder.clone(*op.getOperation());
  if (failed(addRandomInputs(function, seed, arrays.placed)))
    return failure();
  arrays.plain.parameters[op.getName().str()] =
      arrays.placed.parameters[op.getName().str()];
  return success();
}

bool fuzz::isExactArgument(func::FuncOp function, unsigned index,
                           const ::dtc::Mesh &mesh) {
  auto layout = function.getArgAttrOfType<LayoutAttr>(index, "dtc.layout");
  if (!layout)
    return true;
  for (const Placement &placement : layout.getPlacements())
    if (placement.isPartial(ReduceKind::Product) ||
        (placement.isPartial(ReduceKind::Avg) && !hasExactShares(mesh)))
      return false;
  return true;
}
