//===- MpiRun.h - Starting ranks by Open MPI's mpirun ---------------------===//

#ifndef DTC_RUNTIME_LIB_LAUNCHER_MPIRUN_H
#define DTC_RUNTIME_LIB_LAUNCHER_MPIRUN_H

#include "RankProcess.h"

namespace dtc::runtime {

struct MpiRequest {
  std::vector<std::string> executables; ///< paths, by rank
  std::vector<std::string> arguments;   ///< of every rank
  int threads = 1;                      ///< of a rank
};

/// The command that starts one program a rank; an error when mpirun is not
/// installed.
Result<ProcessCommand> mpiCommand(const MpiRequest &request);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_LAUNCHER_MPIRUN_H
