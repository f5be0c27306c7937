//===- MatMulToCpu.cpp - Code of contractions -----------------------------===//
//
// Operands become strided matrices, so that transposes and head splits cost
// nothing; leading dimensions merge where they lie without gaps. Who computes
// the product, a primitive or a kernel, is decided when it is emitted.
//
//===----------------------------------------------------------------------===//

#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

static void setOperand(const StridedView &view, int64_t (&shape)[6],
                       int64_t (&strides)[6]) {
  for (int64_t i = 0; i < view.rank(); ++i) {
    shape[i] = view.shape[i];
    strides[i] = view.strides[i];
  }
}

/// Batch dimensions repeated by broadcasting are size 1 to a contraction. Those
/// of an empty view have no step either, and are no repetition.
static StridedView withoutRepeats(StridedView view) {
  if (view.size() == 0)
    return view;
  for (int64_t i = 0; i + 2 < view.rank(); ++i)
    if (view.strides[i] == 0)
      view.shape[i] = 1;
  return view;
}

/// True when a batch dimension is longer than 1 only by repetition.
static bool repeatsOnly(const StridedView &lhs, const StridedView &rhs) {
  for (int64_t i = 0; i + 2 < lhs.rank(); ++i)
    if (std::max(lhs.shape[i], rhs.shape[i]) > 1 &&
        (lhs.shape[i] == 1 || lhs.strides[i] == 0) &&
        (rhs.shape[i] == 1 || rhs.strides[i] == 0))
      return true;
  return false;
}

static LogicalResult addContraction(ProgramBuilder &builder, Value result,
                                    StridedView lhs, StridedView rhs,
                                    Value bias, bool rhsIsStatic,
                                    Value sums = {}, dtc_sums summed = {}) {
  // The result's batches are those of the operands: one of them has them all.
  if (lhs.size() != 0 && rhs.size() != 0 && repeatsOnly(lhs, rhs)) {
    SmallVector<int64_t> shape(lhs.shape);
    for (int64_t i = 0; i + 2 < lhs.rank(); ++i)
      if (shape[i] == 1 && rhs.shape[i] > 1) {
        shape[i] = lhs.shape[i] = rhs.shape[i];
        lhs.strides[i] = 0;
      }
    StridedView whole = builder.allocate(shape, lhs.element);
    builder.copy(lhs, whole, result.getLoc());
    lhs = whole;
  }
  PendingContraction contraction;
  contraction.value = result;
  contraction.lhs = withoutRepeats(std::move(lhs));
  contraction.rhs = withoutRepeats(std::move(rhs));
  contraction.bias = bias;
  contraction.sums = sums;
  contraction.summed = summed;
  dtc_matmul &desc = contraction.desc;
  desc.dtype = static_cast<int32_t>(getDType(elementOf(result)));
  desc.ndim = contraction.lhs.rank();
  desc.rhs_packed = rhsIsStatic;
  desc.scale = 1;
  setOperand(contraction.lhs, desc.lhs_shape, desc.lhs_strides);
  setOperand(contraction.rhs, desc.rhs_shape, desc.rhs_strides);
  return builder.addContraction(std::move(contraction));
}

/// A view of rank 2 of a tensor's rows; copies when they have gaps.
static StridedView asMatrix(ProgramBuilder &builder, Value value) {
  StridedView view = builder.view(value);
  int64_t columns = view.shape.back();
  int64_t rows = numElements(ArrayRef<int64_t>(view.shape).drop_back());
  if (auto matrix = view.reshaped({rows, columns}))
    return *matrix;
  return *builder.dense(value).reshaped({rows, columns});
}

static LogicalResult buildLinear(ProgramBuilder &builder, LinearOp op) {
  StridedView weight = builder.view(op.getWeight());
  if (!op.getWeightInOut())
    weight = weight.transposed({1, 0});
  return addContraction(builder, op.getResult(),
                        asMatrix(builder, op.getInput()), weight, op.getBias(),
                        builder.isStatic(op.getWeight()));
}

static StridedView swapLast(const StridedView &view) {
  SmallVector<int64_t> order;
  for (int64_t i = 0; i < view.rank(); ++i)
    order.push_back(i);
  std::swap(order[view.rank() - 1], order[view.rank() - 2]);
  return view.transposed(order);
}

/// Leading dimensions of size 1 up to `rank`.
static StridedView withRank(StridedView view, int64_t rank) {
  while (view.rank() < rank) {
    view.shape.insert(view.shape.begin(), 1);
    view.strides.insert(view.strides.begin(), 0);
  }
  return view;
}

static LogicalResult buildMatMul(ProgramBuilder &builder, MatMulOp op) {
  bool isStatic = builder.isStatic(op.getRhs());
  StridedView rhs = builder.view(op.getRhs());
  if (op.getTransposeRhs())
    rhs = swapLast(rhs);
  if (rhs.rank() == 2 && !op.getTransposeLhs())
    return addContraction(builder, op.getResult(),
                          asMatrix(builder, op.getLhs()), rhs, Value(),
                          isStatic);
  StridedView lhs = builder.view(op.getLhs());
  if (op.getTransposeLhs())
    lhs = swapLast(lhs);
  int64_t rank = std::max(lhs.rank(), rhs.rank());
  if (rank > 5)
    return op.emitOpError()
           << "expected at most 5 dimensions on processors, got " << rank;
  return addContraction(builder, op.getResult(), withRank(lhs, rank),
                        withRank(rhs, rank), Value(), isStatic);
}

static LogicalResult buildWeightGradient(ProgramBuilder &builder,
                                         LinearWeightGradientOp op) {
  Value rows = op.getGradient(), columns = op.getInput();
  if (op.getWeightInOut())
    std::swap(rows, columns);
  // The gradient of the bias sums what this product reads.
  Value sums = ProgramBuilder::findRowSum(op, op.getGradient());
  return addContraction(
      builder, op.getResult(), asMatrix(builder, rows).transposed({1, 0}),
      asMatrix(builder, columns), Value(), builder.isStatic(columns), sums,
      op.getWeightInOut() ? DTC_SUMS_RHS : DTC_SUMS_LHS);
}

void dtc::cpu::registerMatMulCpuLowerings(CpuLowerings &lowerings) {
  lowerings.build<LinearWeightGradientOp>(buildWeightGradient);
  lowerings.build<LinearOp>(buildLinear);
  lowerings.build<MatMulOp>(buildMatMul);
}
