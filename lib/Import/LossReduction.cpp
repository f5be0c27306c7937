//===- LossReduction.cpp - What becomes of each element's loss ------------===//

#include "dtc/Import/LossReduction.h"

using namespace mlir;
using namespace dtc;

LossReduction dtc::lossReduction(TorchNode &node) {
  int64_t number = node.integer("reduction", 1);
  if (number == 0)
    return LossReduction::None;
  if (number == 2)
    return LossReduction::Sum;
  if (number != 1)
    node.error("argument 'reduction': expected 0, 1 or 2, got " +
               Twine(number));
  return LossReduction::Mean;
}

Value dtc::reduceLosses(ImportNode &node, Value losses,
                        LossReduction reduction) {
  SmallVector<int64_t> all =
      llvm::to_vector(llvm::seq<int64_t>(0, node.rank(losses)));
  if (reduction == LossReduction::None)
    return losses;
  return reduction == LossReduction::Sum
             ? node.create<ReduceSumOp>(losses, all, false)
             : node.create<ReduceMeanOp>(losses, all, false);
}
