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

static Expression *meanOf(RowBuilder &row, Expression *x) {
  return row.mul(row.reduce(Combine::Sum, x),
                 row.constant(x, 1.0 / row.length));
}

/// The gradient of a row from that of the normalised one, `scaled`. `centred`
/// is the row as it was before it was divided by the root of `square`; what
/// `scaled` says along it is summed in the pass that sums its squares.
static Expression *gradientOfRow(RowBuilder &row, Expression *scaled,
                                 Expression *centred, double epsilon) {
  Expression *square = meanOf(row, row.mul(centred, centred));
  Expression *along = meanOf(row, row.mul(scaled, centred));
  Expression *inverse = inverseRoot(row, square, epsilon);
  Expression *unit = row.mul(centred, inverse);
  return row.mul(inverse,
                 row.sub(scaled, row.mul(unit, row.mul(along, inverse))));
}

static void registerGradients(CpuLowerings &lowerings) {
  lowerings.rows<LayerNormGradientOp>(
      trailingDims, [](RowBuilder &row, LayerNormGradientOp op,
                       ArrayRef<Expression *> operands) {
        Expression *x = operands[1];
        Expression *scaled = row.mul(operands[0], operands[2]);
        return gradientOfRow(row, row.sub(scaled, meanOf(row, scaled)),
                             row.sub(x, meanOf(row, x)),
                             op.getEpsilon().convertToDouble());
      });
  lowerings.rows<RmsNormGradientOp>(
      trailingDims, [](RowBuilder &row, RmsNormGradientOp op,
                       ArrayRef<Expression *> operands) {
        return gradientOfRow(row, row.mul(operands[0], operands[2]),
                             operands[1], op.getEpsilon().convertToDouble());
      });
}

void dtc::cpu::registerNormalizationCpuLowerings(CpuLowerings &lowerings) {
  lowerings.rows<LayerNormOp>(
      trailingDims,
      [](RowBuilder &row, LayerNormOp op, ArrayRef<Expression *> operands) {
        Expression *x = operands[0];
        Expression *centred = row.sub(x, meanOf(row, x));
        Expression *scale =
            inverseRoot(row, meanOf(row, row.mul(centred, centred)),
                        op.getEpsilon().convertToDouble());
        Expression *result = row.mul(row.mul(centred, scale), operands[1]);
        return operands.size() > 2 ? row.add(result, operands[2]) : result;
      });
  lowerings.rows<RmsNormOp>(trailingDims, [](RowBuilder &row, RmsNormOp op,
                                             ArrayRef<Expression *> operands) {
    Expression *x = operands[0];
    Expression *scale = inverseRoot(row, meanOf(row, row.mul(x, x)),
                                    op.getEpsilon().convertToDouble());
    return row.mul(row.mul(x, scale), operands[1]);
  });
  registerGradients(lowerings);
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
