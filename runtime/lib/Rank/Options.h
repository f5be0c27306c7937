//===- Options.h - The command line of a rank -----------------------------===//
//
// The options of `dtc-run`, which a rank executable takes too.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_OPTIONS_H
#define DTC_RUNTIME_LIB_RANK_OPTIONS_H

#include "dtc/runtime/Result.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dtc::runtime {

struct RankOptions {
  std::string input, output, localOutput;
  std::string stats, trace;
  std::string params, saveParams;
  std::string transport = "auto";
  int64_t steps = 1, warmup = 0, repeat = 1;
  int64_t checkpointEvery = 0; ///< 0: never
  double timeoutSeconds = 300;
  std::optional<int64_t> srcDataRank;
  std::optional<uint64_t> randomParams;
  enum { Run, Help } action = Run;
};

/// Options are `--name value` or `--name=value`; each at most once.
Result<RankOptions> parseOptions(const std::vector<std::string> &arguments);

/// What `--help` prints.
std::string usageText();

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_OPTIONS_H
