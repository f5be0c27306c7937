//===- Threads.cpp - How many threads primitives use ----------------------===//
//
// A file of its own: programs that call no primitive, as those for GPUs, are
// linked without oneDNN and its OpenMP runtime.
//===----------------------------------------------------------------------===//

#include "dtc/runtime/RankServices.h"
#include <algorithm>
#include <dlfcn.h>

namespace dtc::runtime {

void setPrimitiveThreads(int threads) {
  if (void *set = dlsym(RTLD_DEFAULT, "omp_set_num_threads"))
    reinterpret_cast<void (*)(int)>(set)(std::max(threads, 1));
}

} // namespace dtc::runtime
