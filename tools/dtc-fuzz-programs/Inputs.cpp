//===- Inputs.cpp - The arrays that a random program runs on --------------===//

#include "Inputs.h"

#include "dtc/Interpreter/RandomInputs.h"

#include <cmath>

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

/// The layout as propagation takes it: on an axis of size one nothing is
/// partial.
static LayoutAttr meaningfulLayout(func::FuncOp function, unsigned index) {
  auto layout = function.getArgAttrOfType<LayoutAttr>(index, "dtc.layout");
  if (!layout)
    return layout;
  Placements placements(layout.getPlacements());
  for (auto [size, placement] :
       llvm::zip(layout.getMesh().getSizes(), placements))
    if (size == 1)
      placement = Placement::replicate();
  return LayoutAttr::get(function.getContext(), layout.getMesh(), placements);
}

LogicalResult fuzz::addArgument(func::FuncOp function, unsigned index,
                                uint64_t seed, RandomArrays &arrays) {
  // A function of the argument alone, on its placed type.
  OpBuilder builder(function.getContext());
  Location location = function.getLoc();
  auto plain = cast<RankedTensorType>(function.getArgumentTypes()[index]);
  auto type = withLayout(plain, meaningfulLayout(function, index));
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

/// The largest magnitude in an argument's `dtc.range`.
static double rangeOf(func::FuncOp function, unsigned index) {
  double largest = 1;
  if (auto range = function.getArgAttrOfType<ArrayAttr>(index, "dtc.range"))
    for (Attribute end : range)
      if (auto integer = dyn_cast<IntegerAttr>(end))
        largest = std::max(largest,
                           std::fabs(integer.getValue().signedRoundToDouble()));
  return largest;
}

ArgumentAccuracy fuzz::accuracyOf(func::FuncOp function, unsigned index,
                                  const ::dtc::Mesh &mesh) {
  ArgumentAccuracy accuracy;
  LayoutAttr layout = meaningfulLayout(function, index);
  Type element = cast<RankedTensorType>(function.getArgumentTypes()[index])
                     .getElementType();
  if (!layout || !isa<FloatType>(element))
    return accuracy;
  double scale = rangeOf(function, index);
  // Elements are multiples of 1/64, averages of 1/64 of a share.
  double parts = 64;
  bool isSum = false, isProduct = false;
  for (const Placement &placement : layout.getPlacements()) {
    isSum |= placement.isPartial(ReduceKind::Sum) ||
             placement.isPartial(ReduceKind::Avg);
    if (placement.isPartial(ReduceKind::Avg)) {
      parts *= mesh.numRanks();
      accuracy.isExact &= hasExactShares(mesh);
    }
    isProduct |= placement.isPartial(ReduceKind::Product);
  }
  if (isProduct) {
    accuracy.isExact = false;
    scale = std::pow(scale, mesh.numRanks());
  }
  if (isSum)
    scale *= static_cast<double>(mesh.numRanks());
  if (isSum || isProduct)
    accuracy.scale = scale;
  accuracy.isExact &= scale * parts * roundoff(getDType(element)) <= 1;
  return accuracy;
}
