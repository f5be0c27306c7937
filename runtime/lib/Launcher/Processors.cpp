//===- Processors.cpp - Dividing processors among ranks -------------------===//

#include "Processors.h"
#include <sched.h>

namespace dtc::runtime {

std::vector<int> availableProcessors() {
  std::vector<int> result;
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    return result;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set))
      result.push_back(cpu);
  return result;
}

ProcessorShare processorShare(const std::vector<int> &available, int64_t ranks,
                              int64_t rank) {
  int64_t count = static_cast<int64_t>(available.size());
  ProcessorShare share;
  if (count == 0)
    return share;
  if (ranks <= count) {
    int64_t each = count / ranks;
    auto begin = available.begin() + rank * each;
    share.processors.assign(begin, begin + each);
    share.threads = static_cast<int>(each);
  } else if (ranks % count == 0) {
    share.processors = {available[static_cast<size_t>(rank % count)]};
  }
  return share;
}

} // namespace dtc::runtime
