//===- ElementType.cpp - Names and sizes of element types -----------------===//
//
// One table, indexed by `dtc_dtype`, and searches in it.
//===----------------------------------------------------------------------===//

#include "dtc/runtime/ElementType.h"
#include <iterator>

namespace dtc::runtime {
namespace {

struct ElementRow {
  int64_t size;
  const char *name;
  const char *safetensors;
  const char *npy;
};

const ElementRow kRows[] = {
    {1, "bool", "BOOL", "|b1"}, {1, "i8", "I8", "|i1"},
    {1, "u8", "U8", "|u1"},     {2, "i16", "I16", "<i2"},
    {2, "u16", "U16", "<u2"},   {4, "i32", "I32", "<i4"},
    {4, "u32", "U32", "<u4"},   {8, "i64", "I64", "<i8"},
    {8, "u64", "U64", "<u8"},   {2, "f16", "F16", "<f2"},
    {2, "bf16", "BF16", "<f4"}, {4, "f32", "F32", "<f4"},
    {8, "f64", "F64", "<f8"},
};
static_assert(std::size(kRows) == DTC_F64 + 1);

const ElementRow kUnknown = {0, "?", "?", "?"};

const ElementRow &rowOf(int32_t dtype) {
  if (dtype < 0 || dtype > DTC_F64)
    return kUnknown;
  return kRows[dtype];
}

} // namespace

int64_t elementSize(int32_t dtype) { return rowOf(dtype).size; }
const char *elementName(int32_t dtype) { return rowOf(dtype).name; }
const char *safetensorsName(int32_t dtype) { return rowOf(dtype).safetensors; }
const char *npyName(int32_t dtype) { return rowOf(dtype).npy; }

std::optional<int32_t> elementFromSafetensors(std::string_view name) {
  for (int32_t dtype = 0; dtype <= DTC_F64; ++dtype)
    if (name == kRows[dtype].safetensors)
      return dtype;
  return std::nullopt;
}

std::optional<int32_t> elementFromNpy(std::string_view descr) {
  for (int32_t dtype = 0; dtype <= DTC_F64; ++dtype)
    if (dtype != DTC_BF16 && descr == kRows[dtype].npy)
      return dtype;
  return std::nullopt;
}

std::string shapeText(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::optional<int64_t> elementCount(const std::vector<int64_t> &shape) {
  const int64_t limit = int64_t(1) << 62;
  int64_t count = 1;
  bool empty = false;
  for (int64_t extent : shape) {
    if (extent < 0)
      return std::nullopt;
    if (extent == 0) {
      empty = true;
      continue;
    }
    // Checked without the empty dimensions: what comes later may multiply
    // strides of the others.
    if (count > limit / extent)
      return std::nullopt;
    count *= extent;
  }
  return empty ? 0 : count;
}

std::optional<int64_t> byteCount(int32_t dtype,
                                 const std::vector<int64_t> &shape) {
  std::vector<int64_t> withBytes = shape;
  withBytes.push_back(elementSize(dtype));
  if (withBytes.back() == 0)
    return std::nullopt;
  return elementCount(withBytes);
}

float floatFromF16(uint16_t bits) {
  uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  uint32_t exponent = (bits >> 10) & 0x1fu;
  uint32_t mantissa = bits & 0x3ffu;
  uint32_t wide;
  if (exponent == 0x1f) {
    wide = sign | 0x7f800000u | (mantissa << 13);
  } else if (exponent != 0) {
    wide = sign | ((exponent + 112) << 23) | (mantissa << 13);
  } else {
    float small = static_cast<float>(mantissa) * 0x1p-24f;
    std::memcpy(&wide, &small, sizeof wide);
    wide |= sign;
  }
  float value;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

uint16_t f16FromFloat(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  uint16_t sign = static_cast<uint16_t>((bits >> 16) & 0x8000u);
  uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u)
    return static_cast<uint16_t>(sign | 0x7e00u);
  if (magnitude >= 0x477ff000u) // rounds to 65536 or more
    return static_cast<uint16_t>(sign | 0x7c00u);
  if (magnitude < 0x38800000u) { // subnormal: let the f32 adder round
    float absolute;
    std::memcpy(&absolute, &magnitude, sizeof absolute);
    float shifted = absolute + 0.5f;
    std::memcpy(&magnitude, &shifted, sizeof magnitude);
    return static_cast<uint16_t>(sign | (magnitude - 0x3f000000u));
  }
  uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
  return static_cast<uint16_t>(sign | ((rounded - 0x38000000u) >> 13));
}

} // namespace dtc::runtime
