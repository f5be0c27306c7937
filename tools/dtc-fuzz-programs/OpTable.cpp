//===- OpTable.cpp - The ops that random programs are made of -------------===//

#include "OpTable.h"

#include "llvm/ADT/StringMap.h"

using namespace dtc;
using namespace dtc::fuzz;

const std::vector<OpEntry> &fuzz::allOps() {
  static const std::vector<OpEntry> entries = [] {
    std::vector<OpEntry> all;
    for (llvm::ArrayRef<OpEntry> table :
         {elementwiseOps(), contractionOps(), reductionOps(), viewOps(),
          lookupOps()})
      all.insert(all.end(), table.begin(), table.end());
    return all;
  }();
  return entries;
}

Rounding fuzz::getRounding(mlir::Operation *op) {
  static const llvm::StringMap<Rounding> table = [] {
    llvm::StringMap<Rounding> map;
    for (const OpEntry &entry : allOps())
      map[entry.mnemonic] = entry.rounding;
    for (const char *identity : {"constrain", "constant", "parameter"})
      map[identity] = Rounding::Moves;
    return map;
  }();
  auto found = table.find(op->getName().stripDialect());
  return found == table.end() ? Rounding::Rounds : found->second;
}
