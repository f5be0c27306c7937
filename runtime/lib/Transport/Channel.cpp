//===- Channel.cpp - The collectives of one group of ranks ----------------===//

#include "Channel.h"
#include "ShmCollective.h"
#include "dtc/runtime/Chunk.h"

namespace dtc::runtime {

Channel::Channel(ChannelOwner &owner, const SharedWorld &world,
                 const Waiting &waiting, SharedHeap &heap,
                 const std::vector<int64_t> &meshSizes, size_t axis)
    : owner(owner), world(world), waiting(waiting), heap(heap) {
  std::vector<int64_t> coordinates = meshCoordinates(meshSizes, world.rank());
  self = static_cast<size_t>(coordinates[axis]);
  for (int64_t member = 0; member < meshSizes[axis]; ++member) {
    coordinates[axis] = member;
    int64_t rank = meshRank(meshSizes, coordinates);
    members.push_back({&world.block(axis, rank), rank, 0});
  }
}

std::unique_ptr<Collective> Channel::create(const dtc_collective &desc) {
  return std::make_unique<ShmCollective>(*this, desc);
}

void Channel::start(ShmCollective &op) {
  op.number = started++;
  op.next = nullptr;
  op.state = ShmCollective::Started;
  // Slots are given out in order: an older one that waits goes first.
  bool inTurn = !last || last->state != ShmCollective::Started;
  if (!first)
    first = &op;
  else
    last->next = &op;
  last = &op;
  if (inTurn && slotIsFree(op.number))
    op.publish();
}

void Channel::wait(ShmCollective &op) {
  while (op.state != ShmCollective::Idle)
    completeFirst();
}

void Channel::completeFirst() {
  ShmCollective &op = *first;
  if (op.state == ShmCollective::Started) {
    awaitFreeSlot(op);
    op.publish();
  }
  op.complete();
  waiting.raise(members[self].block->consumed, op.number + 1);
  if (op.othersUseBuffers())
    awaitConsumed(op);
  op.finish();
  op.state = ShmCollective::Idle;
  first = op.next;
  if (!first)
    last = nullptr;
}

/// Whether all members are through with the slot's last collective.
bool Channel::slotIsFree(uint32_t number) {
  for (Member &member : members) {
    if (static_cast<int32_t>(member.consumed - (number + 1 - kSlots)) >= 0)
      continue;
    member.consumed =
        member.block->consumed.value.load(std::memory_order_acquire);
    if (static_cast<int32_t>(member.consumed - (number + 1 - kSlots)) < 0)
      return false;
  }
  return true;
}

void Channel::awaitFreeSlot(const ShmCollective &op) {
  uint32_t needed = op.number + 1 - kSlots;
  for (Member &member : members) {
    if (waiting.await(member.block->consumed, needed))
      continue;
    owner.timedOut(op.name(), {member.rank});
  }
}

Counter &Channel::publishedCounter(const ShmCollective &op, size_t member) {
  Slot &given = slot(member, op.number);
  return op.path == ShmCollective::Lines ? given.lines[0].flag
                                         : given.published;
}

void Channel::awaitPublished(const ShmCollective &op, size_t member) {
  if (waiting.await(publishedCounter(op, member),
                    members[member].block->sleepers, op.number + 1))
    return;
  std::vector<int64_t> missing;
  for (size_t other = 0; other < members.size(); ++other)
    if (op.gives(other) && !reached(publishedCounter(op, other), op.number + 1))
      missing.push_back(members[other].rank);
  owner.timedOut(op.name(), missing);
}

void Channel::awaitConsumed(const ShmCollective &op) {
  for (Member &member : members) {
    if (waiting.await(member.block->consumed, op.number + 1))
      continue;
    std::vector<int64_t> missing;
    for (Member &other : members)
      if (!reached(other.block->consumed.value, op.number + 1))
        missing.push_back(other.rank);
    owner.timedOut(op.name(), missing);
  }
}

} // namespace dtc::runtime
