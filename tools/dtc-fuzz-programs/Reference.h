//===- Reference.h - What a program must give, and how nearly ---*- C++ -*-===//
//
// The yardstick of random programs, op by op:
//
// 1. Every op is evaluated with all floats widened to f64, once as it is and a
//    few times with operands and results of ops that round moved by up to ten
//    times half a unit in the last place of the program's own type. What the
//    copies make of it bounds what a correct program may differ by.
// 2. Values that no order of evaluation can change are exact: integers, moved
//    elements, sums and products whose bits fit the element type. They must
//    come out equal.
// 3. Ops that step (comparisons, floor, conversions to integers) are only fit
//    for exact operands; ops whose result grows, is no number or has no digits
//    left are unfit.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_FUZZ_REFERENCE_H
#define DTC_FUZZ_REFERENCE_H

#include "Random.h"
#include "dtc/Interpreter/Interpreter.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/DenseMap.h"

#include <array>

namespace dtc::fuzz {

/// What an op does to floats.
enum class Rounding {
  /// Moves or chooses elements.
  Moves,
  /// Adds elements: exact while the bits of the sum of magnitudes fit.
  Sums,
  /// Adds products of elements.
  Products,
  /// Multiplies many elements, in any order.
  Factors,
  /// Has jumps.
  Steps,
  /// Is a small difference of values as large as the operand, or as what a
  /// norm's gradient makes of it.
  Cancels,
  /// Anything else.
  Rounds,
};

/// A value of the program as the reference sees it.
struct ReferenceValue {
  static constexpr int numCopies = 8;
  /// Floats as f64.
  HostTensor value;
  /// The same under small disturbances; empty for exact values.
  std::vector<HostTensor> copies;
  bool isExact = true;
  /// The largest absolute difference from `value` that is rounding.
  double allowed = 0;
  /// What is held as a sum of contributions is rounded at their size: their
  /// largest magnitude, 0 where the value has none.
  double contributions = 0;
  /// Of the finite elements; 0, 0 when there are none.
  double lowest = 0, highest = 0;

  double largest() const { return std::max(-lowest, highest); }
};

/// How nearly the global value of an argument is known.
struct ArgumentAccuracy {
  /// The same in whichever order contributions are added.
  bool isExact = true;
  /// The largest magnitude of a contribution or a sum of some: what an error
  /// of rounding is relative to; 0 of a value without contributions.
  double scale = 0;
};

class Reference {
public:
  Reference(mlir::MLIRContext *context, const Mesh &mesh);

  /// Binds an argument or parameter to its global array of the program's type.
  void bind(mlir::Value value, const HostTensor &array,
            const ArgumentAccuracy &accuracy = {});

  /// Evaluates an op; nothing is bound when it is unfit, and the reason is
  /// returned: "" when it is fit.
  std::string evaluate(mlir::Operation *op);

  bool isBound(mlir::Value value) const { return values.count(value) != 0; }
  const ReferenceValue &get(mlir::Value value) const;

private:
  using Arrays = llvm::SmallVector<HostTensor>;

  bool isExactResult(mlir::Operation *op, mlir::Operation *wide,
                     const HostTensor &result);
  mlir::LogicalResult run(mlir::Operation *wide, llvm::ArrayRef<HostTensor> in,
                          Arrays &out);
  double cancelledSize(mlir::Operation *op) const;
  std::string addCopies(mlir::Operation *op, mlir::Operation *wide,
                        llvm::MutableArrayRef<ReferenceValue> results);
  mlir::Operation *widen(mlir::Operation *op);

  mlir::OwningOpRef<mlir::ModuleOp> scratch;
  mlir::Block *block;
  Mesh mesh;
  /// Ops that were fit: what was tried and refused between them leaves no
  /// trace.
  uint64_t numEvaluated = 0;
  mlir::IRMapping mapping;
  llvm::DenseMap<mlir::Value, ReferenceValue> values;
};

/// Half a unit in the last place of 1: 2^-24 for f32.
double roundoff(DType type);

/// Whether all ranks of every axis together are a power of two, so that shares
/// of a value are exact.
bool hasExactShares(const Mesh &mesh);

} // namespace dtc::fuzz

#endif // DTC_FUZZ_REFERENCE_H
