//===- SharedWorld.cpp - The memory that all ranks of a host share --------===//

#include "SharedWorld.h"
#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace dtc::runtime {
namespace {

constexpr int64_t kHugePage = int64_t(2) << 20;
/// Together they leave most of the address space to the process.
constexpr int64_t kAllHeaps = int64_t(16) << 40;

int64_t roundUp(int64_t value, int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

/// Address space for a rank's buffers: pages come only when they are touched.
int64_t chooseHeapBytes(int64_t world) {
  int64_t memory = sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
  int64_t wanted = static_cast<int64_t>(
      std::bit_ceil(static_cast<uint64_t>(std::max(memory, kHugePage))));
  wanted = std::min(wanted, kAllHeaps / world);
  rlimit limit;
  for (int resource : {RLIMIT_FSIZE, RLIMIT_AS})
    if (getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
      wanted =
          std::min(wanted, static_cast<int64_t>(limit.rlim_cur / 4) / world);
  return wanted / kHugePage * kHugePage;
}

std::string reason() { return std::strerror(errno); }

/// Maps at a boundary of huge pages.
char *mapAligned(int descriptor, int64_t bytes) {
  int flags = descriptor < 0 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED;
  size_t reserved = static_cast<size_t>(bytes + kHugePage);
  void *space = mmap(nullptr, reserved, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (space == MAP_FAILED)
    return nullptr;
  uintptr_t start = reinterpret_cast<uintptr_t>(space);
  uintptr_t aligned = (start + kHugePage - 1) & ~uintptr_t(kHugePage - 1);
  char *base = reinterpret_cast<char *>(aligned);
  if (aligned > start)
    munmap(space, aligned - start);
  char *end = base + roundUp(bytes, 4096);
  char *reservedEnd = static_cast<char *>(space) + reserved;
  if (reservedEnd > end)
    munmap(end, static_cast<size_t>(reservedEnd - end));
  void *mapped = mmap(base, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE,
                      flags | MAP_FIXED | MAP_NORESERVE, descriptor, 0);
  if (mapped == MAP_FAILED) {
    int saved = errno;
    munmap(base, static_cast<size_t>(end - base));
    errno = saved;
    return nullptr;
  }
  madvise(base, static_cast<size_t>(bytes), MADV_DONTDUMP);
  return base;
}

} // namespace

Result<int> createMemory() {
  int descriptor = memfd_create("dtc", 0);
  if (descriptor < 0)
    return Error{"cannot create shared memory: " + reason()};
  return descriptor;
}

void SharedWorld::computeLayout(const std::vector<int64_t> &meshSizes) {
  int64_t entries = static_cast<int64_t>(sizeof(RankEntry)) * world;
  blocksOffset =
      roundUp(static_cast<int64_t>(sizeof(FailureRecord)) + entries, 4096);
  int64_t blocks = static_cast<int64_t>(sizeof(MemberBlock)) * world *
                   static_cast<int64_t>(meshSizes.size());
  heapsOffset = roundUp(blocksOffset + blocks, kHugePage);
  heapBytes = world > 1 ? chooseHeapBytes(world) : 0;
  bytes = heapsOffset + heapBytes * world;
}

Result<SharedWorld> SharedWorld::map(int descriptor,
                                     const std::vector<int64_t> &meshSizes,
                                     int64_t rank) {
  SharedWorld result;
  result.self = rank;
  for (int64_t size : meshSizes)
    result.world *= size;
  result.computeLayout(meshSizes);
  struct stat info;
  if (descriptor >= 0) {
    if (fstat(descriptor, &info) != 0)
      return Error{"the launcher's shared memory is not there: " + reason()};
    bool fits = info.st_size >= result.bytes ||
                ftruncate(descriptor, result.bytes) == 0;
    if (!fits)
      return Error{"cannot enlarge the shared memory: " + reason()};
  }
  result.base = mapAligned(descriptor, result.bytes);
  if (!result.base)
    return Error{"cannot map the shared memory: " + reason()};
  result.markOthers();
  return result;
}

/// Heaps of other ranks are not for a child of this process; so the system
/// lists them apart from what is this rank's own (Recorder.cpp counts pages).
void SharedWorld::markOthers() const {
  char *heaps = base + heapsOffset, *own = heap();
  char *behind = own + heapBytes, *end = heaps + heapBytes * world;
  if (own > heaps)
    madvise(heaps, static_cast<size_t>(own - heaps), MADV_DONTFORK);
  if (end > behind)
    madvise(behind, static_cast<size_t>(end - behind), MADV_DONTFORK);
}

SharedWorld::SharedWorld(SharedWorld &&other) noexcept
    : base(std::exchange(other.base, nullptr)), bytes(other.bytes),
      world(other.world), self(other.self), blocksOffset(other.blocksOffset),
      heapsOffset(other.heapsOffset), heapBytes(other.heapBytes) {}

SharedWorld::~SharedWorld() {
  if (base)
    munmap(base, static_cast<size_t>(bytes));
}

MemberBlock &SharedWorld::block(size_t axis, int64_t rank) const {
  auto *blocks = reinterpret_cast<MemberBlock *>(base + blocksOffset);
  return blocks[static_cast<int64_t>(axis) * world + rank];
}

uint64_t SharedWorld::layout() const {
  return static_cast<uint64_t>(heapsOffset) * 31 +
         static_cast<uint64_t>(heapBytes) * 7 + sizeof(MemberBlock);
}

} // namespace dtc::runtime
