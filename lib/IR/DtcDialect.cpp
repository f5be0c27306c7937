//===- DtcDialect.cpp - The dtc dialect -----------------------------------===//

#include "dtc/IR/Dtc.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dtc;

#include "dtc/IR/DtcDialect.cpp.inc"
#include "dtc/IR/DtcEnums.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dtc/IR/DtcTypes.cpp.inc"

#include "dtc/IR/DtcInterfaces.cpp.inc"

namespace {

/// Prints meshes as `#mesh` aliases, so that tensor types stay short.
struct DtcAsmInterface : public OpAsmDialectInterface {
  using OpAsmDialectInterface::OpAsmDialectInterface;

  AliasResult getAlias(Attribute attribute, raw_ostream &os) const override {
    if (!isa<MeshAttr>(attribute))
      return AliasResult::NoAlias;
    os << "mesh";
    return AliasResult::FinalAlias;
  }
};

} // namespace

void DtcDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dtc/IR/DtcTypes.cpp.inc"
      >();
  registerAttributes();
  registerOperations();
  addInterfaces<DtcAsmInterface>();
}

Operation *DtcDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                           Type type, Location location) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getShapedType() != type)
    return nullptr;
  return ConstantOp::create(builder, location, type, elements);
}
