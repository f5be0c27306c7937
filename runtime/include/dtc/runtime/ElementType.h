//===- ElementType.h - Names and sizes of element types -------------------===//
//
// One row a `dtc_dtype`: its size, and what dtc, npy and safetensors files
// call it. Also the conversions between f32 and the 16-bit types.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_ELEMENTTYPE_H
#define DTC_RUNTIME_ELEMENTTYPE_H

#include "dtc/runtime/program.h"
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dtc::runtime {

/// Bytes of one element; 0 for a code that is no `dtc_dtype`.
int64_t elementSize(int32_t dtype);

/// `f32`, `i64`, `bool`, … as dtc prints it; `?` for an unknown code.
const char *elementName(int32_t dtype);

/// `F32`, `I64`, `BOOL`, … as safetensors headers spell it.
const char *safetensorsName(int32_t dtype);
std::optional<int32_t> elementFromSafetensors(std::string_view name);

/// `<f4`, `|b1`, … as npy headers spell it. bf16 has no npy type and is written
/// as `<f4`, so no name maps back to it.
const char *npyName(int32_t dtype);
std::optional<int32_t> elementFromNpy(std::string_view descr);

/// `[2, 3]`.
std::string shapeText(const std::vector<int64_t> &shape);

/// Elements of an array of `shape`; nothing when a dimension is negative or the
/// product exceeds 2^62.
std::optional<int64_t> elementCount(const std::vector<int64_t> &shape);

/// Bytes of an array; nothing when that exceeds 2^62 or the type is unknown.
std::optional<int64_t> byteCount(int32_t dtype,
                                 const std::vector<int64_t> &shape);

/// bf16 is the upper half of an f32.
inline float floatFromBf16(uint16_t bits) {
  uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

/// Rounds to nearest even; a NaN stays one.
inline uint16_t bf16FromFloat(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if ((bits & 0x7fffffffu) > 0x7f800000u)
    return static_cast<uint16_t>((bits >> 16) | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

float floatFromF16(uint16_t bits);
/// Rounds to nearest even; beyond the range gives infinity.
uint16_t f16FromFloat(float value);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_ELEMENTTYPE_H
