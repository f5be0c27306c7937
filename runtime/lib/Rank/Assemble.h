//===- Assemble.h - A full value from the pieces of all ranks -------------===//
//
// 1. Shards go to their places; of replicas one is taken (coordinate 0).
// 2. Partial contributions are reduced, the first mesh axis innermost, as the
//    redistribution partial -> replicate does it. 16-bit floats are reduced in
//    f32 and rounded once an axis.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_ASSEMBLE_H
#define DTC_RUNTIME_LIB_RANK_ASSEMBLE_H

#include "Program.h"
#include <functional>

namespace dtc::runtime {

/// `accumulator[i] = accumulator[i] op next[i]` for sum, max, min and product;
/// avg adds.
void reduceInto(int32_t dtype, int32_t reduce, void *accumulator,
                const void *next, int64_t count);

/// Divides by the number of contributions, for avg.
void divideBy(int32_t dtype, void *values, int64_t count, int64_t divisor);

/// Which ranks hold a piece that `assemble` needs.
bool contributes(const RankProgram &program, const BoundaryTensor &tensor,
                 int64_t rank);

/// Writes the full value of `tensor` to `whole`. `pieceOf(rank)` gives a
/// contributing rank's dense piece.
void assemble(const RankProgram &program, const BoundaryTensor &tensor,
              const std::function<const void *(int64_t)> &pieceOf, void *whole);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_ASSEMBLE_H
