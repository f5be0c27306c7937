//===- Interpreter.h - Reference evaluation of dtc programs -----*- C++ -*-===//
//
// The oracle: programs of any stage run on host arrays. A global program, a
// placed one with all ranks simulated, and the ranks' local programs must give
// the same values.
//
// Inputs and parameters are global arrays by name; the interpreter cuts them.
// For an input whose layout is partial, `NAME.rankK` is the contribution of
// rank K; ranks without one contribute the array `NAME` itself.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_INTERPRETER_INTERPRETER_H
#define DTC_INTERPRETER_INTERPRETER_H

#include "dtc/IR/Dtc.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <map>

namespace dtc {

using NamedTensors = std::map<std::string, HostTensor>;

/// What a program runs on.
struct ProgramInputs {
  NamedTensors inputs;
  NamedTensors parameters;
};

/// The name of an argument or a result: its `dtc.name`, else `arg0` or
/// `result0`.
std::string getInputName(mlir::func::FuncOp function, unsigned index);
std::string getOutputName(mlir::func::FuncOp function, unsigned index);

/// The global type of an argument or a result at any stage: with its layout
/// when the program has one.
mlir::RankedTensorType getInputType(mlir::func::FuncOp function,
                                    unsigned index);
mlir::RankedTensorType getOutputType(mlir::func::FuncOp function,
                                     unsigned index);

/// Runs the program on global values; layouts mean nothing, redistributions
/// and collectives are identities, partial inputs are completed first. One
/// array a result. Errors are emitted: a missing or misshapen input, an op
/// without reference semantics, an index out of range.
///
/// Here and below `updates`, where given, gets the global array that each
/// `dtc.update` leaves, by name: parameters of the next step. States are
/// parameters, too; one without an array is at its first step.
mlir::FailureOr<std::vector<HostTensor>>
evaluateGlobal(mlir::func::FuncOp function, const ProgramInputs &inputs,
               NamedTensors *updates = nullptr);

/// Runs a `placed` or `collectives` program with every rank of `mesh`
/// simulated and gives the reassembled results. Further errors: ranks that
/// disagree on a replicated result, a local form that does not verify.
mlir::FailureOr<std::vector<HostTensor>>
evaluatePlaced(mlir::func::FuncOp function, const Mesh &mesh,
               const ProgramInputs &inputs, NamedTensors *updates = nullptr);

/// Runs the `local` programs of ranks 0, 1, ... from collective to collective
/// and gives the reassembled results. Further errors: ranks whose sequences of
/// collectives differ.
mlir::FailureOr<std::vector<HostTensor>>
evaluateLocal(llvm::ArrayRef<mlir::func::FuncOp> ranks,
              const ProgramInputs &inputs, NamedTensors *updates = nullptr);

/// Which rank of which mesh an op is evaluated for; no mesh: globally.
struct RankPosition {
  const Mesh *mesh = nullptr;
  int64_t rank = 0;
};

/// Evaluates one compute op, constant or parameter whose types have the shapes
/// of `operands`.
mlir::LogicalResult evaluateOp(mlir::Operation *op,
                               llvm::ArrayRef<HostTensor> operands,
                               const NamedTensors &parameters,
                               RankPosition position,
                               llvm::SmallVectorImpl<HostTensor> &results);

/// The array of input `index` as one rank holds it.
mlir::FailureOr<HostTensor> getInputPiece(mlir::func::FuncOp function,
                                          unsigned index,
                                          const NamedTensors &inputs,
                                          RankPosition position);

/// What all ranks together hold of a tensor of `type`; `what` names it in
/// errors, at `op`.
mlir::FailureOr<HostTensor> assembleValue(mlir::Operation *op,
                                          const llvm::Twine &what,
                                          mlir::RankedTensorType type,
                                          const Mesh &mesh,
                                          std::vector<HostTensor> pieces);

/// The results that all ranks together hold: `pieces[rank][result]`.
mlir::FailureOr<std::vector<HostTensor>>
assembleResults(mlir::func::FuncOp function, const Mesh &mesh,
                llvm::ArrayRef<std::vector<HostTensor>> pieces);

} // namespace dtc

#endif // DTC_INTERPRETER_INTERPRETER_H
