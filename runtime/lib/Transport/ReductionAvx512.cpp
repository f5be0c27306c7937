//===- ReductionAvx512.cpp - The loops for AVX-512
//-------------------------===//

#include "ReductionLoops.h"

namespace dtc::runtime {

Reduction reductionAvx512(int32_t dtype, int32_t reduce);
Reduction reductionAvx512(int32_t dtype, int32_t reduce) {
  return selectReduction(dtype, reduce);
}

StreamingCopy streamingCopyAvx512();
StreamingCopy streamingCopyAvx512() { return copyPastCaches; }

} // namespace dtc::runtime
