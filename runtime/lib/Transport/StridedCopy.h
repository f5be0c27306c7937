//===- StridedCopy.h - Moving a box of one array to a place in another ----===//
//
// What a rank takes from a member of its group, in bytes: up to three nested
// loops around a contiguous run. Which boxes a collective moves is derived
// here from torch.chunk arithmetic.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_TRANSPORT_STRIDEDCOPY_H
#define DTC_RUNTIME_LIB_TRANSPORT_STRIDEDCOPY_H

#include "dtc/runtime/program.h"
#include <cstdint>

namespace dtc::runtime {

struct StridedCopy {
  int64_t sourceOffset = 0, targetOffset = 0;
  int64_t counts[3] = {1, 1, 1}; ///< outermost first
  int64_t sourceStrides[3] = {0, 0, 0};
  int64_t targetStrides[3] = {0, 0, 0};
  int64_t run = 0; ///< 0: nothing to move

  bool isEmpty() const {
    return run == 0 || counts[0] == 0 || counts[1] == 0 || counts[2] == 0;
  }
  void apply(char *target, const char *source) const;

  /// Merges loops that walk without a gap into the run.
  void normalize();
};

/// What `member` of `members` takes from the source of `from`; for collectives
/// that move values and reduce nothing. From a member that gives nothing it is
/// empty.
StridedCopy pieceToTake(const dtc_collective &desc, int64_t members,
                        int64_t member, int64_t from);

/// Bytes of the source of `member` (0 where it has none to give), and of its
/// result.
int64_t sourceBytes(const dtc_collective &desc, int64_t members,
                    int64_t member);
int64_t resultBytesOf(const dtc_collective &desc, int64_t members,
                      int64_t member);

/// Why the descriptor makes no sense for a group of `members`; null when it
/// does.
const char *problemOf(const dtc_collective &desc, int64_t members);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_TRANSPORT_STRIDEDCOPY_H
