//===- ReductionAvx2.cpp - The loops for AVX2
//------------------------------===//

#include "ReductionLoops.h"

namespace dtc::runtime {

Reduction reductionAvx2(int32_t dtype, int32_t reduce);
Reduction reductionAvx2(int32_t dtype, int32_t reduce) {
  return selectReduction(dtype, reduce);
}

StreamingCopy streamingCopyAvx2();
StreamingCopy streamingCopyAvx2() { return copyPastCaches; }

} // namespace dtc::runtime
