//===- DtcOps.cpp - Generated code of all op families ---------------------===//
//
// The one heavy translation unit of generated op code; what people write about
// an op is in its family's folder.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/Dtc.h"

using namespace mlir;
using namespace dtc;

#define GET_OP_CLASSES
#include "dtc/IR/DtcOps.cpp.inc"

void DtcDialect::registerOperations() {
  addOperations<
#define GET_OP_LIST
#include "dtc/IR/DtcOps.cpp.inc"
      >();
}
