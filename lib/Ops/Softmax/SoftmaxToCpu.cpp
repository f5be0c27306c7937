//===- SoftmaxToCpu.cpp - Code of softmax ---------------------------------===//

#include "CpuLowerings.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

static SmallVector<int64_t> axisOf(Operation *op) {
  return {op->getAttrOfType<IntegerAttr>("axis").getInt()};
}

void dtc::cpu::registerSoftmaxCpuLowerings(CpuLowerings &lowerings) {
  lowerings.rows<SoftmaxOp>(
      axisOf, [](RowBuilder &row, SoftmaxOp, ArrayRef<Expression *> operands) {
        Expression *x = operands[0];
        Expression *largest = row.reduce(Combine::Max, x);
        Expression *power = row.exp(row.sub(x, largest));
        Expression *sum = row.reduce(Combine::Sum, power);
        return row.mul(power, row.div(row.constant(x, 1), sum));
      });
  lowerings.rows<LogSoftmaxOp>(axisOf, [](RowBuilder &row, LogSoftmaxOp,
                                          ArrayRef<Expression *> operands) {
    Expression *x = operands[0];
    Expression *shifted = row.sub(x, row.reduce(Combine::Max, x));
    Expression *sum = row.reduce(Combine::Sum, row.exp(shifted));
    return row.sub(shifted, row.log(sum));
  });
}
