//===- Check.h - One program through the passes -----------------*- C++ -*-===//
//
// 1. The plain program runs op by op on the reference and as a whole.
// 2. It is canonicalised, placed, given collectives, optimised with and
//    without combining, and localised, by the passes that dtc-compile runs;
//    the verifier runs after each.
// 3. Each of these programs runs with all ranks simulated, and every result is
//    compared with the reference.
//
// Views that refuse a split get a wish for a replicated operand instead, and
// the check starts again.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_FUZZ_CHECK_H
#define DTC_FUZZ_CHECK_H

#include "Inputs.h"

#include "mlir/IR/OwningOpRef.h"

namespace dtc::fuzz {

struct Outcome {
  enum class Kind {
    Agrees,
    /// The policy refuses it whatever the wishes.
    Refused,
    /// The program proves nothing: see Reference.h.
    Unfit,
    Fails,
  };
  Kind kind = Kind::Agrees;
  /// "placed", "local combined", "verifier".
  std::string stage;
  std::string message;
  /// Views that got a wish.
  int64_t refusals = 0;

  bool fails() const { return kind == Kind::Fails; }
};

/// `main` of the module. Wishes for views that refuse are added to it.
Outcome check(mlir::ModuleOp program, uint64_t seed);

/// What a program must give: the arrays it runs on and the reference's results.
struct Expected {
  RandomArrays arrays;
  std::vector<ReferenceValue> results;
};

/// Evaluates the plain program; the outcome says whether it is fit.
Outcome expect(mlir::ModuleOp program, uint64_t seed, Expected &expected);

/// Compares the results of a run: "" or what differs first.
std::string compare(mlir::func::FuncOp function, const Expected &expected,
                    llvm::ArrayRef<HostTensor> results);

mlir::func::FuncOp mainOf(mlir::ModuleOp program);

} // namespace dtc::fuzz

#endif // DTC_FUZZ_CHECK_H
