//===- OpTable.h - The ops that random programs are made of -----*- C++ -*-===//
//
// One entry an op: its mnemonic, how often it is tried, what it does to floats
// and how to make one. A new op needs an entry in the table of its kind:
//
//   {"tanh", 2, Rounding::Rounds, makeFloatUnary},
//
// Functions that make ops take operands from the values of the program so far,
// or new arguments, and compute the result's type themselves: the verifier then
// compares it with what the op infers.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_FUZZ_OPTABLE_H
#define DTC_FUZZ_OPTABLE_H

#include "Reference.h"

namespace dtc::fuzz {

class Generator;

struct OpEntry {
  const char *mnemonic;
  /// Relative frequency.
  int weight;
  Rounding rounding;
  /// Adds one such op to the program; does nothing when there is no fit.
  void (*make)(Generator &, const OpEntry &);
};

/// The tables, each in the file of its functions.
llvm::ArrayRef<OpEntry> elementwiseOps();
llvm::ArrayRef<OpEntry> contractionOps();
llvm::ArrayRef<OpEntry> reductionOps();
llvm::ArrayRef<OpEntry> viewOps();
llvm::ArrayRef<OpEntry> lookupOps();

/// All of them.
const std::vector<OpEntry> &allOps();

/// Of an op that has no entry: Rounds.
Rounding getRounding(mlir::Operation *op);

} // namespace dtc::fuzz

#endif // DTC_FUZZ_OPTABLE_H
