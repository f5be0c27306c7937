//===- ProgramValues.h - The live values of a running program ---*- C++ -*-===//
//
// One array a rank for every value that will still be read; a value's arrays
// are freed after its last use.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_INTERPRETER_PROGRAMVALUES_H
#define DTC_LIB_INTERPRETER_PROGRAMVALUES_H

#include "dtc/Interpreter/HostTensor.h"

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"

namespace dtc {

class ProgramValues {
public:
  /// `arrays`: one a rank.
  void bind(mlir::Value value, std::vector<HostTensor> arrays);
  /// The arrays of a bound value.
  llvm::ArrayRef<HostTensor> get(mlir::Value value) const;
  /// The operands of `op` on `rank`.
  llvm::SmallVector<HostTensor> operands(mlir::Operation *op,
                                         int64_t rank) const;
  /// Notes that `op` has read its operands.
  void release(mlir::Operation *op);

private:
  struct Entry {
    std::vector<HostTensor> arrays;
    int64_t uses = 0;
  };
  llvm::DenseMap<mlir::Value, Entry> entries;
};

} // namespace dtc

#endif // DTC_LIB_INTERPRETER_PROGRAMVALUES_H
