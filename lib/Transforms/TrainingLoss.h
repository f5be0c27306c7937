//===- TrainingLoss.h - The loss of a training step -------------*- C++ -*-===//

#ifndef DTC_LIB_TRANSFORMS_TRAININGLOSS_H
#define DTC_LIB_TRANSFORMS_TRAININGLOSS_H

#include "dtc/IR/TensorBuilder.h"
#include "dtc/Plan/TrainingSpec.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace dtc {

/// The index of the function's result that feeds the loss, by `loss.output`;
/// nothing after an error in `diagnostics`.
std::optional<unsigned> findLossOutput(mlir::func::FuncOp function,
                                       const plan::Loss &loss,
                                       plan::DiagnosticList &diagnostics);

/// Adds the graph input that the loss reads besides the output, if it reads one
/// and the function has none of that name: `target`, or `grad.OUTPUT`.
void declareLossInput(mlir::func::FuncOp function, const plan::Loss &loss,
                      unsigned output);

/// Whether the argument is that graph input.
bool isLossInput(mlir::func::FuncOp function, const plan::Loss &loss,
                 unsigned output, mlir::BlockArgument argument);

/// A loss and how its output enters it.
struct TrainingLoss {
  mlir::Value loss;                                     ///< rank 0, f32 or f64
  std::function<mlir::Value(TensorBuilder &)> gradient; ///< of the output
};

/// Builds the loss of the value `output`, the function's result `index`, whose
/// input was declared. Errors (in `diagnostics`, at the spec): an output that
/// is no floating-point tensor, a class dimension or an input that does not
/// fit.
std::optional<TrainingLoss> buildLoss(TensorBuilder &builder,
                                      mlir::func::FuncOp function,
                                      const plan::Loss &loss,
                                      mlir::Value output, unsigned index,
                                      plan::DiagnosticList &diagnostics);

} // namespace dtc

#endif // DTC_LIB_TRANSFORMS_TRAININGLOSS_H
