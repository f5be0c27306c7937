//===- CpuLowerings.cpp - The lowerings of all op families ----------------===//

#include "CpuLowerings.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

const CpuLowerings &CpuLowerings::get() {
  static const CpuLowerings lowerings = [] {
    CpuLowerings all;
#define DTC_OP_FAMILY(NAME) register##NAME##CpuLowerings(all);
#include "Ops.def"
#undef DTC_OP_FAMILY
    return all;
  }();
  return lowerings;
}

LogicalResult dtc::cpu::verifyElements(Operation *op) {
  const ElementLowering *lowering = CpuLowerings::get().findElement(op);
  if (!lowering || lowering->numbers == Numbers::All)
    return success();
  for (Type type : op->getOperandTypes()) {
    Type element = getElementTypeOrSelf(type);
    if (isa<FloatType>(element) != (lowering->numbers == Numbers::Floats))
      return op->emitOpError() << "has no meaning on elements of type "
                               << element << ", cast them first";
  }
  return success();
}

Expression *RowBuilder::sum(Expression *a, Expression *b) {
  if (isa<FloatType>(a->element))
    return add(a, b);
  return binary("addi", a, b, [](const ElementBuilder &e, ValueRange v) {
    return getElementTypeOrSelf(e.type).isInteger(1)
               ? arith::OrIOp::create(e.builder, e.location, v[0], v[1])
                     .getResult()
               : arith::AddIOp::create(e.builder, e.location, v[0], v[1]);
  });
}

#define DTC_ROW_BINARY(NAME, OP)                                               \
  Expression *RowBuilder::NAME(Expression *a, Expression *b) {                 \
    return binary(#NAME, a, b, [](const ElementBuilder &e, ValueRange v) {     \
      return OP::create(e.builder, e.location, v[0], v[1]).getResult();        \
    });                                                                        \
  }
#define DTC_ROW_UNARY(NAME, OP, COST)                                          \
  Expression *RowBuilder::NAME(Expression *a) {                                \
    return unary(                                                              \
        #NAME, a,                                                              \
        [](const ElementBuilder &e, ValueRange v) {                            \
          return OP::create(e.builder, e.location, v[0]).getResult();          \
        },                                                                     \
        COST);                                                                 \
  }

DTC_ROW_BINARY(add, arith::AddFOp)
DTC_ROW_BINARY(sub, arith::SubFOp)
DTC_ROW_BINARY(mul, arith::MulFOp)
DTC_ROW_BINARY(div, arith::DivFOp)
DTC_ROW_UNARY(exp, math::ExpOp, 8)
DTC_ROW_UNARY(log, math::LogOp, 8)
DTC_ROW_UNARY(sqrt, math::SqrtOp, 4)
DTC_ROW_UNARY(abs, math::AbsFOp, 1)
