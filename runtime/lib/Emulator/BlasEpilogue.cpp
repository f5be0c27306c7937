//===- BlasEpilogue.cpp - What the stand-in's products end with -----------===//
//
// Of a relu's mask, the order of bits is this file's own.
//
// DTC_EMULATED_BLAS=no-gradients: no algorithm keeps anything for gradients, or
// reads it; =no-sums: none sums its result; =plain: none has an epilogue but
// sums; =zeros: relu's gradient passes where the value was 0.
//===----------------------------------------------------------------------===//

#include "BlasEpilogue.h"
#include "dtc/runtime/ElementType.h"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <utility>

namespace dtc::emulated::blas {

using namespace runtime::cuda;

namespace {

bool isSwitchedTo(const char *name) {
  static const char *text = std::getenv("DTC_EMULATED_BLAS");
  return text && std::strcmp(text, name) == 0;
}

double tanhInGelu(double x) {
  return std::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x));
}

/// What is kept of one matrix.
struct Kept {
  const Desc &desc;
  char *memory;

  bool bit(int64_t row, int64_t column) const {
    auto [byte, shift] = placeOf(row, column);
    return memory[byte] >> shift & 1;
  }
  void setBit(int64_t row, int64_t column, bool value) const {
    auto [byte, shift] = placeOf(row, column);
    memory[byte] =
        static_cast<char>((memory[byte] & ~(1 << shift)) | value << shift);
  }
  int64_t element(int64_t row, int64_t column) const {
    return column * desc.auxLeading + row;
  }

private:
  /// Each 128 from the last to the first.
  std::pair<int64_t, int> placeOf(int64_t row, int64_t column) const {
    int64_t at = element(row ^ 127, column);
    return {at / 8, static_cast<int>(at % 8)};
  }
};

/// The values of cublasLtEpilogue_t.
bool isDocumented(int epilogue) {
  constexpr int plain[] = {kBlasNoEpilogue, kBlasBias, kBlasSumsA, kBlasSumsB};
  if (std::count(std::begin(plain), std::end(plain), epilogue))
    return true;
  int kind = epilogue & ~(kBlasBias | kBlasAux | kBlasSumsResult);
  if (kind == kBlasRelu || kind == kBlasGeluTanh)
    return !(epilogue & kBlasSumsResult);
  return (kind == kBlasReluGradient || kind == kBlasGeluTanhGradient) &&
         (epilogue & kBlasAux) && !(epilogue & kBlasBias);
}

bool isSwitchedOff(const Desc &desc) {
  bool sums = desc.epilogue & kBlasSumsResult;
  bool keeps = desc.epilogue & kBlasAux;
  bool isBeside = desc.epilogue & (kBlasBias | kBlasRelu | kBlasGeluTanh);
  return (isSwitchedTo("no-sums") && sums) ||
         (isSwitchedTo("no-gradients") && keeps) ||
         (isSwitchedTo("plain") && (keeps || isBeside));
}

/// What the documentation wants of the memory for gradients.
bool fitsAux(const Call &call) {
  const Desc &desc = call.desc;
  if (!(desc.epilogue & kBlasAux))
    return true;
  int64_t unit = hasMask(desc) ? 128 : 8;
  return desc.aux && reinterpret_cast<uint64_t>(desc.aux) % 16 == 0 &&
         desc.auxLeading % unit == 0 &&
         desc.auxLeading >= int64_t(call.d.rows) &&
         (call.d.batch == 1 || desc.auxStride % unit == 0);
}

} // namespace

size_t elementBytes(int type) { return type == kBlasF32 ? 4 : 2; }

float load(int type, const char *data, int64_t at) {
  if (type == kBlasF32) {
    float value;
    std::memcpy(&value, data + at * 4, 4);
    return value;
  }
  uint16_t bits;
  std::memcpy(&bits, data + at * 2, 2);
  return type == kBlasF16 ? runtime::floatFromF16(bits)
                          : runtime::floatFromBf16(bits);
}

void store(int type, char *data, int64_t at, float value) {
  if (type == kBlasF32) {
    std::memcpy(data + at * 4, &value, 4);
    return;
  }
  uint16_t bits = type == kBlasF16 ? runtime::f16FromFloat(value)
                                   : runtime::bf16FromFloat(value);
  std::memcpy(data + at * 2, &bits, 2);
}

bool hasMask(const Desc &desc) {
  return desc.epilogue & (kBlasRelu | kBlasReluGradient);
}

double activate(const Call &call, char *aux, int64_t row, int64_t column,
                double x) {
  const Desc &desc = call.desc;
  Kept kept{desc, aux};
  bool keeps = desc.epilogue & kBlasAux;
  if (desc.epilogue & kBlasRelu) {
    if (keeps)
      kept.setBit(row, column, isSwitchedTo("zeros") ? x >= 0 : x > 0);
    return x < 0 ? 0 : x;
  }
  if (desc.epilogue & kBlasGeluTanh) {
    if (keeps)
      store(call.d.type, aux, kept.element(row, column), static_cast<float>(x));
    return 0.5 * x * (1 + tanhInGelu(x));
  }
  if (desc.epilogue & kBlasReluGradient)
    return kept.bit(row, column) ? x : 0;
  if (desc.epilogue & kBlasGeluTanhGradient) {
    double y = double(load(call.d.type, aux, kept.element(row, column)));
    double t = tanhInGelu(y);
    double slope = 0.7978845608028654 * (1 + 3 * 0.044715 * y * y);
    return x * (0.5 * (1 + t) + 0.5 * y * (1 - t * t) * slope);
  }
  return x;
}

uint64_t auxReach(const Call &call) {
  uint64_t elements =
      uint64_t(call.desc.auxLeading) * (call.d.columns - 1) +
      (hasMask(call.desc) ? uint64_t(call.desc.auxLeading) : call.d.rows) +
      uint64_t(call.desc.auxStride) * uint64_t(call.d.batch - 1);
  return hasMask(call.desc) ? elements / 8
                            : elements * elementBytes(call.d.type);
}

bool hasEpilogue(const Call &call) {
  return isDocumented(call.desc.epilogue) && !isSwitchedOff(call.desc) &&
         fitsAux(call) &&
         (!(call.desc.epilogue & kBlasSumsResult) || call.d.batch == 1);
}

} // namespace dtc::emulated::blas
