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

static LogicalResult verifyPhase(Operation *op, Attribute value) {
  auto phase = dyn_cast<StringAttr>(value);
  if (phase && llvm::is_contained({"forward", "backward", "optimizer"},
                                  phase.getValue()))
    return success();
  return op->emitOpError() << "expected 'dtc.phase' to be \"forward\", "
                              "\"backward\" or \"optimizer\", got "
                           << value;
}

/// Anything else of the dialect's on an op is for passes that know it.
LogicalResult DtcDialect::verifyOperationAttribute(Operation *op,
                                                   NamedAttribute attribute) {
  if (attribute.getName() == "dtc.phase")
    return verifyPhase(op, attribute.getValue());
  if (attribute.getName() != "dtc.in_place")
    return success();
  if (!isa<UnitAttr>(attribute.getValue()))
    return op->emitOpError() << "expected 'dtc.in_place' to be a unit, got "
                             << attribute.getValue();
  bool storable =
      isa<ShardingRuleInterface>(op) && op->getNumOperands() > 0 &&
      op->getNumResults() == 1 &&
      detail::sameShapesAndElementTypes(
          op->getResultTypes(), op->getOperands().take_front().getTypes());
  if (!storable)
    return op->emitOpError() << "with 'dtc.in_place' expected one result of "
                                "operand 0's shape and element type";
  return success();
}

ShardingRule dtc::getPlacementRule(ShardingRuleInterface op) {
  ShardingRule rule = op.getShardingRule();
  if (!op->hasAttr("dtc.in_place"))
    return rule;
  rule.followedOperand = 0;
  rule.inPlace = true;
  return rule;
}

StringRef dtc::getPhase(Operation *op) {
  auto phase = op->getAttrOfType<StringAttr>("dtc.phase");
  return phase ? phase.getValue() : "forward";
}

void dtc::setPhase(Operation *op, StringRef phase) {
  op->setDiscardableAttr("dtc.phase", StringAttr::get(op->getContext(), phase));
}

void dtc::copyPhase(Operation *from, Operation *to) {
  if (Attribute phase = from->getDiscardableAttr("dtc.phase"))
    to->setDiscardableAttr("dtc.phase", phase);
}

Operation *DtcDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                           Type type, Location location) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getShapedType() != type)
    return nullptr;
  return ConstantOp::create(builder, location, type, elements);
}
