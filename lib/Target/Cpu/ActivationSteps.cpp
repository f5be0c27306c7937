//===- ActivationSteps.cpp - Activations of products, and their gradients -===//
//
// What a library on GPUs does with activations beside joining them:
//
// 1. In the forward pass, a relu that joined a product keeps a mask, and a gelu
//    by tanh the values before it.
// 2. In the backward pass, the product that makes the gradient of the
//    activation's result is multiplied by the derivative, and summed over rows
//    where the program wants the gradient of a bias.
// 3. A library may refuse any of this when the program loads. The product is
//    then plain, and kernels, which the program always has, finish it in place.
//
//===----------------------------------------------------------------------===//

#include "ActivationGradient.h"
#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

/// The library wants values before gelu at multiples of this, in bytes, and
/// rows of so many elements.
static constexpr int64_t kKeptAlignment = 16, kKeptRow = 8;

//===----------------------------------------------------------------------===//
// Forward
//===----------------------------------------------------------------------===//

/// Lets the relu that joined keep a mask where its gradient will read one.
void ProgramBuilder::keepMask(PendingContraction &c) {
  dtc_matmul &desc = c.desc;
  // One batch at most: forward and backward number its matrices alike.
  if (!program.products.hasGradients || c.residual || desc.ndim > 3 ||
      desc.epilogue != DTC_EPILOGUE_RELU)
    return;
  Operation *gradient = findReluGradient(c.value);
  if (!gradient)
    return;
  int64_t columns = desc.rhs_shape[desc.ndim - 1];
  int64_t rows = numElements(shapeOf(c.value)) / columns;
  int64_t rowBytes =
      (columns + DTC_MASK_BITS - 1) / DTC_MASK_BITS * (DTC_MASK_BITS / 8);
  auto byte = IntegerType::get(gradient->getContext(), 8);
  c.kept = allocate({rows, rowBytes}, byte);
  desc.aux = masks.size() + 1;
  masks[gradient] = {desc.aux, *c.kept};
}

/// Joins the gelu that is one of several users: the library stores what it is
/// of, too.
void ProgramBuilder::joinGelu(PendingContraction &c) {
  const dtc_matmul &desc = c.desc;
  if (!program.products.hasGradients || inLoad || c.residual ||
      c.value.hasOneUse() || desc.epilogue != DTC_EPILOGUE_NONE ||
      isOwnKernel(desc) || desc.rhs_shape[desc.ndim - 1] % kKeptRow != 0)
    return;
  for (Operation *user : c.value.getUsers()) {
    auto gelu = dyn_cast<GeluOp>(user);
    // One that is computed again in the backward pass is not wanted before.
    if (!gelu || !gelu.getTanh() ||
        phaseOf(gelu) != phaseOf(c.value.getDefiningOp()))
      continue;
    c.kept = allocateDense(c.value);
    define(c.value, *c.kept);
    c.desc.aux = 1;
    join(c, gelu);
    joined.insert(gelu);
    return;
  }
}

//===----------------------------------------------------------------------===//
// Backward
//===----------------------------------------------------------------------===//

/// Lets `user`, the product's only one, join if it multiplies the product by an
/// activation's derivative.
bool ProgramBuilder::joinGradient(PendingContraction &c, Operation *user) {
  dtc_matmul &desc = c.desc;
  if (!program.products.hasGradients || inLoad || c.bias || c.residual ||
      desc.epilogue != DTC_EPILOGUE_NONE || isOwnKernel(desc))
    return false;
  if (auto mask = masks.find(user); mask != masks.end()) {
    if (user->getOperand(1) != c.value)
      return false;
    desc.epilogue = DTC_EPILOGUE_RELU_GRADIENT;
    desc.aux = mask->second.number;
    c.kept = mask->second.memory;
    return true;
  }
  std::optional<GeluGradient> gelu = matchGeluGradient(user, c.value);
  if (!gelu || !isMaterialized(gelu->input) ||
      desc.rhs_shape[desc.ndim - 1] % kKeptRow != 0)
    return false;
  StridedView input = view(gelu->input);
  if (!input.isDense() || pointer(input).bytes % kKeptAlignment != 0)
    return false;
  desc.epilogue = DTC_EPILOGUE_GELU_TANH_GRADIENT;
  desc.aux = 1;
  c.kept = input;
  joined.insert(gelu->derivative.begin(), gelu->derivative.end());
  return true;
}

//===----------------------------------------------------------------------===//
// What the library may leave
//===----------------------------------------------------------------------===//

/// The kernels that `emit` adds run where the library has left so much of the
/// last product.
void ProgramBuilder::whereLeft(dtc_left left, llvm::function_ref<void()> emit) {
  size_t before = steps().size();
  int product = static_cast<int>(program.primitives.size()) - 1;
  emit();
  for (Step &step : llvm::drop_begin(steps(), before)) {
    assert(step.kind == Step::Kind::Kernel && "only kernels may be left out");
    step.finishes = product;
    step.left = left;
  }
}

/// The bias, then the activation; `result` has the description's dimensions.
void ProgramBuilder::finishForward(const PendingContraction &c,
                                   const StridedView &bias,
                                   const StridedView &result) {
  IndexMap map = identityMap(result.rank());
  Location location = c.value.getLoc();
  // Where the values before gelu are kept, the product is there.
  StridedView product = result;
  if (c.kept && c.desc.epilogue == DTC_EPILOGUE_GELU_TANH)
    product = c.kept->reshaped(result.shape).value();
  if (c.bias)
    whereLeft(DTC_LEFT_BIAS, [&] {
      StridedView addend = bias.reshaped({result.shape.back()}).value();
      addKernel(result.shape, result.rank(), product, map, location,
                [&](ExpressionBuilder &b) {
                  RowBuilder row{b.spec(), result.shape.back()};
                  return row.sum(b.load(product, map),
                                 b.load(addend, {map.back()}));
                });
    });
  if (c.desc.epilogue != DTC_EPILOGUE_NONE)
    whereLeft(DTC_LEFT_EPILOGUE, [&] {
      addKernel(result.shape, result.rank(), result, map, location,
                [&](ExpressionBuilder &b) {
                  return joinedEpilogue(b, c, b.load(product, map));
                });
    });
}

/// The gradient as the program has it, of the product in its place, and its
/// sums.
void ProgramBuilder::finishGradient(const PendingContraction &c,
                                    const StridedView &result) {
  size_t product = steps().size() - 1;
  whereLeft(DTC_LEFT_EPILOGUE, [&] {
    views.erase(c.value);
    define(c.beforeEpilogue, result);
    IndexMap map = identityMap(result.rank());
    addKernel(result.shape, result.rank(), result, map, c.value.getLoc(),
              [&](ExpressionBuilder &b) { return b.at(c.value, map); });
    define(c.value, result);
  });
  if (!c.sums)
    return;
  Operation *sum = c.sums.getDefiningOp();
  whereLeft(DTC_LEFT_SUMS, [&] {
    [[maybe_unused]] LogicalResult built =
        (*CpuLowerings::get().findBuild(sum))(*this, sum);
    assert(succeeded(built) && "a sum over rows has kernels");
  });
  enum { Lhs, Rhs, Bias };
  steps()[product].arguments[Bias] = pointer(view(c.sums));
  joined.insert(sum);
}
