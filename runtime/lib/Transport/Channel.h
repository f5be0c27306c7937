//===- Channel.h - The collectives of one group of ranks ------------------===//
//
// A group is the ranks that differ only in their coordinate on one mesh axis.
// All its members start the same collectives in the same order; each gets the
// next number, and slot number mod kSlots of every member.
//
// 1. Start publishes what the member gives, if its slot is free: nobody still
//    reads the collective kSlots before. Otherwise the first wait publishes it.
// 2. Collectives complete in the order of their starts: waiting for one first
//    completes those before. A member counts what it is through with.
// 3. What is published depends on the size, known at creation and the same for
//    all members:
//      lines    up to 504 bytes: cache lines with a flag in each, so that data
//               arrives with the news of it. One miss, no second.
//      staged   a copy in the slot. Nobody waits for readers.
//      direct   where source and result are in shared memory. Others read and
//               write them in place, and the end waits for the slowest; a
//               buffer that is elsewhere is copied to one that is not.
// 4. all_reduce: with lines and staged data each member reduces everything;
//    direct, each reduces a part, and writes it to all results. Either way
//    values are combined in the order of members, so that all ranks get the
//    same bits.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_TRANSPORT_CHANNEL_H
#define DTC_RUNTIME_LIB_TRANSPORT_CHANNEL_H

#include "Reduction.h"
#include "SharedHeap.h"
#include "SharedWorld.h"
#include "StridedCopy.h"
#include "dtc/runtime/Transport.h"
#include <memory>

namespace dtc::runtime {

/// What a channel asks of its transport.
class ChannelOwner {
public:
  [[noreturn]] virtual void timedOut(const std::string &what,
                                     std::vector<int64_t> missingRanks) = 0;
  [[noreturn]] virtual void fail(const std::string &message) = 0;

protected:
  ~ChannelOwner() = default;
};

class ShmCollective;

class Channel {
public:
  Channel(ChannelOwner &owner, const SharedWorld &world, const Waiting &waiting,
          SharedHeap &heap, const std::vector<int64_t> &meshSizes, size_t axis);

  std::unique_ptr<Collective> create(const dtc_collective &desc);

private:
  friend class ShmCollective;
  struct Member {
    MemberBlock *block;
    int64_t rank;
    uint32_t consumed; ///< as last seen
  };

  void start(ShmCollective &op);
  void wait(ShmCollective &op);
  bool slotIsFree(uint32_t number);
  void awaitFreeSlot(const ShmCollective &op);
  void completeFirst();
  /// Waits for what `member` gives to `op`.
  void awaitPublished(const ShmCollective &op, size_t member);
  /// Waits until all others are through with `op`.
  void awaitConsumed(const ShmCollective &op);
  Counter &publishedCounter(const ShmCollective &op, size_t member);
  Slot &slot(size_t member, uint32_t number) const {
    return members[member].block->slots[number % kSlots];
  }

  ChannelOwner &owner;
  const SharedWorld &world;
  const Waiting &waiting;
  SharedHeap &heap;
  std::vector<Member> members;
  size_t self = 0;
  uint32_t started = 0;
  ShmCollective *first = nullptr, *last = nullptr; ///< not complete, in order
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_TRANSPORT_CHANNEL_H
