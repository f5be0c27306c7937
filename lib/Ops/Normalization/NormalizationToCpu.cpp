//===- NormalizationToCpu.cpp - Code of normalisations --------------------===//

#include "CpuLowerings.h"
#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

static SmallVector<int64_t> trailingDims(Operation *op) {
  int64_t rank = shapeOf(op->getOperand(0)).size();
  SmallVector<int64_t> dims;
  for (int64_t i = op->getAttrOfType<IntegerAttr>("axis").getInt(); i < rank;
       ++i)
    dims.push_back(i);
  return dims;
}

/// 1 / sqrt(square + epsilon)
static Expression *inverseRoot(RowBuilder &row, Expression *square,
                               double epsilon) {
  Expression *root = row.sqrt(row.add(square, row.constant(square, epsilon)));
  return row.div(row.constant(square, 1), root);
}

void dtc::cpu::registerNormalizationCpuLowerings(CpuLowerings &lowerings) {
  lowerings.rows<LayerNormOp>(
      trailingDims,
      [](RowBuilder &row, LayerNormOp op, ArrayRef<Expression *> operands) {
        Expression *x = operands[0];
        Expression *share = row.constant(x, 1.0 / row.length);
        Expression *mean = row.mul(row.reduce(Combine::Sum, x), share);
        Expression *centred = row.sub(x, mean);
        Expression *variance =
            row.mul(row.reduce(Combine::Sum, row.mul(centred, centred)), share);
        Expression *scale =
            inverseRoot(row, variance, op.getEpsilon().convertToDouble());
        Expression *result = row.mul(row.mul(centred, scale), operands[1]);
        return operands.size() > 2 ? row.add(result, operands[2]) : result;
      });
  lowerings.rows<RmsNormOp>(trailingDims, [](RowBuilder &row, RmsNormOp op,
                                             ArrayRef<Expression *> operands) {
    Expression *x = operands[0];
    Expression *square = row.mul(row.reduce(Combine::Sum, row.mul(x, x)),
                                 row.constant(x, 1.0 / row.length));
    Expression *scale =
        inverseRoot(row, square, op.getEpsilon().convertToDouble());
    return row.mul(row.mul(x, scale), operands[1]);
  });
  lowerings.expression<BatchNormOp>(
      [](ExpressionBuilder &b, BatchNormOp op, const IndexMap &map) {
        IndexMap channel{map[1]};
        RowBuilder row{b.spec(), 1};
        Expression *x = b.at(op.getInput(), map);
        Expression *scale = inverseRoot(row, b.at(op.getVariance(), channel),
                                        op.getEpsilon().convertToDouble());
        Expression *centred = row.sub(x, b.at(op.getMean(), channel));
        Expression *scaled =
            row.mul(row.mul(centred, scale), b.at(op.getScale(), channel));
        return row.add(scaled, b.at(op.getBias(), channel));
      });
}
