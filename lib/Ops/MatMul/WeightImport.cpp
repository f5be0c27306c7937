//===- WeightImport.cpp - Weights of imported products --------------------===//

#include "WeightImport.h"

using namespace mlir;
using namespace dtc;

Value dtc::transposedParameter(const ImportNode &node, Value value) {
  auto transpose = value ? value.getDefiningOp<TransposeOp>() : TransposeOp();
  if (transpose && node.rank(value) == 2 &&
      transpose.getPermutation() == ArrayRef<int64_t>{1, 0} &&
      ImportNode::isParameter(transpose.getInput()))
    return transpose.getInput();
  return {};
}
