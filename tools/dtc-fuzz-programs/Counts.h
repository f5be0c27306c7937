//===- Counts.h - What the workers have done --------------------*- C++ -*-===//
//
// Memory that all worker processes share.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_FUZZ_COUNTS_H
#define DTC_FUZZ_COUNTS_H

#include "Check.h"

#include <atomic>

namespace dtc::fuzz {

/// A program that is worth a word, with what was said of it.
struct Finding {
  int64_t index = 0;
  Outcome::Kind kind = Outcome::Kind::Fails;
  bool compiled = false;
  char stage[40] = {};
  char message[600] = {};
};

struct Counts {
  static constexpr int maxWorkers = 64, maxOps = 512, maxMeshes = 32,
                       maxFindings = 500;
  std::atomic<int64_t> programs, refused, unfit, wishes, compiled, failed;
  std::atomic<int64_t> results, exactResults, ops;
  std::atomic<int64_t> ofOp[maxOps];
  std::atomic<int64_t> ofMesh[maxMeshes];
  char meshNames[maxMeshes][40];
  /// The program that a worker is at.
  std::atomic<int64_t> current[maxWorkers];
  std::atomic<int64_t> numFindings;
  Finding findings[maxFindings];

  /// Shared among processes that are forked later; zero-filled.
  static Counts *create();

  void add(int64_t index, const Outcome &outcome, bool compiled);
  /// Counts the ops and the mesh of a program.
  void addProgram(mlir::ModuleOp program);
  void print(llvm::raw_ostream &os) const;
};

} // namespace dtc::fuzz

#endif // DTC_FUZZ_COUNTS_H
