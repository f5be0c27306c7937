//===- ConstantEval.cpp - Reference semantics of constants ----------------===//

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;

LogicalResult ConstantOp::evaluate(ArrayRef<HostTensor>,
                                   SmallVectorImpl<HostTensor> &results) {
  auto dense = dyn_cast<DenseElementsAttr>(getValue());
  if (!dense)
    return emitOpError() << "expected a dense value, got " << getValue();
  results.push_back(HostTensor::fromAttribute(dense));
  return success();
}
