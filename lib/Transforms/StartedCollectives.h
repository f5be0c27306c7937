//===- StartedCollectives.h - Collectives and their waits -------*- C++ -*-===//

#ifndef DTC_LIB_TRANSFORMS_STARTEDCOLLECTIVES_H
#define DTC_LIB_TRANSFORMS_STARTEDCOLLECTIVES_H

#include "dtc/IR/Dtc.h"

namespace dtc {

inline bool isCollective(mlir::Operation *op) {
  return llvm::isa<AllReduceOp, AllGatherOp, ReduceScatterOp, AllToAllOp,
                   HaloExchangeOp>(op);
}

/// The only use of a started collective, or null.
inline WaitOp waitOf(mlir::Operation *collective) {
  return collective->getResult(0).hasOneUse()
             ? llvm::dyn_cast<WaitOp>(*collective->getResult(0).user_begin())
             : WaitOp();
}

/// Erases a wait and its collective when nothing uses the value.
inline void eraseIfUnused(mlir::Operation *collective) {
  WaitOp wait = waitOf(collective);
  if (!wait || !wait.use_empty())
    return;
  wait.erase();
  collective->erase();
}

} // namespace dtc

#endif // DTC_LIB_TRANSFORMS_STARTEDCOLLECTIVES_H
