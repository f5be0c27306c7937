//===- PerceptronProgram.h - A hand-written compiled program --------------===//
//
// What the compiler would emit for a two-layer perceptron, column- then
// row-parallel over `tp`, batch over `dp`:
//   h = relu(x w1)   p = h w2 + c   y = all_reduce(p)
// with x and y sharded over dp, w1 shard(1) and w2 shard(0) over tp, and c a
// partial input.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_UNITTESTS_PERCEPTRONPROGRAM_H
#define DTC_RUNTIME_UNITTESTS_PERCEPTRONPROGRAM_H

#include "dtc/runtime/program.h"
#include <cstdint>

namespace dtc::runtime::test {

constexpr int64_t kBatch = 7, kIn = 10, kHidden = 9, kOut = 5;
extern const char *const kPerceptronCause;

/// The program for a mesh dp x tp. The shapes of a rank's code follow from
/// `selectPerceptronRank`, which must run in the rank's process before `load`.
const dtc_program &perceptronProgram(int64_t dp, int64_t tp);
void selectPerceptronRank(int64_t rank);

} // namespace dtc::runtime::test

#endif // DTC_RUNTIME_UNITTESTS_PERCEPTRONPROGRAM_H
