//===- WarpOps.h - Threads that join what they have -------------*- C++ -*-===//

#ifndef DTC_LIB_TARGET_CUDA_WARPOPS_H
#define DTC_LIB_TARGET_CUDA_WARPOPS_H

#include "ExpressionCode.h"

namespace dtc::cuda {

/// Emits what threads of a warp, and warps of a block, tell each other.
class WarpOps {
public:
  WarpOps(mlir::OpBuilder &builder, mlir::Location location)
      : builder(builder), location(location) {}

  /// This thread's number in its block, that of the block, and the blocks of
  /// the grid; i32.
  mlir::Value thread() const;
  mlir::Value block() const;
  mlir::Value gridBlocks() const;

  /// `value` of the thread whose number in the warp differs in the bits
  /// `laneMask`. Any scalar of up to 64 bits.
  mlir::Value exchange(mlir::Value value, int32_t laneMask) const;
  /// `value` of the thread `distance` before this one, which must be there.
  mlir::Value fromBefore(mlir::Value value, int32_t distance) const;
  /// `value` of the warp's thread `lane`.
  mlir::Value fromLane(mlir::Value value, int32_t lane) const;

  /// A word whose bit n is the predicate of the warp's thread n.
  mlir::Value ballot(mlir::Value predicate) const;

  void barrier() const;

  /// Memory that a block's threads share, for `count` values of the element
  /// type, as it lies in memory. Names are the kernels' own.
  mlir::Value sharedMemory(llvm::StringRef name, mlir::Type element,
                           int64_t count) const;

  /// All of the warp's values, joined; every thread has the result.
  mlir::Value joinWarp(cpu::Combine combine, mlir::Value value) const;

private:
  enum class Source { Exchange, Before, Lane };
  mlir::Value shuffle(Source source, mlir::Value value, int32_t by) const;
  mlir::Value shuffleWord(Source source, mlir::Value word, int32_t by) const;
  mlir::Value i32(int64_t value) const;

  mlir::OpBuilder &builder;
  mlir::Location location;
};

/// cpu::emitCombine with the GPU's instructions for extremes.
mlir::Value emitCombine(mlir::OpBuilder &builder, mlir::Location location,
                        cpu::Combine combine, mlir::Value lhs, mlir::Value rhs);

} // namespace dtc::cuda

#endif // DTC_LIB_TARGET_CUDA_WARPOPS_H
