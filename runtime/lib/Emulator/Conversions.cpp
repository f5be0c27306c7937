//===- Conversions.cpp - From one type to another -------------------------===//

#include "Arithmetic.h"
#include "dtc/runtime/ElementType.h"
#include <bit>
#include <cmath>
#include <limits>

namespace dtc::ptx {
namespace {

bool isFloat(Type type) {
  return type.kind == Kind::Float || type.kind == Kind::BFloat;
}

/// A float that rounds to the same narrower one as `value`: what was cut off
/// stays as an odd last bit.
float roundedToOdd(double value) {
  float near = static_cast<float>(value);
  if (static_cast<double>(near) == value || std::isnan(value) ||
      std::isinf(near))
    return near;
  if (std::abs(static_cast<double>(near)) > std::abs(value))
    near = std::nextafter(near, 0.0f);
  return std::bit_cast<float>(std::bit_cast<uint32_t>(near) | 1u);
}

double roundedToWhole(double value, Rounding rounding) {
  switch (rounding) {
  case Rounding::Nearest:
    return std::nearbyint(value);
  case Rounding::Zero:
    return std::trunc(value);
  case Rounding::Down:
    return std::floor(value);
  case Rounding::Up:
    return std::ceil(value);
  }
  return value;
}

/// The nearest integer that the type has. Not-a-number is 0, or only the
/// highest bit where either side has 64.
uint64_t clampedInteger(Type type, Type source, double value) {
  unsigned width = type.bytes * 8u;
  if (std::isnan(value))
    return type.bytes == 8 || source.bytes == 8 ? uint64_t(1) << (width - 1)
                                                : 0;
  bool isSigned = type.kind == Kind::Signed;
  double high = std::ldexp(1.0, static_cast<int>(isSigned ? width - 1 : width));
  double low = isSigned ? -high : 0;
  if (value >= high)
    return isSigned ? maskOf(type.bytes) >> 1 : maskOf(type.bytes);
  if (value <= low)
    return isSigned ? uint64_t(1) << (width - 1) : 0;
  return isSigned ? static_cast<uint64_t>(static_cast<int64_t>(value))
                  : static_cast<uint64_t>(value);
}

/// Rounded once in the wanted direction.
uint64_t directedBits(Type type, double value, Rounding rounding) {
  uint64_t bits = floatBits(type, value);
  if (rounding == Rounding::Nearest || type.bytes != 4)
    return bits;
  float near = std::bit_cast<float>(static_cast<uint32_t>(bits));
  double got = near;
  float up = std::numeric_limits<float>::infinity();
  bool toZeroFails = std::abs(got) > std::abs(value);
  if (rounding == Rounding::Zero && toZeroFails)
    near = std::nextafter(near, 0.0f);
  else if (rounding == Rounding::Down && got > value)
    near = std::nextafter(near, -up);
  else if (rounding == Rounding::Up && got < value)
    near = std::nextafter(near, up);
  return std::bit_cast<uint32_t>(near);
}

uint64_t clampedFromInteger(const Instruction &i, uint64_t bits) {
  bool fromSigned = i.source.kind == Kind::Signed;
  __int128 value = fromSigned
                       ? static_cast<__int128>(signedValue(i.source, bits))
                       : static_cast<__int128>(bits);
  bool toSigned = i.type.kind == Kind::Signed;
  __int128 high = toSigned ? maskOf(i.type.bytes) >> 1 : maskOf(i.type.bytes);
  __int128 low = toSigned ? -high - 1 : 0;
  return static_cast<uint64_t>(value < low ? low : value > high ? high : value);
}

/// From an integer of 64 bits to a float with one rounding.
uint64_t floatFromInteger(const Instruction &i, uint64_t bits) {
  bool isSigned = i.source.kind == Kind::Signed;
  int64_t value = signedValue(i.source, bits);
  if (i.type.bytes == 8)
    return std::bit_cast<uint64_t>(isSigned ? static_cast<double>(value)
                                            : static_cast<double>(bits));
  if (i.type.bytes == 4 && i.rounding == Rounding::Nearest)
    return std::bit_cast<uint32_t>(isSigned ? static_cast<float>(value)
                                            : static_cast<float>(bits));
  return directedBits(
      i.type, isSigned ? static_cast<double>(value) : static_cast<double>(bits),
      i.rounding);
}

} // namespace

double floatValue(Type type, uint64_t bits) {
  if (type.kind == Kind::BFloat)
    return runtime::floatFromBf16(static_cast<uint16_t>(bits));
  if (type.bytes == 2)
    return runtime::floatFromF16(static_cast<uint16_t>(bits));
  if (type.bytes == 4)
    return std::bit_cast<float>(static_cast<uint32_t>(bits));
  return std::bit_cast<double>(bits);
}

uint64_t floatBits(Type type, double value) {
  if (type.kind == Kind::BFloat)
    return runtime::bf16FromFloat(roundedToOdd(value));
  if (type.bytes == 2)
    return runtime::f16FromFloat(roundedToOdd(value));
  if (type.bytes == 4)
    return std::bit_cast<uint32_t>(static_cast<float>(value));
  return std::bit_cast<uint64_t>(value);
}

bool convert(const Instruction &i, const uint64_t *in, uint64_t &out) {
  if (i.type.packed == 2) {
    // The first operand becomes the upper half.
    if (!isFloat(i.type) || !isFloat(i.source) || i.source.packed != 1 ||
        i.rounding != Rounding::Nearest)
      return false;
    out = floatBits(i.type, floatValue(i.source, in[0])) << 16 |
          floatBits(i.type, floatValue(i.source, in[1]));
    return true;
  }
  if (isFloat(i.source)) {
    double value = floatValue(i.source, in[0]);
    if (i.toInteger)
      value = roundedToWhole(value, i.rounding);
    if (!isFloat(i.type)) {
      out = clampedInteger(i.type, i.source, value);
      return i.toInteger;
    }
    if (i.saturates)
      value = std::isnan(value) ? 0 : std::fmin(std::fmax(value, 0), 1);
    out = directedBits(i.type, value,
                       i.toInteger ? Rounding::Nearest : i.rounding);
    return true;
  }
  if (isFloat(i.type)) {
    out = floatFromInteger(i, in[0]);
    return true;
  }
  if (i.saturates)
    out = clampedFromInteger(i, in[0]);
  else
    out = i.source.kind == Kind::Signed
              ? static_cast<uint64_t>(signedValue(i.source, in[0]))
              : in[0];
  return true;
}

} // namespace dtc::ptx
