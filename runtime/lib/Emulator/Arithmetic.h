//===- Arithmetic.h - What instructions compute ---------------------------===//

#ifndef DTC_RUNTIME_LIB_EMULATOR_ARITHMETIC_H
#define DTC_RUNTIME_LIB_EMULATOR_ARITHMETIC_H

#include "Ptx.h"

namespace dtc::ptx {

/// Computes the result's bits from the operands', both zero-extended. False
/// when the instruction is none that computes, or its type is not known.
bool compute(const Instruction &instruction, const uint64_t *in, uint64_t &out);

/// A sum of `in` and `carry` that sets or takes a carry, which is its bit 32.
uint64_t sumWithCarry(const Instruction &instruction, const uint64_t *in,
                      uint64_t carry);

/// The same for conversions, in Conversions.cpp.
bool convert(const Instruction &instruction, const uint64_t *in, uint64_t &out);

/// The value of float bits, and bits of a value rounded once to the nearest.
double floatValue(Type type, uint64_t bits);
uint64_t floatBits(Type type, double value);

/// The value of integer bits, with their sign where the type has one.
int64_t signedValue(Type type, uint64_t bits);

inline uint64_t maskOf(uint32_t bytes) {
  return bytes >= 8 ? ~uint64_t(0) : (uint64_t(1) << (bytes * 8)) - 1;
}

} // namespace dtc::ptx

#endif // DTC_RUNTIME_LIB_EMULATOR_ARITHMETIC_H
