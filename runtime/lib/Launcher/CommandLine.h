//===- CommandLine.h - The command line of dtc-run ------------------------===//
//
// A bundle, and the options of a rank (lib/Rank/Options.h), which are checked
// here and passed on.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_LAUNCHER_COMMANDLINE_H
#define DTC_RUNTIME_LIB_LAUNCHER_COMMANDLINE_H

#include "../Rank/Options.h"

namespace dtc::runtime {

struct CommandLine {
  std::string bundle;
  std::vector<std::string> rankArguments;
  RankOptions options;
  enum { Run, Help, Version } action = Run;
};

Result<CommandLine> parseCommandLine(const std::vector<std::string> &arguments);

/// What `--help` prints.
std::string launcherUsage();

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_LAUNCHER_COMMANDLINE_H
