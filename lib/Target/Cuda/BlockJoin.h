//===- BlockJoin.h - Warps of a block that join what they have --*- C++ -*-===//

#ifndef DTC_LIB_TARGET_CUDA_BLOCKJOIN_H
#define DTC_LIB_TARGET_CUDA_BLOCKJOIN_H

#include "WarpOps.h"

#include <string>

namespace dtc::cuda {

/// Joins through shared memory. One a kernel: it names the memory.
class BlockJoin {
public:
  /// `lane` and `warpNumber` are the thread's, i32; blocks have `warps` warps.
  BlockJoin(mlir::OpBuilder &builder, mlir::Location location,
            llvm::StringRef kernelName, mlir::Value lane,
            mlir::Value warpNumber, int64_t warps)
      : builder(builder), location(location), warp(builder, location),
        kernelName(kernelName.str()), lane(lane), warpNumber(warpNumber),
        warps(warps) {}

  /// What each warp has, joined; every thread of the block has the results. All
  /// threads of the block must be there.
  llvm::SmallVector<mlir::Value> join(llvm::ArrayRef<cpu::Combine> combines,
                                      llvm::ArrayRef<mlir::Value> values);

private:
  mlir::Value place(mlir::Value row, mlir::Type element, mlir::Value index);
  mlir::Value number(int64_t value) const;

  mlir::OpBuilder &builder;
  mlir::Location location;
  WarpOps warp;
  std::string kernelName;
  mlir::Value lane, warpNumber;
  int64_t warps;
  int rows = 0;
};

} // namespace dtc::cuda

#endif // DTC_LIB_TARGET_CUDA_BLOCKJOIN_H
