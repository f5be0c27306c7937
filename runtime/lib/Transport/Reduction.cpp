//===- Reduction.cpp - Choosing the instruction set -----------------------===//

#include "Reduction.h"
#include "dtc/runtime/InstructionSet.h"

namespace dtc::runtime {

Reduction reductionBaseline(int32_t dtype, int32_t reduce);
StreamingCopy streamingCopyBaseline();
#if defined(__x86_64__)
Reduction reductionAvx2(int32_t dtype, int32_t reduce);
StreamingCopy streamingCopyAvx2();
Reduction reductionAvx512(int32_t dtype, int32_t reduce);
StreamingCopy streamingCopyAvx512();
#endif

Reduction reductionFor(int32_t dtype, int32_t reduce) {
  switch (findInstructionSet()) {
#if defined(__x86_64__)
  case InstructionSet::Avx512:
    return reductionAvx512(dtype, reduce);
  case InstructionSet::Avx2:
    return reductionAvx2(dtype, reduce);
#endif
  default:
    return reductionBaseline(dtype, reduce);
  }
}

StreamingCopy streamingCopy() {
  switch (findInstructionSet()) {
#if defined(__x86_64__)
  case InstructionSet::Avx512:
    return streamingCopyAvx512();
  case InstructionSet::Avx2:
    return streamingCopyAvx2();
#endif
  default:
    return streamingCopyBaseline();
  }
}

} // namespace dtc::runtime
