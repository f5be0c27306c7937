//===- MathApproximations.cpp - exp, tanh, erf and the like on vectors ----===//
//
// MLIR's polynomial approximations for f32 vectors; other types, and functions
// without one, go to the C library element by element.
//
//===----------------------------------------------------------------------===//

#include "Expression.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace {

struct ApproximateMath
    : public PassWrapper<ApproximateMath, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ApproximateMath)

  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<vector::VectorDialect>();
  }

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    auto all = [](StringRef) { return true; };
    populateMathPolynomialApproximationPatterns(patterns, all);
    (void)applyPatternsGreedily(getOperation(), std::move(patterns));
  }
};

} // namespace

void dtc::cpu::addMathApproximations(PassManager &manager) {
  manager.addNestedPass<func::FuncOp>(std::make_unique<ApproximateMath>());
}
