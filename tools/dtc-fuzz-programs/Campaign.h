//===- Campaign.h - Many random programs ------------------------*- C++ -*-===//
//
// 1. Workers, one process each, take programs in turn. A worker that dies or
//    hangs is replaced by one that goes on behind the program at fault.
// 2. Sixteen neighbours are a group: those chosen for it have one mesh and
//    also run compiled, as one program.
// 3. Programs that failed are made smaller, each trial in a process of its
//    own, and written as .mlir files.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_FUZZ_CAMPAIGN_H
#define DTC_FUZZ_CAMPAIGN_H

#include "Compiled.h"

namespace dtc::fuzz {

struct CampaignOptions {
  uint64_t seed = 1;
  int64_t count = 200;
  /// Seconds after which no program is begun; 0: no limit.
  int64_t seconds = 0;
  int64_t leastOps = 5, mostOps = 30;
  /// Of the programs, how many also run compiled: 0 to 1.
  double compiledShare = 0;
  int64_t jobs = 1;
  /// At most this many failures are made smaller.
  int64_t shrinks = 10;
  /// Where failing programs are written.
  std::string failures = ".";
  /// Where dtc-compile and dtc-run are.
  std::string tools;
  bool printCounts = false;
};

/// 0 when all programs agree.
int runCampaign(const CampaignOptions &options);

/// Checks the functions of a file; with `compiled` also as generated code.
int replay(const std::string &file, const CampaignOptions &options);

} // namespace dtc::fuzz

#endif // DTC_FUZZ_CAMPAIGN_H
