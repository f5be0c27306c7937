//===- ElementRuns.cpp - Elements in runs, broadcasts, boxes --------------===//

#include "dtc/Interpreter/ElementRuns.h"

#include <cmath>
#include <limits>
#include <type_traits>

using namespace dtc;

//===----------------------------------------------------------------------===//
// Conversion of runs
//===----------------------------------------------------------------------===//

/// Number to number: floats to integers go towards zero and saturate, a NaN
/// becomes 0; integers wrap.
template <typename To, typename From> static To convert(From value) {
  if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    if (std::isnan(value))
      return 0;
    From limit = std::ldexp(From(1), std::numeric_limits<To>::digits);
    if (value >= limit)
      return std::numeric_limits<To>::max();
    if (value <= static_cast<From>(std::numeric_limits<To>::min()))
      return std::numeric_limits<To>::min();
  }
  return static_cast<To>(value);
}

template <typename T>
void dtc::loadRun(const HostTensor &tensor, int64_t offset, int64_t step,
                  llvm::MutableArrayRef<T> values) {
  DType type = tensor.type();
  if (type == DType::F16 || type == DType::BF16) {
    auto widen = type == DType::F16 ? halfToFloat : bfloatToFloat;
    const uint16_t *from = tensor.data<uint16_t>() + offset;
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = convert<T>(widen(from[i * step]));
    return;
  }
  dispatchNative(type, [&](auto zero) {
    const auto *from = tensor.data<decltype(zero)>() + offset;
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = convert<T>(from[i * step]);
  });
}

template <typename T>
void dtc::storeRun(HostTensor &tensor, int64_t offset,
                   llvm::ArrayRef<T> values) {
  DType type = tensor.type();
  if (type == DType::Bool) {
    for (size_t i = 0; i < values.size(); ++i)
      tensor.raw()[offset + i] = values[i] != 0;
    return;
  }
  if (type == DType::F16 || type == DType::BF16) {
    auto narrow = type == DType::F16 ? floatToHalf : floatToBfloat;
    uint16_t *to = tensor.data<uint16_t>() + offset;
    for (size_t i = 0; i < values.size(); ++i)
      to[i] = narrow(static_cast<float>(values[i]));
    return;
  }
  dispatchNative(type, [&](auto zero) {
    using E = decltype(zero);
    E *to = tensor.data<E>() + offset;
    for (size_t i = 0; i < values.size(); ++i)
      to[i] = convert<E>(values[i]);
  });
}

#define DTC_RUNS(T)                                                            \
  template void dtc::loadRun<T>(const HostTensor &, int64_t, int64_t,          \
                                llvm::MutableArrayRef<T>);                     \
  template void dtc::storeRun<T>(HostTensor &, int64_t, llvm::ArrayRef<T>);
DTC_RUNS(float)
DTC_RUNS(double)
DTC_RUNS(int64_t)
DTC_RUNS(uint64_t)

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

template <typename Word>
static void copyRun(const char *from, int64_t fromStep, char *to,
                    int64_t toStep, int64_t count) {
  auto *source = reinterpret_cast<const Word *>(from);
  auto *target = reinterpret_cast<Word *>(to);
  for (int64_t i = 0; i < count; ++i)
    target[i * toStep] = source[i * fromStep];
}

static void copyRun(int64_t width, const char *from, int64_t fromStep, char *to,
                    int64_t toStep, int64_t count) {
  if (fromStep == 1 && toStep == 1) {
    std::memcpy(to, from, count * width);
    return;
  }
  switch (width) {
  case 1:
    return copyRun<uint8_t>(from, fromStep, to, toStep, count);
  case 2:
    return copyRun<uint16_t>(from, fromStep, to, toStep, count);
  case 4:
    return copyRun<uint32_t>(from, fromStep, to, toStep, count);
  default:
    return copyRun<uint64_t>(from, fromStep, to, toStep, count);
  }
}

void dtc::copyStrided(llvm::ArrayRef<int64_t> shape, const HostTensor &from,
                      const StridedPlace &source, HostTensor &to,
                      const StridedPlace &target) {
  if (numElements(shape) == 0)
    return;
  int64_t width = byteWidth(from.type());
  int64_t count = shape.empty() ? 1 : shape.back();
  int64_t fromStep = shape.empty() ? 1 : source.strides.back();
  int64_t toStep = shape.empty() ? 1 : target.strides.back();
  auto outer = shape.drop_back(!shape.empty());
  forEachIndex(outer, [&](llvm::ArrayRef<int64_t> index, int64_t) {
    int64_t read = source.offset, write = target.offset;
    for (size_t d = 0; d < outer.size(); ++d) {
      read += index[d] * source.strides[d];
      write += index[d] * target.strides[d];
    }
    copyRun(width, from.raw() + read * width, fromStep,
            to.raw() + write * width, toStep, count);
  });
}

void dtc::pasteBox(HostTensor &whole, const HostTensor &piece,
                   llvm::ArrayRef<int64_t> begins) {
  StridedPlace target{0, whole.strides()};
  for (auto [begin, stride] : llvm::zip(begins, target.strides))
    target.offset += begin * stride;
  copyStrided(piece.shape(), piece, {0, piece.strides()}, whole, target);
}

HostTensor dtc::concatenate(llvm::ArrayRef<HostTensor> pieces, int64_t dim) {
  llvm::SmallVector<int64_t, 6> shape(pieces.front().shape());
  shape[dim] = 0;
  for (const HostTensor &piece : pieces)
    shape[dim] += piece.dim(dim);
  HostTensor whole(pieces.front().type(), shape);
  llvm::SmallVector<int64_t, 6> begins(shape.size(), 0);
  for (const HostTensor &piece : pieces) {
    pasteBox(whole, piece, begins);
    begins[dim] += piece.dim(dim);
  }
  return whole;
}
