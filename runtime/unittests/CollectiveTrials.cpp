//===- CollectiveTrials.cpp - Collectives against a naive result ----------===//

#include "CollectiveTrials.h"
#include "dtc/runtime/Chunk.h"
#include "dtc/runtime/ElementType.h"
#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include <thread>

namespace dtc::runtime::test {
namespace {

using Bytes = std::vector<char>;

struct Extents {
  int64_t outer, extent, inner;
};
const Extents kExtents[] = {{1, 1, 1},   {1, 7, 3},    {2, 5, 1},    {3, 2, 4},
                            {1, 3, 700}, {4, 13, 50},  {2, 1, 9},    {1, 0, 5},
                            {5, 4, 16},  {1, 64, 513}, {3, 41, 1000}};

/// The group that a collective runs in, from one rank's side.
struct Group {
  Transport &transport;
  int64_t members, self;
};

template <typename T> void put(char *at, double value) {
  T stored = static_cast<T>(value);
  std::memcpy(at, &stored, sizeof stored);
}

/// Writes `value` as an element of `dtype`.
void encode(int32_t dtype, char *at, double value) {
  switch (dtype) {
  case DTC_BOOL:
    return put<uint8_t>(at, value != 0);
  case DTC_I8:
    return put<int8_t>(at, value);
  case DTC_U8:
    return put<uint8_t>(at, value);
  case DTC_I16:
    return put<int16_t>(at, value);
  case DTC_U16:
    return put<uint16_t>(at, value);
  case DTC_I32:
    return put<int32_t>(at, value);
  case DTC_U32:
    return put<uint32_t>(at, value);
  case DTC_I64:
    return put<int64_t>(at, value);
  case DTC_U64:
    return put<uint64_t>(at, value);
  case DTC_F16:
    return put<uint16_t>(at, f16FromFloat(static_cast<float>(value)));
  case DTC_BF16:
    return put<uint16_t>(at, bf16FromFloat(static_cast<float>(value)));
  case DTC_F32:
    return put<float>(at, value);
  default:
    return put<double>(at, value);
  }
}

/// Small numbers whose sums and products are exact in every type.
double valueOf(const dtc_collective &desc, int64_t member, int64_t index) {
  uint64_t mixed = (static_cast<uint64_t>(index) * 7 + 3) *
                   (static_cast<uint64_t>(member) * 31 + 11);
  mixed ^= mixed >> 7;
  bool isSigned = desc.dtype != DTC_U8 && desc.dtype != DTC_U16 &&
                  desc.dtype != DTC_U32 && desc.dtype != DTC_U64;
  if (desc.dtype == DTC_BOOL)
    return mixed % 3 != 0;
  if (desc.reduce == DTC_PRODUCT)
    return mixed % 2 ? 2 : isSigned ? -1 : 1;
  return static_cast<double>(mixed % 5) - (isSigned ? 2 : 0);
}

double combine(const dtc_collective &desc, const std::vector<double> &values) {
  double result = values[0];
  bool isBool = desc.dtype == DTC_BOOL;
  for (size_t i = 1; i < values.size(); ++i) {
    double next = values[i];
    if (desc.reduce == DTC_MAX)
      result = std::max(result, next);
    else if (desc.reduce == DTC_MIN)
      result = std::min(result, next);
    else if (desc.reduce == DTC_PRODUCT)
      result *= next;
    else
      result += next;
  }
  if (desc.reduce == DTC_AVG && !isBool)
    result /= static_cast<double>(values.size());
  return result;
}

std::vector<int64_t> wholeShape(const dtc_collective &desc) {
  if (desc.kind == DTC_ALL_TO_ALL)
    return {desc.shape, desc.shape + desc.ndim};
  return {desc.outer, desc.extent, desc.inner};
}

/// The part of the whole value that `member` has: dimension `dim` chunked.
Region part(const dtc_collective &desc, int32_t dim, int64_t members,
            int64_t member) {
  std::vector<int64_t> shape = wholeShape(desc);
  Region region{std::vector<int64_t>(shape.size(), 0), shape};
  Interval piece = chunk(shape[size_t(dim)], members, member);
  region.offset[size_t(dim)] = piece.offset;
  region.size[size_t(dim)] = piece.size;
  return region;
}

bool reduces(const dtc_collective &desc) {
  return desc.kind == DTC_ALL_REDUCE || desc.kind == DTC_REDUCE_SCATTER;
}

/// The whole value; of `member`, where every member has its own.
Bytes wholeValue(const dtc_collective &desc, int64_t member) {
  std::vector<int64_t> shape = wholeShape(desc);
  int64_t count = *elementCount(shape), element = elementSize(desc.dtype);
  Bytes value(static_cast<size_t>(count * element));
  for (int64_t i = 0; i < count; ++i)
    encode(desc.dtype, value.data() + i * element, valueOf(desc, member, i));
  return value;
}

Bytes cut(const dtc_collective &desc, const Bytes &whole,
          const Region &region) {
  int64_t element = elementSize(desc.dtype);
  Bytes piece(static_cast<size_t>(region.count() * element));
  cutRegion(whole.data(), wholeShape(desc), region, element, piece.data());
  return piece;
}

Bytes sourceOf(const dtc_collective &desc, const Group &group) {
  if (desc.kind == DTC_ALL_GATHER || desc.kind == DTC_HALO_EXCHANGE)
    return cut(desc, wholeValue(desc, 0),
               part(desc, 1, group.members, group.self));
  if (desc.kind == DTC_ALL_TO_ALL)
    return cut(desc, wholeValue(desc, 0),
               part(desc, desc.from_dim, group.members, group.self));
  return wholeValue(desc, reduces(desc) ? group.self : 0);
}

Bytes reducedValue(const dtc_collective &desc, int64_t members) {
  int64_t count = *elementCount(wholeShape(desc));
  int64_t element = elementSize(desc.dtype);
  Bytes value(static_cast<size_t>(count * element));
  for (int64_t i = 0; i < count; ++i) {
    std::vector<double> values;
    for (int64_t member = 0; member < members; ++member)
      values.push_back(valueOf(desc, member, i));
    encode(desc.dtype, value.data() + i * element, combine(desc, values));
  }
  return value;
}

Bytes resultOf(const dtc_collective &desc, const Group &group) {
  Bytes whole =
      reduces(desc) ? reducedValue(desc, group.members) : wholeValue(desc, 0);
  switch (desc.kind) {
  case DTC_REDUCE_SCATTER:
  case DTC_SCATTER:
    return cut(desc, whole, part(desc, 1, group.members, group.self));
  case DTC_ALL_TO_ALL:
    return cut(desc, whole, part(desc, desc.to_dim, group.members, group.self));
  case DTC_HALO_EXCHANGE: {
    Region region = part(desc, 1, group.members, group.self);
    region.offset[1] = desc.shape[2 * group.self];
    region.size[1] = desc.shape[2 * group.self + 1] - region.offset[1];
    return cut(desc, whole, region);
  }
  default:
    return whole;
  }
}

std::string describe(const dtc_collective &desc) {
  return "kind " + std::to_string(desc.kind) + " reduce " +
         std::to_string(desc.reduce) + " " + elementName(desc.dtype) + " " +
         shapeText(wholeShape(desc)) + " dims " +
         std::to_string(desc.from_dim) + "," + std::to_string(desc.to_dim) +
         " root " + std::to_string(desc.root);
}

/// A buffer in shared memory, which is used again and again.
char *sharedBuffer(Transport &transport) {
  static void *buffer = transport.allocate(8 << 20);
  return static_cast<char *>(buffer);
}

/// One collective with its buffers; the result is surrounded by guards.
class Trial {
public:
  Trial(const Group &group, const dtc_collective &desc, size_t sharedOffset,
        bool useShared)
      : group(group), desc(desc), expected(resultOf(desc, group)),
        ownSource(sourceOf(desc, group)),
        ownResult(expected.size() + 2 * kGuard, '\x5a') {
    handle = group.transport.createCollective(this->desc);
    source = ownSource.data();
    result = ownResult.data() + kGuard;
    size_t sourceRoom = (ownSource.size() + 127) / 64 * 64;
    if (useShared && sharedBuffer(group.transport)) {
      char *base = sharedBuffer(group.transport) + sharedOffset;
      std::copy(ownSource.begin(), ownSource.end(), base);
      source = base;
      result = base + sourceRoom + kGuard;
      std::memset(result - kGuard, '\x5a', expected.size() + 2 * kGuard);
    }
  }

  size_t sharedRoom() const {
    return (ownSource.size() + expected.size() + 4 * kGuard + 255) / 64 * 64;
  }
  void start() { handle->start(source, result); }
  void wait() {
    handle->wait();
    bool same = expected.empty() ||
                std::memcmp(result, expected.data(), expected.size()) == 0;
    if (!same)
      group.transport.fail("wrong result: " + describe(desc));
    for (size_t i = 0; i < kGuard; ++i)
      if (result[-1 - static_cast<ptrdiff_t>(i)] != '\x5a' ||
          result[expected.size() + i] != '\x5a')
        group.transport.fail("written outside: " + describe(desc));
    if (!std::equal(ownSource.begin(), ownSource.end(), source))
      group.transport.fail("the source changed: " + describe(desc));
  }

private:
  static constexpr size_t kGuard = 64;
  Group group;
  dtc_collective desc;
  Bytes expected, ownSource, ownResult;
  std::unique_ptr<Collective> handle;
  char *source, *result;
};

void runOne(const Group &group, const dtc_collective &desc) {
  // Half of the ranks have their buffers where others reach them; for every
  // other collective all of them.
  static int calls = 0;
  Trial trial(group, desc, 0, ++calls % 2 || group.self % 2);
  for (int round = 0; round < 2; ++round) {
    trial.start();
    trial.wait();
  }
}

dtc_collective describeRows(int32_t kind, int32_t dtype,
                            const Extents &extents) {
  dtc_collective desc = {};
  desc.kind = kind;
  desc.dtype = dtype;
  desc.outer = extents.outer;
  desc.extent = extents.extent;
  desc.inner = extents.inner;
  desc.module = "net";
  return desc;
}

Group groupOf(Transport &transport) {
  return {transport, transport.worldSize(), transport.rank()};
}

/// A random collective; the same on ranks with equal generators.
dtc_collective randomCollective(std::mt19937 &random) {
  const int32_t kinds[] = {DTC_ALL_REDUCE, DTC_ALL_GATHER, DTC_REDUCE_SCATTER,
                           DTC_BROADCAST, DTC_SCATTER};
  Extents extents = kExtents[random() % std::size(kExtents)];
  dtc_collective desc = describeRows(
      kinds[random() % 5], random() % 2 ? DTC_F32 : DTC_BF16, extents);
  desc.root = static_cast<int32_t>(random() % 2);
  desc.axis = static_cast<int32_t>(random() % 2);
  return desc;
}

} // namespace

void tryInFlight(Transport &transport, int64_t rows, int64_t columns) {
  std::mt19937 random(5);
  std::mt19937 pauses(static_cast<unsigned>(transport.rank()));
  for (int round = 0; round < 60; ++round) {
    std::vector<std::unique_ptr<Trial>> trials;
    size_t offset = 0;
    size_t count = 1 + random() % 9;
    for (size_t i = 0; i < count; ++i) {
      dtc_collective desc = randomCollective(random);
      bool first = desc.axis == 0;
      Group group{transport, first ? rows : columns,
                  first ? transport.rank() / columns
                        : transport.rank() % columns};
      desc.root = std::min(desc.root, static_cast<int32_t>(group.members - 1));
      trials.push_back(std::make_unique<Trial>(group, desc, offset, i % 2));
      offset += trials.back()->sharedRoom();
    }
    for (auto &trial : trials)
      trial->start();
    if (pauses() % 4 == 0)
      std::this_thread::sleep_for(std::chrono::microseconds(pauses() % 300));
    std::vector<size_t> order(trials.size());
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random);
    for (size_t i : order)
      trials[i]->wait();
  }
}

void tryReductions(Transport &transport) {
  for (const Extents &extents : kExtents)
    for (int32_t dtype = DTC_BOOL; dtype <= DTC_F64; ++dtype)
      for (int32_t reduce = DTC_SUM; reduce <= DTC_PRODUCT; ++reduce)
        for (int32_t kind : {DTC_ALL_REDUCE, DTC_REDUCE_SCATTER}) {
          dtc_collective desc = describeRows(kind, dtype, extents);
          desc.reduce = reduce;
          runOne(groupOf(transport), desc);
        }
}

void tryPieces(Transport &transport) {
  for (const Extents &extents : kExtents)
    for (int32_t dtype = DTC_BOOL; dtype <= DTC_F64; ++dtype)
      for (int32_t kind : {DTC_ALL_GATHER, DTC_BROADCAST, DTC_SCATTER})
        for (int32_t root = 0; root < transport.worldSize(); ++root) {
          if (kind == DTC_ALL_GATHER && root > 0)
            continue;
          dtc_collective desc = describeRows(kind, dtype, extents);
          desc.root = root;
          runOne(groupOf(transport), desc);
        }
}

void tryHalos(Transport &transport) {
  const int64_t members = groupOf(transport).members;
  for (const Extents &extents : kExtents)
    for (auto [before, after] :
         {std::pair(1, 1), {0, 2}, {3, 0}, {9, 9}, {-1, -1}, {2, -3}}) {
      dtc_collective desc = describeRows(DTC_HALO_EXCHANGE, DTC_F32, extents);
      // The last members take no part, or more than they have.
      std::vector<int64_t> rows;
      for (int64_t member = 0; member < members; ++member) {
        Interval own = chunk(desc.extent, members, member);
        int64_t begin =
            std::clamp<int64_t>(own.offset - before, 0, desc.extent);
        rows.push_back(begin);
        rows.push_back(std::clamp<int64_t>(own.offset + own.size + after, begin,
                                           desc.extent));
      }
      desc.ndim = static_cast<int32_t>(rows.size());
      desc.shape = rows.data();
      runOne(groupOf(transport), desc);
    }
}

void tryAllToAll(Transport &transport) {
  const std::vector<std::vector<int64_t>> shapes = {
      {3, 4, 5}, {7, 2, 6, 3}, {8, 16, 4}, {1, 1}, {40, 30, 20}, {0, 4}, {9}};
  for (const auto &shape : shapes)
    for (int32_t dtype : {DTC_U8, DTC_BF16, DTC_F32, DTC_F64})
      for (size_t from = 0; from < shape.size(); ++from)
        for (size_t to = 0; to < shape.size(); ++to) {
          dtc_collective desc = {};
          desc.kind = DTC_ALL_TO_ALL;
          desc.dtype = dtype;
          desc.ndim = static_cast<int32_t>(shape.size());
          desc.from_dim = static_cast<int32_t>(from);
          desc.to_dim = static_cast<int32_t>(to);
          desc.shape = shape.data();
          runOne(groupOf(transport), desc);
        }
}

} // namespace dtc::runtime::test
