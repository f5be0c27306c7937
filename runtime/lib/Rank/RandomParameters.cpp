//===- RandomParameters.cpp - Parameters without weights ------------------===//
//
// splitmix64 (Steele, Lea, Flood 2014) of a counter: its finalizer makes
// neighbouring counters independent, so no state is carried.
//===----------------------------------------------------------------------===//

#include "RandomParameters.h"
#include "dtc/runtime/Checksum.h"
#include "dtc/runtime/ElementType.h"

namespace dtc::runtime {
namespace {

uint64_t mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

struct Range {
  float low, width;
};

Range rangeOf(const std::string &name) {
  std::string last = name.substr(name.rfind('.') + 1);
  if (last.find("var") != std::string::npos)
    return {0.5f, 1.0f};
  return {-0.05f, 0.1f};
}

template <typename Stored, typename Store>
void fill(const BoundaryTensor &tensor, const Region &region, uint64_t stream,
          Range range, void *piece, Store store) {
  auto *values = static_cast<Stored *>(piece);
  chunk_detail::forEachRun(
      tensor.shape, region, [&](int64_t whole, int64_t at, int64_t run) {
        for (int64_t i = 0; i < run; ++i) {
          uint64_t bits = mix(stream + static_cast<uint64_t>(whole + i));
          float unit = static_cast<float>(bits >> 40) * 0x1p-24f;
          values[at + i] = store(range.low + range.width * unit);
        }
      });
}

} // namespace

void fillRandom(const BoundaryTensor &tensor, const Region &region,
                uint64_t seed, void *piece) {
  uint64_t stream =
      mix(seed ^ checksum(tensor.name.data(), tensor.name.size()));
  Range range = rangeOf(tensor.name);
  switch (tensor.dtype) {
  case DTC_F16:
    return fill<uint16_t>(tensor, region, stream, range, piece, f16FromFloat);
  case DTC_BF16:
    return fill<uint16_t>(tensor, region, stream, range, piece, bf16FromFloat);
  case DTC_F32:
    return fill<float>(tensor, region, stream, range, piece,
                       [](float value) { return value; });
  case DTC_F64:
    return fill<double>(tensor, region, stream, range, piece,
                        [](float value) { return double(value); });
  default:
    size_t bytes =
        static_cast<size_t>(region.count() * elementSize(tensor.dtype));
    if (bytes > 0)
      std::memset(piece, 0, bytes);
  }
}

} // namespace dtc::runtime
