//===- RankProcess.h - Starting one process of a run ----------------------===//
//
// 1. The child dies with the launcher (PR_SET_PDEATHSIG) and leads a process
//    group of its own, which the launcher kills as a whole.
// 2. Its stderr is a pipe to the launcher.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_LAUNCHER_RANKPROCESS_H
#define DTC_RUNTIME_LIB_LAUNCHER_RANKPROCESS_H

#include "Processors.h"
#include "dtc/runtime/Files.h"
#include <string>
#include <sys/types.h>

namespace dtc::runtime {

struct ProcessCommand {
  std::string path; ///< or a name that is looked for in PATH
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<int> processors; ///< empty: all
  int deathSignal = 9;         ///< when the launcher dies
  std::string name;            ///< `rank 2`, for messages
};

struct RankProcess {
  std::string name;
  pid_t process = -1;
  Descriptor errors; ///< read end of its stderr, non-blocking
  std::string line;  ///< of stderr, so far
  /// What it said after "error: ".
  std::string message;
  /// Of mpirun: a paragraph between dashes, so far.
  std::string paragraph;
  bool inParagraph = false;
  int status = 0; ///< of waitpid
  enum { Running, Ended } state = Running;
};

Result<RankProcess> startProcess(const ProcessCommand &command);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_LAUNCHER_RANKPROCESS_H
