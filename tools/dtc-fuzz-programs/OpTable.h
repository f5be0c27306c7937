//===- OpTable.h - The ops that random programs are made of -----*- C++ -*-===//
//
// One entry an op: its mnemonic, how often it is tried, what it does to floats
// and how to make one. A new op needs an entry in the table of its kind:
//
//   {"tanh", 2, Rounding::Rounds, makeFloatUnary},
//
// Functions that make ops take operands from the values of the program so far,
// or new arguments, and choose attributes; the op itself says what type its
// results have. Patterns are several ops at once, as importers make them.
//
// Every op of the dialect that has a sharding rule and can be evaluated needs
// an entry.
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

/// Several ops that belong together.
struct PatternEntry {
  const char *name;
  /// Relative frequency, as of ops.
  int weight;
  void (*make)(Generator &);
};

/// The tables, each in the file of its functions.
llvm::ArrayRef<OpEntry> elementwiseOps();
llvm::ArrayRef<OpEntry> contractionOps();
llvm::ArrayRef<OpEntry> reductionOps();
llvm::ArrayRef<OpEntry> viewOps();
llvm::ArrayRef<OpEntry> lookupOps();
llvm::ArrayRef<OpEntry> windowOps();
llvm::ArrayRef<PatternEntry> patterns();

/// All of them.
const std::vector<OpEntry> &allOps();

/// An op of the dialect that needs an entry and has none; "": there is none.
std::string findMissingOp(mlir::MLIRContext *context);

/// Of an op that has no entry: Rounds.
Rounding getRounding(mlir::Operation *op);

} // namespace dtc::fuzz

#endif // DTC_FUZZ_OPTABLE_H
