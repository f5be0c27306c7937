//===- ProgramValues.cpp - The live values of a running program -----------===//

#include "ProgramValues.h"

using namespace mlir;
using namespace dtc;

void ProgramValues::bind(Value value, std::vector<HostTensor> arrays) {
  auto uses = std::distance(value.use_begin(), value.use_end());
  if (uses > 0)
    entries[value] = {std::move(arrays), uses};
}

llvm::ArrayRef<HostTensor> ProgramValues::get(Value value) const {
  return entries.find(value)->second.arrays;
}

llvm::SmallVector<HostTensor> ProgramValues::operands(Operation *op,
                                                      int64_t rank) const {
  llvm::SmallVector<HostTensor> arrays;
  for (Value operand : op->getOperands())
    arrays.push_back(get(operand)[rank]);
  return arrays;
}

void ProgramValues::release(Operation *op) {
  for (Value operand : op->getOperands()) {
    auto entry = entries.find(operand);
    if (--entry->second.uses == 0)
      entries.erase(entry);
  }
}
