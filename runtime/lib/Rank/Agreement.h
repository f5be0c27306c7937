//===- Agreement.h - What ranks agree on, outside of a step ---------------===//
//
// Each function is called by all ranks of the group, in the same order, and
// gives all of them the same answer.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_AGREEMENT_H
#define DTC_RUNTIME_LIB_RANK_AGREEMENT_H

#include "Program.h"
#include "dtc/runtime/Transport.h"

namespace dtc::runtime {

/// The least value of the ranks that differ along this axis only.
int64_t leastAlong(Transport &transport, size_t axis, int64_t value);

/// Whether these ranks have the same value.
bool isSameAlong(Transport &transport, size_t axis, int64_t value);

/// The least value of all ranks.
int64_t leastOfAll(const RankProgram &program, Transport &transport,
                   int64_t value);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_AGREEMENT_H
