//===- SharedWorld.h - The memory that all ranks of a host share ----------===//
//
// One unnamed memory file, mapped whole by every rank, at an address of its
// own. Fresh memory is all zeros, which is the initial state of everything in
// it, so no rank has to set it up for the others.
//
//   header     the first failure
//   entries    one a rank: who it is, and its signals
//   channels   one a mesh axis and group: a MemberBlock a member
//   heaps      one a rank: buffers that others read and write in place
//
// Offsets are the same for all; a rank passes a buffer on as its offset.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_TRANSPORT_SHAREDWORLD_H
#define DTC_RUNTIME_LIB_TRANSPORT_SHAREDWORLD_H

#include "Signal.h"
#include "dtc/runtime/Result.h"
#include <cstddef>
#include <string>
#include <vector>

namespace dtc::runtime {

constexpr int64_t kMaxProcessors = 1024;
constexpr uint32_t kSlots = 4;           ///< collectives of one rank in flight
constexpr int64_t kSlotBytes = 16 << 10; ///< what is staged for others to read
constexpr int64_t kLineBytes = 56;       ///< payload of a line
constexpr int64_t kLines = 9;

/// The first failure of any rank.
struct alignas(64) FailureRecord {
  enum : uint32_t { None, Writing, Written };
  Counter state;
  int32_t rank;
  char message[4024];
};

struct alignas(64) RankEntry {
  Signal arrived; ///< 1: the fields below are there
  Signal barrier; ///< barriers entered
  Signal offered; ///< blobs offered to rank 0
  Signal taken;   ///< of rank 0: blobs taken, counted per world
  Counter blocked;
  Counter finished;
  int32_t process;
  uint64_t layout; ///< of the shared memory
  uint64_t hash;   ///< of the program
  uint64_t blobOffset, blobBytes;
  uint64_t processors[kMaxProcessors / 64];
};

/// A cache line that carries its own signal: data and flag arrive together.
struct alignas(64) Line {
  Counter flag;
  uint32_t padding;
  char data[kLineBytes];
};

/// What a member gives to one collective: a few lines, or staged data, or where
/// its buffers are.
struct alignas(64) Slot {
  Line lines[kLines];
  alignas(64) Counter published;
  uint64_t source, result; ///< offsets in the shared memory
  alignas(64) char data[kSlotBytes];
};

struct alignas(64) MemberBlock {
  Signal consumed; ///< collectives that this member is through with
  alignas(64) Counter sleepers; ///< who waits for this member's slots
  Slot slots[kSlots];
};

class SharedWorld {
public:
  /// Maps the memory behind `descriptor`, which it makes large enough; -1: a
  /// memory of this process alone.
  static Result<SharedWorld>
  map(int descriptor, const std::vector<int64_t> &meshSizes, int64_t rank);
  SharedWorld(SharedWorld &&other) noexcept;
  SharedWorld &operator=(SharedWorld &&) = delete;
  ~SharedWorld();

  int64_t rank() const { return self; }
  int64_t size() const { return world; }
  FailureRecord &failure() const {
    return *reinterpret_cast<FailureRecord *>(base);
  }
  RankEntry &entry(int64_t rank) const {
    return reinterpret_cast<RankEntry *>(base + sizeof(FailureRecord))[rank];
  }
  /// The block of `rank` on a mesh axis.
  MemberBlock &block(size_t axis, int64_t rank) const;

  /// Whether all bytes lie where other ranks reach them.
  bool contains(const void *data) const {
    return data >= base && data < base + bytes;
  }
  uint64_t offsetOf(const void *data) const {
    return static_cast<uint64_t>(static_cast<const char *>(data) - base);
  }
  char *at(uint64_t offset) const { return base + offset; }

  char *heap() const { return base + heapsOffset + self * heapBytes; }
  int64_t heapSize() const { return heapBytes; }
  /// Equal for ranks that agree on where everything is.
  uint64_t layout() const;

private:
  SharedWorld() = default;
  void computeLayout(const std::vector<int64_t> &meshSizes);
  void markOthers() const;

  char *base = nullptr;
  int64_t bytes = 0;
  int64_t world = 1, self = 0;
  int64_t blocksOffset = 0, heapsOffset = 0, heapBytes = 0;
};

/// A memory file without a name, that children inherit or are sent.
Result<int> createMemory();

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_TRANSPORT_SHAREDWORLD_H
