//===- Environment.h - What a launcher tells a rank -----------------------===//
//
// 1. dtc-run: RANK, WORLD_SIZE and DTC_MEMORY_FD, an inherited descriptor of
//    the ranks' common memory.
// 2. torchrun and its like: RANK, WORLD_SIZE, LOCAL_WORLD_SIZE, MASTER_ADDR,
//    MASTER_PORT.
// 3. mpirun: OMPI_COMM_WORLD_RANK and its siblings, PMIX_NAMESPACE.
// 4. Nothing: one rank on its own.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_TRANSPORT_ENVIRONMENT_H
#define DTC_RUNTIME_LIB_TRANSPORT_ENVIRONMENT_H

#include "dtc/runtime/Result.h"
#include <cstdint>
#include <string>

namespace dtc::runtime {

struct Environment {
  int64_t rank = 0;
  int64_t worldSize = 1;
  /// Ranks on this host.
  int64_t localSize = 1;
  /// Inherited descriptor of the common memory; -1 without.
  int memoryDescriptor = -1;
  /// What all ranks of this run, and no others, know.
  std::string jobName;
  /// mpirun started this process.
  enum { Other, MpiRun, DtcRun } launcher = Other;
};

/// Reads the environment of a program of `worldSize` ranks.
Result<Environment> readEnvironment(int64_t worldSize);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_TRANSPORT_ENVIRONMENT_H
