//===- Processors.h - Dividing processors among ranks ---------------------===//

#ifndef DTC_RUNTIME_LIB_LAUNCHER_PROCESSORS_H
#define DTC_RUNTIME_LIB_LAUNCHER_PROCESSORS_H

#include <cstdint>
#include <vector>

namespace dtc::runtime {

/// Which processors this process may use.
std::vector<int> availableProcessors();

struct ProcessorShare {
  std::vector<int> processors; ///< empty: wherever the system likes
  int threads = 1;
};

/// The share of `rank`: neighbouring processors when there are enough for all;
/// with more ranks than processors one of them, if they come out even.
ProcessorShare processorShare(const std::vector<int> &available, int64_t ranks,
                              int64_t rank);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_LAUNCHER_PROCESSORS_H
