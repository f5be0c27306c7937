//===- ShmCollective.cpp - One collective over shared memory --------------===//

#include "ShmCollective.h"
#include "dtc/runtime/Chunk.h"
#include "dtc/runtime/ElementType.h"
#include <cstring>

namespace dtc::runtime {
namespace {

constexpr int64_t kCacheLine = 64;
/// What is reduced at a time, so that it is still in the first-level cache when
/// it is copied on.
constexpr int64_t kShareBlock = 8 << 10;
constexpr int64_t kLineCapacity = kLineBytes * kLines;
/// The most that is staged.
constexpr int64_t kStagedBytes = 2 << 10;
constexpr int64_t kCrowdedStagedBytes = 16 << 10;
static_assert(kCrowdedStagedBytes <= kSlotBytes);

const char *kindName(int32_t kind) {
  const char *names[] = {"all_reduce",   "all_gather", "reduce_scatter",
                         "all_to_all",   "broadcast",  "scatter",
                         "halo_exchange"};
  return names[kind];
}

} // namespace

ShmCollective::ShmCollective(Channel &channel, const dtc_collective &desc)
    : channel(channel), desc(desc), element(elementSize(desc.dtype)) {
  const int64_t members = static_cast<int64_t>(channel.members.size());
  const int64_t self = static_cast<int64_t>(channel.self);
  givenBytes = sourceBytes(desc, members, self);
  takenBytes = resultBytesOf(desc, members, self);
  path = choosePath();
  if (reduces())
    reduction = reductionFor(desc.dtype, desc.reduce);
  copyAligned = streamingCopy();
  planPieces();
  sources.resize(channel.members.size());
  at.resize(channel.members.size());
  targets.resize(channel.members.size());
  if (path == Lines)
    received.resize(channel.members.size() * kLineCapacity);
}

ShmCollective::~ShmCollective() {
  if (sourceCopy)
    channel.heap.release(sourceCopy, static_cast<size_t>(givenBytes));
  if (resultCopy)
    channel.heap.release(resultCopy, static_cast<size_t>(takenBytes));
}

std::string ShmCollective::name() const {
  std::string text = std::string("the ") + kindName(desc.kind);
  if (desc.module && *desc.module)
    text += std::string(" of '") + desc.module + "'";
  return text;
}

/// The same on all members: from the largest gift.
ShmCollective::Path ShmCollective::choosePath() const {
  const int64_t members = static_cast<int64_t>(channel.members.size());
  if (members == 1)
    return Local;
  int64_t largest = 0;
  for (int64_t member = 0; member < members; ++member)
    largest = std::max(largest, sourceBytes(desc, members, member));
  if (largest <= kLineCapacity)
    return Lines;
  // Direct costs a second meeting of all members, which is dear when they
  // sleep; staged costs a copy.
  int64_t limit = channel.waiting.spins() ? kStagedBytes : kCrowdedStagedBytes;
  return largest <= limit ? Staged : Direct;
}

void ShmCollective::planPieces() {
  const int64_t members = static_cast<int64_t>(channel.members.size());
  const int64_t self = static_cast<int64_t>(channel.self);
  if (!reduces()) {
    for (int64_t member = 0; member < members; ++member)
      pieces.push_back(pieceToTake(desc, members, self, member));
    return;
  }
  Interval rows{0, desc.extent};
  if (desc.kind == DTC_REDUCE_SCATTER)
    rows = chunk(desc.extent, members, self);
  reduced.sourceOffset = rows.offset * desc.inner * element;
  reduced.sourceStride = desc.extent * desc.inner * element;
  reduced.resultStride = rows.size * desc.inner * element;
  reduced.runs = desc.outer;
  reduced.elements = rows.size * desc.inner;
  if (rows.size == desc.extent) {
    reduced.elements *= reduced.runs;
    reduced.runs = 1;
  }
}

void ShmCollective::start(const void *from, void *to) {
  source = static_cast<const char *>(from);
  result = static_cast<char *>(to);
  if (path != Local)
    channel.start(*this);
}

void ShmCollective::wait() {
  if (path != Local) {
    channel.wait(*this);
    return;
  }
  // Alone, a member may still take less than it has.
  if (desc.kind == DTC_HALO_EXCHANGE)
    pieces[0].apply(result, source);
  else if (takenBytes > 0 && result != source)
    std::memmove(result, source, static_cast<size_t>(takenBytes));
}

//===----------------------------------------------------------------------===//
// Giving
//===----------------------------------------------------------------------===//

void ShmCollective::publish() {
  state = Published;
  if (!gives(channel.self))
    return;
  if (path == Lines) {
    publishLines();
    return;
  }
  Slot &slot = channel.slot(channel.self, number);
  if (path == Direct)
    publishBuffers();
  else if (givenBytes > 0)
    std::memcpy(slot.data, source, static_cast<size_t>(givenBytes));
  channel.waiting.raise(slot.published,
                        channel.members[channel.self].block->sleepers,
                        number + 1);
}

void ShmCollective::publishLines() {
  Slot &slot = channel.slot(channel.self, number);
  int64_t count =
      std::max<int64_t>((givenBytes + kLineBytes - 1) / kLineBytes, 1);
  for (int64_t i = count; i-- > 0;) {
    Line &line = slot.lines[i];
    int64_t bytes = std::min(givenBytes - i * kLineBytes, kLineBytes);
    if (bytes == kLineBytes)
      std::memcpy(line.data, source + i * kLineBytes, kLineBytes);
    else if (bytes > 0)
      std::memcpy(line.data, source + i * kLineBytes,
                  static_cast<size_t>(bytes));
    if (i > 0)
      line.flag.store(number + 1, std::memory_order_release);
  }
  channel.waiting.raise(slot.lines[0].flag,
                        channel.members[channel.self].block->sleepers,
                        number + 1);
}

/// Buffers elsewhere get stand-ins in shared memory, kept for the next time.
void ShmCollective::publishBuffers() {
  auto shared = [&](void *&copy, int64_t bytes) {
    if (!copy)
      copy = channel.heap.allocate(static_cast<size_t>(bytes));
    if (!copy)
      channel.owner.fail("shared memory is used up: no room for " +
                         std::to_string(bytes) + " bytes of " + name());
    return static_cast<char *>(copy);
  };
  Slot &slot = channel.slot(channel.self, number);
  const char *given = source;
  if (givenBytes > 0 && !channel.world.contains(source)) {
    given = shared(sourceCopy, givenBytes);
    std::memcpy(sourceCopy, source, static_cast<size_t>(givenBytes));
  }
  slot.source = channel.world.offsetOf(given);
  if (!sharesWork())
    return;
  bool reachable = channel.world.contains(result);
  slot.result = channel.world.offsetOf(
      reachable ? result : shared(resultCopy, takenBytes));
}

//===----------------------------------------------------------------------===//
// Taking
//===----------------------------------------------------------------------===//

void ShmCollective::complete() {
  if (!reduces()) {
    takePieces();
    return;
  }
  for (size_t member = 0; member < sources.size(); ++member)
    if (member != channel.self)
      takeLines(member);
  collectSources();
  if (sharesWork())
    reduceShare();
  else
    reducePieces();
}

/// Waits for the gift of `member`; its payload, if it comes in lines, is
/// unpacked.
void ShmCollective::takeLines(size_t member) {
  channel.awaitPublished(*this, member);
  if (path != Lines)
    return;
  Slot &slot = channel.slot(member, number);
  int64_t bytes = sourceBytes(desc, static_cast<int64_t>(sources.size()),
                              static_cast<int64_t>(member));
  char *to = received.data() + member * kLineCapacity;
  for (int64_t i = 0; i * kLineBytes < bytes; ++i) {
    Line &line = slot.lines[i];
    // The first line was written last.
    while (!reached(line.flag, number + 1))
      relax();
    std::memcpy(to + i * kLineBytes, line.data, kLineBytes);
  }
}

void ShmCollective::collectSources() {
  for (size_t member = 0; member < sources.size(); ++member) {
    const Slot &slot = channel.slot(member, number);
    if (member == channel.self)
      sources[member] = source;
    else if (path == Lines)
      sources[member] = received.data() + member * kLineCapacity;
    else if (path == Staged)
      sources[member] = slot.data;
    else
      sources[member] = channel.world.at(slot.source);
  }
}

void ShmCollective::takePieces() {
  const size_t count = pieces.size();
  // Everybody begins with itself and goes on with its neighbour, so that not
  // all read from one.
  for (size_t i = 0; i < count; ++i) {
    size_t member = (channel.self + i) % count;
    if (!gives(member))
      continue;
    if (member == channel.self) {
      if (result + pieces[member].targetOffset != source)
        pieces[member].apply(result, source);
      continue;
    }
    takeLines(member);
    const Slot &slot = channel.slot(member, number);
    const char *from = path == Lines ? received.data() + member * kLineCapacity
                       : path == Staged ? slot.data
                                        : channel.world.at(slot.source);
    pieces[member].apply(result, from);
  }
}

void ShmCollective::reducePieces() {
  if (reduced.elements == 0)
    return;
  const int64_t members = static_cast<int64_t>(sources.size());
  for (int64_t run = 0; run < reduced.runs; ++run) {
    int64_t offset = reduced.sourceOffset + run * reduced.sourceStride;
    for (size_t member = 0; member < sources.size(); ++member)
      at[member] = static_cast<const char *>(sources[member]) + offset;
    reduction(result + run * reduced.resultStride, at.data(), members,
              reduced.elements);
  }
}

/// Reduces this member's share of whole cache lines and writes it to all.
void ShmCollective::reduceShare() {
  const int64_t members = static_cast<int64_t>(sources.size());
  const int64_t lines = (givenBytes + kCacheLine - 1) / kCacheLine;
  Interval share = chunk(lines, members, static_cast<int64_t>(channel.self));
  const int64_t begin = share.offset * kCacheLine;
  const int64_t end =
      std::min((share.offset + share.size) * kCacheLine, givenBytes);
  for (size_t member = 0; member < sources.size(); ++member)
    targets[member] = channel.world.at(channel.slot(member, number).result);
  char *own = targets[channel.self];
  for (int64_t offset = begin; offset < end; offset += kShareBlock) {
    int64_t bytes = std::min(kShareBlock, end - offset);
    for (size_t member = 0; member < sources.size(); ++member)
      at[member] = static_cast<const char *>(sources[member]) + offset;
    reduction(own + offset, at.data(), members, bytes / element);
    for (size_t member = 0; member < sources.size(); ++member)
      if (member != channel.self)
        copyToOther(targets[member] + offset, own + offset, bytes);
  }
}

void ShmCollective::copyToOther(char *to, const char *from,
                                int64_t bytes) const {
  if (reinterpret_cast<uintptr_t>(to) % kCacheLine == 0)
    copyAligned(to, from, bytes);
  else
    std::memcpy(to, from, static_cast<size_t>(bytes));
}

void ShmCollective::finish() {
  if (path == Direct && resultCopy && !channel.world.contains(result))
    std::memcpy(result, resultCopy, static_cast<size_t>(takenBytes));
}

} // namespace dtc::runtime
