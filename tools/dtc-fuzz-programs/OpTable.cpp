//===- OpTable.cpp - The ops that random programs are made of -------------===//

#include "OpTable.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace dtc;
using namespace dtc::fuzz;

const std::vector<OpEntry> &fuzz::allOps() {
  static const std::vector<OpEntry> entries = [] {
    std::vector<OpEntry> all;
    for (llvm::ArrayRef<OpEntry> table :
         {elementwiseOps(), contractionOps(), reductionOps(), viewOps(),
          lookupOps(), windowOps()})
      all.insert(all.end(), table.begin(), table.end());
    return all;
  }();
  return entries;
}

std::string fuzz::findMissingOp(mlir::MLIRContext *context) {
  llvm::StringSet<> known = {"constant"};
  for (const OpEntry &entry : allOps())
    known.insert(entry.mnemonic);
  for (mlir::RegisteredOperationName name : context->getRegisteredOperations())
    if (name.getDialectNamespace() == DtcDialect::getDialectNamespace() &&
        name.hasInterface<ShardingRuleInterface>() &&
        name.hasInterface<EvaluateInterface>() &&
        !known.contains(name.stripDialect()))
      return name.getStringRef().str();
  return "";
}

Rounding fuzz::getRounding(mlir::Operation *op) {
  static const llvm::StringMap<Rounding> table = [] {
    llvm::StringMap<Rounding> map;
    for (const OpEntry &entry : allOps())
      map[entry.mnemonic] = entry.rounding;
    map["constrain"] = Rounding::Moves;
    return map;
  }();
  auto found = table.find(op->getName().stripDialect());
  return found == table.end() ? Rounding::Rounds : found->second;
}
