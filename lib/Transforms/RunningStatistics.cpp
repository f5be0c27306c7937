//===- RunningStatistics.cpp - Statistics that training updates -----------===//
//
// A normalisation that uses the statistics of its batch says in
// `dtc.running_statistics` which parameters keep the running ones, the mean's
// first: their names, types and files, and a factor for the new value. Where
// nothing else reads them their ops are gone and are made again.
//
//===----------------------------------------------------------------------===//

#include "RunningStatistics.h"

#include "dtc/IR/TensorBuilder.h"

using namespace mlir;
using namespace dtc;

/// The entries of an op, or none.
static ArrayAttr entriesOf(BatchNormOp op) {
  auto entries = op->getAttrOfType<ArrayAttr>("dtc.running_statistics");
  auto isEntry = [](Attribute entry) {
    auto fields = dyn_cast<DictionaryAttr>(entry);
    return fields && fields.getAs<StringAttr>("name") &&
           fields.getAs<TypeAttr>("type");
  };
  if (!entries || entries.size() != 2 || !llvm::all_of(entries, isEntry) ||
      !op->getAttrOfType<FloatAttr>("dtc.momentum"))
    return ArrayAttr::get(op->getContext(), {});
  return entries;
}

llvm::StringSet<> dtc::runningStatistics(Block &block) {
  llvm::StringSet<> names;
  for (auto op : block.getOps<BatchNormOp>())
    for (Attribute entry : entriesOf(op))
      names.insert(
          cast<DictionaryAttr>(entry).getAs<StringAttr>("name").getValue());
  return names;
}

/// The parameter of an entry.
static Value findParameter(OpBuilder &builder, Block &block, Location location,
                           DictionaryAttr entry) {
  auto name = entry.getAs<StringAttr>("name");
  for (auto parameter : block.getOps<ParameterOp>())
    if (parameter.getNameAttr() == name)
      return parameter.getResult();
  return ParameterOp::create(
      builder, location, entry.getAs<TypeAttr>("type").getValue(), name,
      entry.getAs<DictionaryAttr>("external"), LayoutAttr(), TypeAttr());
}

void dtc::updateRunningStatistics(OpBuilder &builder, Block &block) {
  llvm::StringSet<> updated;
  SmallVector<BatchNormOp> ops(block.getOps<BatchNormOp>());
  for (BatchNormOp op : ops) {
    Value currents[] = {op.getMean(), op.getVariance()};
    for (auto [attribute, current] : llvm::zip(entriesOf(op), currents)) {
      auto entry = cast<DictionaryAttr>(attribute);
      auto name = entry.getAs<StringAttr>("name");
      // A module that is used twice keeps the statistics of its first use.
      if (!updated.insert(name.getValue()).second)
        continue;
      double momentum =
          op->getAttrOfType<FloatAttr>("dtc.momentum").getValueAsDouble();
      TensorBuilder b(builder, dropValueName(op.getLoc()));
      Value held = findParameter(builder, block, b.getLoc(), entry);
      double scale = 1;
      if (auto given = entry.getAs<FloatAttr>("scale"))
        scale = given.getValueAsDouble();
      Value share =
          b.mul(b.cast(current, elementOf(held)), (1 - momentum) * scale);
      Value next = b.add(b.mul(held, momentum), share);
      UpdateOp::create(builder, b.getLoc(), name, next, TypeAttr());
    }
  }
}
