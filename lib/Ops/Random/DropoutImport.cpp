//===- DropoutImport.cpp - Dropout of exported programs -------------------===//

#include "DropoutImport.h"

#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace dtc;

NodeResults dtc::dropElements(TorchNode &node, Value input, double ratio) {
  auto seed = static_cast<int64_t>(llvm::xxh3_64bits(node.resultName()));
  NodeResults results =
      node.createAll<DropoutOp>(input, Value(), llvm::APFloat(ratio), seed,
                                DenseI64ArrayAttr(), DenseI64ArrayAttr());
  results.resize(2);
  return results;
}
