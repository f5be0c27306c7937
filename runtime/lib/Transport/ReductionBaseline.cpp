//===- ReductionBaseline.cpp - The loops for any processor
//-----------------===//

#include "ReductionLoops.h"

namespace dtc::runtime {

Reduction reductionBaseline(int32_t dtype, int32_t reduce);
Reduction reductionBaseline(int32_t dtype, int32_t reduce) {
  return selectReduction(dtype, reduce);
}

StreamingCopy streamingCopyBaseline();
StreamingCopy streamingCopyBaseline() { return copyPastCaches; }

} // namespace dtc::runtime
