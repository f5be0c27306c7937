//===- SharedHeap.cpp - Buffers that other ranks reach --------------------===//

#include "SharedHeap.h"
#include <bit>
#include <sys/mman.h>

namespace dtc::runtime {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kHugePage = size_t(2) << 20;

} // namespace

/// To an eighth of a power of two, so that sizes repeat.
size_t SharedHeap::roundedSize(size_t bytes) {
  size_t unit = std::bit_ceil(bytes | 1) / 8;
  unit = unit < kPage ? kPage : unit;
  return (bytes + unit - 1) / unit * unit;
}

void *SharedHeap::allocate(size_t bytes) {
  if (bytes > SIZE_MAX / 4)
    return nullptr;
  size_t size = roundedSize(bytes ? bytes : 1);
  if (auto &kept = free[size]; !kept.empty()) {
    void *buffer = kept.back();
    kept.pop_back();
    return buffer;
  }
  size_t alignment = size >= kHugePage ? kHugePage : kPage;
  size_t gap = -reinterpret_cast<uintptr_t>(next) & (alignment - 1);
  if (static_cast<size_t>(end - next) < gap ||
      static_cast<size_t>(end - next) - gap < size)
    return nullptr;
  char *buffer = next + gap;
  next = buffer + size;
  if (size >= kHugePage)
    madvise(buffer, size, MADV_HUGEPAGE);
  return buffer;
}

void SharedHeap::release(void *buffer, size_t bytes) {
  size_t size = roundedSize(bytes ? bytes : 1);
  // Gives the pages back; small ones are not worth the call.
  if (size >= kHugePage)
    madvise(buffer, size, MADV_REMOVE);
  free[size].push_back(buffer);
}

} // namespace dtc::runtime
