//===- GatherToCpu.cpp - Lookups as loads whose row comes from data -------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

/// Row numbers as i64.
static Expression *rowNumber(ExpressionBuilder &b, Value indices,
                             Expression *row) {
  Type i64 = IntegerType::get(indices.getContext(), 64);
  if (row->element == i64)
    return row;
  bool isUnsigned = elementOf(indices).isUnsignedInteger();
  return b.spec().compute(
      isUnsigned ? "row unsigned" : "row", i64, {row},
      [isUnsigned](const ElementBuilder &e, ValueRange v) -> Value {
        if (isUnsigned)
          return arith::ExtUIOp::create(e.builder, e.location, e.type, v[0]);
        return arith::ExtSIOp::create(e.builder, e.location, e.type, v[0]);
      });
}

static Expression *embedding(ExpressionBuilder &b, EmbeddingOp op,
                             const IndexMap &map) {
  IndexMap indexMap(map.begin(), map.end() - 1);
  Expression *row =
      rowNumber(b, op.getIndices(), b.at(op.getIndices(), indexMap));
  Expression *value = b.indexed(b.builder().view(op.getWeight()),
                                {DimIndex{}, map.back()}, 0, row);
  if (op.getTotalRows()) {
    value->rowOffset = *op.getRowOffset();
    value->totalRows = *op.getTotalRows();
  }
  return value;
}

static Expression *gather(ExpressionBuilder &b, GatherOp op,
                          const IndexMap &map) {
  int64_t axis = op.getAxis(), count = shapeOf(op.getIndices()).size();
  IndexMap indexMap(map.begin() + axis, map.begin() + axis + count);
  IndexMap dataMap(map.begin(), map.begin() + axis);
  dataMap.push_back(DimIndex{});
  dataMap.append(map.begin() + axis + count, map.end());
  Expression *row =
      rowNumber(b, op.getIndices(), b.at(op.getIndices(), indexMap));
  return b.indexed(b.builder().view(op.getData()), dataMap, axis, row);
}

static Expression *gatherElements(ExpressionBuilder &b, GatherElementsOp op,
                                  const IndexMap &map) {
  Expression *row = rowNumber(b, op.getIndices(), b.at(op.getIndices(), map));
  Expression *value =
      b.indexed(b.builder().view(op.getData()), map, op.getAxis(), row);
  if (op.getTotal()) {
    value->rowOffset = *op.getOffset();
    value->totalRows = *op.getTotal();
  }
  return value;
}

/// One number of an index tuple as a share of the row of the flattened leading
/// dimensions; far out of range when it is out of its own.
static Expression *tupleShare(ExpressionBuilder &b, Expression *number,
                              int64_t extent, int64_t stride) {
  std::string label =
      "tuple" + std::to_string(extent) + "x" + std::to_string(stride);
  Type i64 = IntegerType::get(number->element.getContext(), 64);
  return b.spec().compute(
      label, i64, {number},
      [extent, stride](const ElementBuilder &e, ValueRange v) -> Value {
        OpBuilder &builder = e.builder;
        Location l = e.location;
        Value n = v[0];
        Value size = e.constant(extent);
        Value wrapped = arith::AddIOp::create(builder, l, n, size);
        Value negative = arith::CmpIOp::create(
            builder, l, arith::CmpIPredicate::slt, n, e.constant(0));
        n = arith::SelectOp::create(builder, l, negative, wrapped, n);
        Value inside = arith::CmpIOp::create(
            builder, l, arith::CmpIPredicate::ult, n, size);
        Value share = arith::MulIOp::create(builder, l, n, e.constant(stride));
        return arith::SelectOp::create(builder, l, inside, share,
                                       e.constant(-0x1p45));
      });
}

static Expression *gatherNd(ExpressionBuilder &b, GatherNdOp op,
                            const IndexMap &map) {
  ArrayRef<int64_t> data = shapeOf(op.getData());
  int64_t batch = op.getBatchDims(), tuple = shapeOf(op.getIndices()).back();
  int64_t outer = shapeOf(op.getIndices()).size() - 1;
  // Data as [batch..., rows, slice...].
  SmallVector<int64_t> flat(data.take_front(batch));
  flat.push_back(numElements(data.slice(batch, tuple)));
  llvm::append_range(flat, data.drop_front(batch + tuple));
  StridedView view = *b.builder().dense(op.getData()).reshaped(flat);
  IndexMap indexMap(map.begin(), map.begin() + outer);
  indexMap.push_back(DimIndex{});
  Expression *row = nullptr;
  int64_t stride = numElements(data.slice(batch, tuple));
  for (int64_t i = 0; i < tuple; ++i) {
    int64_t extent = data[batch + i];
    stride = extent == 0 ? 0 : stride / extent;
    indexMap.back().offset = i;
    StridedView indices = b.builder().view(op.getIndices());
    Expression *share =
        tupleShare(b, rowNumber(b, op.getIndices(), b.load(indices, indexMap)),
                   extent, stride);
    row = !row ? share
               : b.spec().compute(
                     "addi", share->element, {row, share},
                     [](const ElementBuilder &e, ValueRange v) -> Value {
                       return arith::AddIOp::create(e.builder, e.location, v[0],
                                                    v[1]);
                     });
  }
  if (!row)
    row = b.spec().constant(IntegerType::get(op.getContext(), 64), 0);
  IndexMap dataMap(map.begin(), map.begin() + batch);
  dataMap.push_back(DimIndex{});
  dataMap.append(map.begin() + outer, map.end());
  return b.indexed(view, dataMap, batch, row);
}

/// Rows added to zeros by the routine of updates by index.
static LogicalResult buildEmbeddingGradient(ProgramBuilder &builder,
                                            EmbeddingGradientOp op) {
  ArrayRef<int64_t> table = shapeOf(op.getResult());
  StridedView indices = builder.dense(op.getIndices());
  StridedView updates = builder.dense(op.getGradient());
  StridedView result = builder.allocateDense(op.getResult());
  builder.define(op.getResult(), result);
  builder.fill(result, 0, op.getLoc());
  Routine routine;
  routine.kind = Routine::Kind::Scatter;
  dtc_scatter &desc = routine.scatter;
  desc.dtype = static_cast<int32_t>(getDType(elementOf(op.getResult())));
  desc.index_dtype = static_cast<int32_t>(getDType(elementOf(op.getIndices())));
  desc.combine = static_cast<int32_t>(ReduceKindEnum::sum);
  desc.row = numElements(table.drop_front());
  routine.extents.push_back(numElements(shapeOf(op.getIndices())));
  routine.strides.push_back(0);
  routine.indexExtents.push_back(table[0]);
  routine.indexStrides.push_back(desc.row);
  if (updates.size() > 0)
    builder.addRoutine(routine, {indices, updates, result}, op.getLoc());
  return success();
}

void dtc::cpu::registerGatherCpuLowerings(CpuLowerings &lowerings) {
  lowerings.build<EmbeddingGradientOp>(buildEmbeddingGradient);
  lowerings.expression<EmbeddingOp>(embedding);
  lowerings.expression<GatherOp>(gather);
  lowerings.expression<GatherElementsOp>(gatherElements);
  lowerings.expression<GatherNdOp>(gatherNd);
}
