//===- Reduction.cpp - Choosing the instruction set -----------------------===//

#include "Reduction.h"

namespace dtc::runtime {

Reduction reductionBaseline(int32_t dtype, int32_t reduce);
StreamingCopy streamingCopyBaseline();
#if defined(__x86_64__)
Reduction reductionAvx2(int32_t dtype, int32_t reduce);
StreamingCopy streamingCopyAvx2();
Reduction reductionAvx512(int32_t dtype, int32_t reduce);
StreamingCopy streamingCopyAvx512();
#endif

namespace {

enum class InstructionSet { Baseline, Avx2, Avx512 };

InstructionSet findInstructionSet() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd"))
    return InstructionSet::Avx512;
  if (__builtin_cpu_supports("avx2"))
    return InstructionSet::Avx2;
#endif
  return InstructionSet::Baseline;
}

} // namespace

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
