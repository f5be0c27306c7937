//===- InstructionSet.h - Vectors of this processor -------------*- C++ -*-===//
//
// Loops that are compiled for several instruction sets (dtc_instruction_sets()
// in CMake) and chosen when a rank runs.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_INSTRUCTIONSET_H
#define DTC_RUNTIME_INSTRUCTIONSET_H

namespace dtc::runtime {

/// What the loops are compiled for. Avx2 has fused multiply-adds, too.
enum class InstructionSet { Baseline, Avx2, Avx512 };

/// The widest that this processor has.
inline InstructionSet findInstructionSet() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  bool isAvx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (isAvx2 && __builtin_cpu_supports("avx512f") &&
      __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd"))
    return InstructionSet::Avx512;
  if (isAvx2)
    return InstructionSet::Avx2;
#endif
  return InstructionSet::Baseline;
}

} // namespace dtc::runtime

#endif // DTC_RUNTIME_INSTRUCTIONSET_H
