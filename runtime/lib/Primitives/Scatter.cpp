//===- Scatter.cpp - Rows written or combined at places from data ---------===//
//
// 1. Walk the index tuples in row-major order: the loops but the last one by an
//    odometer, the last one as a plain loop.
// 2. Check every number of a tuple, then write its row. Updates of one place
//    are thus applied in their order, as the interpreter does it.
//===----------------------------------------------------------------------===//

#include "dtc/runtime/Elements.h"
#include "dtc/runtime/program.h"
#include <cstdio>
#include <cstring>
#include <type_traits>

namespace dtc::runtime {
namespace {

int64_t readIndex(int32_t dtype, const void *indices, int64_t i) {
  switch (dtype) {
  case DTC_I64:
  case DTC_U64:
    return static_cast<const int64_t *>(indices)[i];
  case DTC_I32:
    return static_cast<const int32_t *>(indices)[i];
  case DTC_U32:
    return static_cast<const uint32_t *>(indices)[i];
  case DTC_I16:
    return static_cast<const int16_t *>(indices)[i];
  case DTC_U16:
    return static_cast<const uint16_t *>(indices)[i];
  case DTC_I8:
    return static_cast<const int8_t *>(indices)[i];
  default:
    return static_cast<const uint8_t *>(indices)[i];
  }
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

/// Two's complement arithmetic without undefined overflow.
template <typename T>
using Wrapping =
    std::conditional_t<sizeof(T) < 4, uint32_t, std::make_unsigned_t<T>>;

template <typename T> T add(T a, T b) {
  if constexpr (std::is_same_v<T, bool>)
    return a || b;
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<Wrapping<T>>(a) +
                          static_cast<Wrapping<T>>(b));
  else
    return a + b;
}

template <typename T> T multiply(T a, T b) {
  if constexpr (std::is_same_v<T, bool>)
    return a && b;
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<Wrapping<T>>(a) *
                          static_cast<Wrapping<T>>(b));
  else
    return a * b;
}

template <typename T> T larger(T a, T b) {
  return b > a || (b != b && a == a) ? b : a;
}

template <typename T> T smaller(T a, T b) {
  return b < a || (b != b && a == a) ? b : a;
}

using WriteRow = void (*)(char *to, const char *from, int64_t count);

template <typename E,
          typename E::Value (*Combine)(typename E::Value, typename E::Value)>
void combineRow(char *to, const char *from, int64_t count) {
  auto *target = reinterpret_cast<typename E::Stored *>(to);
  auto *source = reinterpret_cast<const typename E::Stored *>(from);
  for (int64_t i = 0; i < count; ++i)
    target[i] = E::store(Combine(E::load(target[i]), E::load(source[i])));
}

template <typename Word>
void copyRow(char *to, const char *from, int64_t count) {
  if (count == 1)
    std::memcpy(to, from, sizeof(Word));
  else
    std::memcpy(to, from, static_cast<size_t>(count) * sizeof(Word));
}

WriteRow overwriting(int64_t width) {
  switch (width) {
  case 1:
    return copyRow<uint8_t>;
  case 2:
    return copyRow<uint16_t>;
  case 4:
    return copyRow<uint32_t>;
  default:
    return copyRow<uint64_t>;
  }
}

template <typename E> WriteRow combining(int32_t combine) {
  using T = typename E::Value;
  switch (combine) {
  case DTC_SUM:
    return combineRow<E, add<T>>;
  case DTC_PRODUCT:
    return combineRow<E, multiply<T>>;
  case DTC_MAX:
    return combineRow<E, larger<T>>;
  case DTC_MIN:
    return combineRow<E, smaller<T>>;
  }
  return nullptr;
}

/// Null for a combination that there is not.
WriteRow rowWriter(const dtc_scatter &desc) {
  if (desc.combine == DTC_OVERWRITE)
    return overwriting(elementSize(desc.dtype));
  WriteRow writer = nullptr;
  dispatchElement(desc.dtype, [&](auto element) {
    writer = combining<decltype(element)>(desc.combine);
  });
  return writer;
}

//===----------------------------------------------------------------------===//
// Tuples
//===----------------------------------------------------------------------===//

class Scatter {
public:
  Scatter(dtc_frame *frame, const dtc_scatter &desc, const void *indices,
          const void *updates, void *result)
      : frame(frame), desc(desc), indices(indices),
        updates(static_cast<const char *>(updates)),
        result(static_cast<char *>(result)), width(elementSize(desc.dtype)),
        write(rowWriter(desc)) {}

  void run();

private:
  bool writeLine(int64_t place);
  bool findRow(int64_t &place);
  int64_t lastExtent() const {
    return desc.loops > 0 ? desc.loop_extents[desc.loops - 1] : 1;
  }

  dtc_frame *frame;
  const dtc_scatter &desc;
  const void *indices;
  const char *updates;
  char *result;
  int64_t width;
  WriteRow write;
  int64_t tuple = 0; ///< how many are done
};

/// Adds what the current tuple says to `place`.
bool Scatter::findRow(int64_t &place) {
  for (int32_t k = 0; k < desc.depth; ++k) {
    int64_t index =
        readIndex(desc.index_dtype, indices, tuple * desc.depth + k);
    int64_t extent = desc.index_extents[k];
    if (index < -extent || index >= extent) {
      char message[160];
      std::snprintf(message, sizeof message,
                    "an update wants index %lld, expected one from %lld to "
                    "%lld",
                    static_cast<long long>(index),
                    -static_cast<long long>(extent),
                    static_cast<long long>(extent) - 1);
      dtc_fail(frame, message);
      return false;
    }
    place += (index < 0 ? index + extent : index) * desc.index_strides[k];
  }
  return true;
}

/// The last loop, from the place that the others say.
bool Scatter::writeLine(int64_t place) {
  int64_t step = desc.loops > 0 ? desc.loop_strides[desc.loops - 1] : 0;
  for (int64_t i = 0, e = lastExtent(); i < e; ++i, ++tuple) {
    int64_t at = place + i * step;
    if (!findRow(at))
      return false;
    write(result + at * width, updates + tuple * desc.row * width, desc.row);
  }
  return true;
}

void Scatter::run() {
  if (!write) {
    dtc_fail(frame, "expected updates that overwrite, or are joined by sum, "
                    "product, max or min");
    return;
  }
  int64_t lines = 1;
  for (int32_t loop = 0; loop + 1 < desc.loops; ++loop)
    lines *= desc.loop_extents[loop];
  for (int64_t line = 0; line < lines; ++line) {
    int64_t place = 0, rest = line;
    for (int32_t loop = desc.loops - 2; loop >= 0; --loop) {
      place += rest % desc.loop_extents[loop] * desc.loop_strides[loop];
      rest /= desc.loop_extents[loop];
    }
    if (!writeLine(place))
      return;
  }
}

} // namespace
} // namespace dtc::runtime

void dtc_scatter_run(dtc_frame *frame, const dtc_scatter *desc,
                     const void *indices, const void *updates, void *result) {
  dtc::runtime::Scatter(frame, *desc, indices, updates, result).run();
}
