//===- NcclReduction.h - What the stand-in of NCCL joins values with ------===//
//
// In the order of ranks. Types and operations have NCCL's numbers.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_EMULATOR_NCCLREDUCTION_H
#define DTC_RUNTIME_LIB_EMULATOR_NCCLREDUCTION_H

#include "../Cuda/Nccl.h"
#include "dtc/runtime/Elements.h"
#include <algorithm>
#include <vector>

namespace dtc::emulated {

using namespace runtime::cuda;

inline int32_t elementOf(int type) {
  constexpr int32_t types[] = {DTC_I8,  DTC_U8,  DTC_I32, DTC_U32, DTC_I64,
                               DTC_U64, DTC_F16, DTC_F32, DTC_F64, DTC_BF16};
  return type >= 0 && type <= kNcclBf16 ? types[type] : -1;
}

template <typename T> T combine(int operation, T a, T b) {
  switch (operation) {
  case kNcclProduct:
    return static_cast<T>(a * b);
  case kNcclMax:
    return std::max(a, b);
  case kNcclMin:
    return std::min(a, b);
  default:
    return static_cast<T>(a + b);
  }
}

struct Reduction {
  int type, operation;
};

/// Elements `begin` to `begin + count` of every member's `each` bytes, joined.
inline void join(Reduction reduction, const std::vector<char> &all, size_t each,
                 size_t begin, size_t count, void *result) {
  size_t members = all.size() / each;
  runtime::dispatchElement(elementOf(reduction.type), [&](auto element) {
    using E = decltype(element);
    using Stored = typename E::Stored;
    auto at = [&](size_t member, size_t i) {
      Stored stored;
      std::memcpy(&stored,
                  all.data() + member * each + (begin + i) * sizeof stored,
                  sizeof stored);
      return E::load(stored);
    };
    for (size_t i = 0; i < count; ++i) {
      auto value = at(0, i);
      for (size_t member = 1; member < members; ++member)
        value = combine(reduction.operation, value, at(member, i));
      if (reduction.operation == kNcclAverage)
        value = static_cast<decltype(value)>(
            value / static_cast<decltype(value)>(members));
      Stored stored = E::store(value);
      std::memcpy(static_cast<char *>(result) + i * sizeof stored, &stored,
                  sizeof stored);
    }
  });
}

} // namespace dtc::emulated

#endif // DTC_RUNTIME_LIB_EMULATOR_NCCLREDUCTION_H
