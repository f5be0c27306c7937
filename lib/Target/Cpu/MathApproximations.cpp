//===- MathApproximations.cpp - exp, tanh, erf and the like on vectors ----===//
//
// MLIR's polynomial approximations for f32 vectors; other types, and functions
// without a good one, go to the C library element by element:
//
// 1. Sines and cosines: the reduction of large arguments loses all bits. Arc
//    tangents: off by 40 units in the last place.
// 2. Logarithms take denormals for the smallest normal number, so these are
//    scaled first.
//
// What is denormal may become zero in a result.
//
//===----------------------------------------------------------------------===//

#include "Expression.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

/// log(x) = log(x * 2^25) - 25 log(2) for denormal x.
static void scaleDenormals(math::LogOp op) {
  OpBuilder builder(op);
  Location location = op.getLoc();
  Type type = op.getType();
  auto constant = [&](double value) -> Value {
    Attribute element = builder.getF32FloatAttr(static_cast<float>(value));
    auto shaped = dyn_cast<ShapedType>(type);
    return arith::ConstantOp::create(
        builder, location,
        cast<TypedAttr>(shaped ? DenseElementsAttr::get(shaped, element)
                               : element));
  };
  Value x = op.getOperand();
  Value isDenormal = arith::CmpFOp::create(
      builder, location, arith::CmpFPredicate::OLT, x, constant(0x1p-126));
  Value scaled = arith::MulFOp::create(builder, location, x, constant(0x1p25));
  op.setOperand(
      arith::SelectOp::create(builder, location, isDenormal, scaled, x));
  builder.setInsertionPointAfter(op);
  Value offset =
      arith::SelectOp::create(builder, location, isDenormal,
                              constant(25 * 0.6931471805599453), constant(0));
  auto result =
      arith::SubFOp::create(builder, location, op.getResult(), offset);
  op.getResult().replaceAllUsesExcept(result, result);
}

namespace {

struct ApproximateMath
    : public PassWrapper<ApproximateMath, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ApproximateMath)

  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<vector::VectorDialect>();
  }

  void runOnOperation() override {
    getOperation().walk([](math::LogOp op) {
      if (getElementTypeOrSelf(op.getType()).isF32())
        scaleDenormals(op);
    });
    RewritePatternSet patterns(&getContext());
    auto isAccurate = [](StringRef name) {
      return name != math::SinOp::getOperationName() &&
             name != math::CosOp::getOperationName() &&
             name != math::AtanOp::getOperationName();
    };
    populateMathPolynomialApproximationPatterns(patterns, isAccurate);
    (void)applyPatternsGreedily(getOperation(), std::move(patterns));
  }
};

} // namespace

void dtc::cpu::addMathApproximations(PassManager &manager) {
  manager.addNestedPass<func::FuncOp>(std::make_unique<ApproximateMath>());
}
