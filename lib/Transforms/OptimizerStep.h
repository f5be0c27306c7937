//===- OptimizerStep.h - What an optimizer makes of gradients ---*- C++ -*-===//

#ifndef DTC_LIB_TRANSFORMS_OPTIMIZERSTEP_H
#define DTC_LIB_TRANSFORMS_OPTIMIZERSTEP_H

#include "dtc/IR/TensorBuilder.h"
#include "dtc/Plan/TrainingSpec.h"

namespace dtc {

/// The state that counts steps, an f64.
constexpr llvm::StringLiteral stepStateName = "optimizer.step";

/// Builds one optimizer's step, parameter by parameter, with the numbers of
/// the torch class of that name. State is held as its parameter is.
class OptimizerStep {
public:
  OptimizerStep(const plan::Optimizer &optimizer, TensorBuilder &builder)
      : optimizer(optimizer), b(builder) {}

  /// Updates the parameter and its states, which are held by `layout`; returns
  /// its new value. Where `layout` is the parameter's `gradient` is placed as
  /// that is, elsewhere it is brought to the states.
  mlir::Value update(ParameterOp parameter, mlir::Value gradient,
                     LayoutAttr layout);

  /// The names of the states that `parameter` has, for errors.
  llvm::SmallVector<std::string> stateNames(llvm::StringRef parameter) const;

private:
  mlir::Value updateSgd(ParameterOp parameter, mlir::Value value,
                        mlir::Value gradient);
  mlir::Value updateAdamW(ParameterOp parameter, mlir::Value value,
                          mlir::Value gradient);
  mlir::Value state(llvm::StringRef name, mlir::RankedTensorType type,
                    LayoutAttr layout);
  mlir::Value stateOf(ParameterOp parameter, llvm::StringRef kind);
  mlir::Value held(mlir::Value value);
  void setState(ParameterOp parameter, llvm::StringRef kind, mlir::Value value);
  void countStep();

  const plan::Optimizer &optimizer;
  TensorBuilder &b;
  /// AdamW: lr / (1 - beta1^t) and sqrt(1 - beta2^t), f64.
  mlir::Value stepSize, denominatorScale;
  /// Of the parameter at hand: how its states are held, and one of them where
  /// that is not how it is held itself.
  LayoutAttr stateLayout;
  mlir::Value target;
};

} // namespace dtc

#endif // DTC_LIB_TRANSFORMS_OPTIMIZERSTEP_H
