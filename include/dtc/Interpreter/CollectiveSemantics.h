//===- CollectiveSemantics.h - What collectives do to pieces ----*- C++ -*-===//
//
// Collectives on the arrays of all ranks at once: plain values, no transport.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_INTERPRETER_COLLECTIVESEMANTICS_H
#define DTC_INTERPRETER_COLLECTIVESEMANTICS_H

#include "dtc/Interpreter/HostTensor.h"
#include "dtc/Sharding/Redistribution.h"

namespace mlir {
class Operation;
} // namespace mlir

namespace dtc {

/// A collective along one mesh axis: one of the StepKinds that communicate.
struct Collective {
  StepKind kind = StepKind::AllReduce;
  int64_t axis = 0;
  /// AllGather, AllToAll, HaloExchange: the dimension that is split before.
  int64_t fromDim = 0;
  /// ReduceScatter, AllToAll: the dimension that is split after.
  int64_t toDim = 0;
  /// AllReduce, ReduceScatter.
  ReduceKind reduce = ReduceKind::Sum;
  /// HaloExchange: for each member of a group, from where to where of the whole
  /// dimension it takes.
  llvm::SmallVector<int64_t, 8> rows;

  bool operator==(const Collective &o) const {
    return kind == o.kind && axis == o.axis && fromDim == o.fromDim &&
           toDim == o.toDim && reduce == o.reduce && rows == o.rows;
  }
  /// "all_reduce along axis 0, max".
  std::string str() const;
};

/// The collective that `op` starts; nothing for other ops.
std::optional<Collective> getCollective(mlir::Operation *op);

/// The collective that a communicating step stands for, on a tensor of `shape`.
Collective getCollective(const RedistributionStep &step,
                         llvm::ArrayRef<int64_t> shape, const Mesh &mesh);

/// Runs the collective within each group of ranks that differ only in their
/// coordinate on its axis. Reductions go in rank order, in double or modulo
/// 2^64, and are rounded once. Errors: pieces that do not fit together.
llvm::Expected<std::vector<HostTensor>>
runCollective(const Collective &collective, const Mesh &mesh,
              llvm::ArrayRef<HostTensor> pieces);

/// The reduction of equally shaped arrays, in order; at least one.
HostTensor reduce(llvm::ArrayRef<HostTensor> arrays, ReduceKind kind);

/// The global value that all ranks together hold: shards concatenated, partial
/// values reduced. Error: replicated pieces that are not bitwise equal, or
/// pieces that do not fit.
llvm::Expected<HostTensor> assemble(llvm::ArrayRef<Placement> placements,
                                    const Mesh &mesh,
                                    std::vector<HostTensor> pieces);

} // namespace dtc

#endif // DTC_INTERPRETER_COLLECTIVESEMANTICS_H
