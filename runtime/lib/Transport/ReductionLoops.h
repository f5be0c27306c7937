//===- ReductionLoops.h - The loops behind Reduction.h --------------------===//
//
// Included once for each instruction set, into files that are compiled for it.
// Nothing here has external linkage and nothing of the standard library is
// used: a function that the linker may share with other files must not carry
// instructions that this processor lacks.
//
// Two sources are one loop. With more, a block of accumulators stays in the
// first-level cache while the sources are added to it.
//===----------------------------------------------------------------------===//

#include "Reduction.h"
#include "dtc/runtime/program.h"
#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace {

#define DTC_INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define DTC_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define DTC_INDEPENDENT _Pragma("GCC ivdep")
#endif

template <typename T> struct Native {
  using Stored = T;
  using Value = T;
  DTC_INLINE T load(T stored) { return stored; }
  DTC_INLINE T store(T value) { return value; }
};

struct Bf16 {
  using Stored = uint16_t;
  using Value = float;
  DTC_INLINE float load(uint16_t bits) {
    return __builtin_bit_cast(float, static_cast<uint32_t>(bits) << 16);
  }
  DTC_INLINE uint16_t store(float value) {
    uint32_t bits = __builtin_bit_cast(uint32_t, value);
    uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    uint32_t nan = (bits >> 16) | 0x40u;
    return static_cast<uint16_t>((bits & 0x7fffffffu) > 0x7f800000u ? nan
                                                                    : rounded);
  }
};

/// In bits, so that it vectorises without instructions for half precision.
struct F16 {
  using Stored = uint16_t;
  using Value = float;
  DTC_INLINE float load(uint16_t half) {
    uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
    uint32_t rest = static_cast<uint32_t>(half & 0x7fffu) << 13;
    // Moves the exponent by a product, which also normalises subnormals.
    float scaled = __builtin_bit_cast(float, rest) *
                   __builtin_bit_cast(float, 0x77800000u); // 2^112
    uint32_t bits = __builtin_bit_cast(uint32_t, scaled);
    uint32_t special = rest | 0x7f800000u;
    bits = rest >= 0x0f800000u ? special : bits;
    return __builtin_bit_cast(float, bits | sign);
  }
  DTC_INLINE uint16_t store(float value) {
    uint32_t bits = __builtin_bit_cast(uint32_t, value);
    uint32_t sign = (bits >> 16) & 0x8000u;
    bits &= 0x7fffffffu;
    // Rounds to nearest even; a carry moves the exponent as it must.
    uint32_t normal = (bits - 0x38000000u + 0xfffu + ((bits >> 13) & 1u)) >> 13;
    // Adding 2^-1 leaves a subnormal's bits, rounded, at the bottom.
    float shifted = __builtin_bit_cast(float, bits) + 0.5f;
    uint32_t small = __builtin_bit_cast(uint32_t, shifted) - 0x3f000000u;
    uint32_t result = bits < 0x38800000u ? small : normal;
    result = bits >= 0x477ff000u ? 0x7c00u : result;
    result = bits > 0x7f800000u ? 0x7e00u : result;
    return static_cast<uint16_t>(result | sign);
  }
};

/// Sums of booleans saturate: any.
struct Bool {
  using Stored = uint8_t;
  using Value = uint8_t;
  DTC_INLINE uint8_t load(uint8_t stored) { return stored != 0; }
  DTC_INLINE uint8_t store(uint8_t value) { return value; }
};

/// Signed sums and products wrap around: computed without a sign.
template <typename T> struct Wrapped {
  using Type = T;
};
template <> struct Wrapped<int8_t> {
  using Type = uint32_t;
};
template <> struct Wrapped<uint8_t> {
  using Type = uint32_t;
};
template <> struct Wrapped<int16_t> {
  using Type = uint32_t;
};
template <> struct Wrapped<uint16_t> {
  using Type = uint32_t;
};
template <> struct Wrapped<int32_t> {
  using Type = uint32_t;
};
template <> struct Wrapped<int64_t> {
  using Type = uint64_t;
};

template <typename Type, int Op>
DTC_INLINE typename Type::Value combine(typename Type::Value a,
                                        typename Type::Value b) {
  using Value = typename Type::Value;
  using Wide = typename Wrapped<Value>::Type;
  if constexpr (Op == DTC_MAX)
    return !(b == b) || b > a ? b : a;
  else if constexpr (Op == DTC_MIN)
    return !(b == b) || b < a ? b : a;
  else if constexpr (__is_same(Type, Bool))
    return Op == DTC_PRODUCT ? a & b : a | b;
  else if constexpr (Op == DTC_PRODUCT)
    return static_cast<Value>(static_cast<Wide>(a) * static_cast<Wide>(b));
  else
    return static_cast<Value>(static_cast<Wide>(a) + static_cast<Wide>(b));
}

template <typename Type, int Op>
DTC_INLINE typename Type::Stored finish(typename Type::Value value,
                                        int64_t divisor) {
  using Value = typename Type::Value;
  if constexpr (Op == DTC_AVG && !__is_same(Type, Bool))
    value = static_cast<Value>(value / static_cast<Value>(divisor));
  return Type::store(value);
}

template <typename Type, int Op>
void reduceTwo(typename Type::Stored *out, const typename Type::Stored *a,
               const typename Type::Stored *b, int64_t count) {
  // `out` is one of the sources or overlaps none.
  DTC_INDEPENDENT
  for (int64_t i = 0; i < count; ++i)
    out[i] = finish<Type, Op>(
        combine<Type, Op>(Type::load(a[i]), Type::load(b[i])), 2);
}

template <typename Type, int Op>
void reduceBlock(typename Type::Stored *out, const void *const *sources,
                 int64_t numSources, int64_t begin, int64_t count) {
  using Stored = typename Type::Stored;
  constexpr int64_t kBlock = 1024;
  typename Type::Value sum[kBlock];
  auto source = [&](int64_t k) {
    return static_cast<const Stored *>(sources[k]) + begin;
  };
  const Stored *first = source(0);
  for (int64_t i = 0; i < count; ++i)
    sum[i] = Type::load(first[i]);
  for (int64_t k = 1; k < numSources; ++k) {
    const Stored *next = source(k);
    for (int64_t i = 0; i < count; ++i)
      sum[i] = combine<Type, Op>(sum[i], Type::load(next[i]));
  }
  for (int64_t i = 0; i < count; ++i)
    out[begin + i] = finish<Type, Op>(sum[i], numSources);
}

template <typename Type, int Op>
void reduce(void *out, const void *const *sources, int64_t numSources,
            int64_t count) {
  using Stored = typename Type::Stored;
  if (numSources == 2) {
    reduceTwo<Type, Op>(static_cast<Stored *>(out),
                        static_cast<const Stored *>(sources[0]),
                        static_cast<const Stored *>(sources[1]), count);
    return;
  }
  constexpr int64_t kBlock = 1024;
  for (int64_t begin = 0; begin < count; begin += kBlock)
    reduceBlock<Type, Op>(static_cast<Stored *>(out), sources, numSources,
                          begin,
                          count - begin < kBlock ? count - begin : kBlock);
}

template <typename Type> dtc::runtime::Reduction reductionOf(int32_t op) {
  switch (op) {
  case DTC_AVG:
    return reduce<Type, DTC_AVG>;
  case DTC_MAX:
    return reduce<Type, DTC_MAX>;
  case DTC_MIN:
    return reduce<Type, DTC_MIN>;
  case DTC_PRODUCT:
    return reduce<Type, DTC_PRODUCT>;
  default:
    return reduce<Type, DTC_SUM>;
  }
}

dtc::runtime::Reduction selectReduction(int32_t dtype, int32_t op) {
  switch (dtype) {
  case DTC_BOOL:
    return reductionOf<Bool>(op);
  case DTC_I8:
    return reductionOf<Native<int8_t>>(op);
  case DTC_U8:
    return reductionOf<Native<uint8_t>>(op);
  case DTC_I16:
    return reductionOf<Native<int16_t>>(op);
  case DTC_U16:
    return reductionOf<Native<uint16_t>>(op);
  case DTC_I32:
    return reductionOf<Native<int32_t>>(op);
  case DTC_U32:
    return reductionOf<Native<uint32_t>>(op);
  case DTC_I64:
    return reductionOf<Native<int64_t>>(op);
  case DTC_U64:
    return reductionOf<Native<uint64_t>>(op);
  case DTC_F16:
    return reductionOf<F16>(op);
  case DTC_BF16:
    return reductionOf<Bf16>(op);
  case DTC_F64:
    return reductionOf<Native<double>>(op);
  default:
    return reductionOf<Native<float>>(op);
  }
}

void copyPastCaches(void *to, const void *from, int64_t bytes) {
  char *target = static_cast<char *>(to);
  const char *source = static_cast<const char *>(from);
  int64_t at = 0;
#if defined(__AVX512F__)
  for (; at + 64 <= bytes; at += 64)
    _mm512_stream_si512(reinterpret_cast<__m512i *>(target + at),
                        _mm512_loadu_si512(source + at));
#elif defined(__x86_64__)
  for (; at + 16 <= bytes; at += 16)
    _mm_stream_si128(
        reinterpret_cast<__m128i *>(target + at),
        _mm_loadu_si128(reinterpret_cast<const __m128i *>(source + at)));
#endif
  __builtin_memcpy(target + at, source + at,
                   static_cast<__SIZE_TYPE__>(bytes - at));
#if defined(__x86_64__)
  _mm_sfence();
#endif
}

} // namespace
