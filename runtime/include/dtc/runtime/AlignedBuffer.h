//===- AlignedBuffer.h - Memory that a step works in ----------------------===//
//
// Zeroed memory from mmap, 64-byte aligned. Buffers over 2 MB begin at a
// 2 MB boundary and ask for huge pages.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_ALIGNEDBUFFER_H
#define DTC_RUNTIME_ALIGNEDBUFFER_H

#include <cstddef>
#include <cstdint>
#include <sys/mman.h>
#include <utility>

namespace dtc::runtime {

class AlignedBuffer {
public:
  AlignedBuffer() = default;
  AlignedBuffer(AlignedBuffer &&other) noexcept { swap(other); }
  AlignedBuffer &operator=(AlignedBuffer &&other) noexcept {
    swap(other);
    return *this;
  }
  ~AlignedBuffer() {
    if (start)
      munmap(start, mapped);
  }

  /// A buffer of `bytes`; `data()` is null when there is no memory. A buffer of
  /// no bytes still has an address.
  static AlignedBuffer allocate(size_t bytes) {
    AlignedBuffer buffer;
    const size_t page = 4096, huge = size_t(2) << 20;
    size_t slack = bytes >= huge ? huge : 0;
    if (bytes > SIZE_MAX - slack - page)
      return buffer;
    size_t length = (bytes ? bytes + page - 1 : page) & ~(page - 1);
    void *start = mmap(nullptr, length + slack, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED)
      return buffer;
    buffer.start = static_cast<char *>(start);
    buffer.mapped = length;
    buffer.length = bytes;
    if (slack)
      buffer.alignToHugePage(huge);
    return buffer;
  }

  /// Touches every page, so that no step pays for it.
  void prefault() {
    for (size_t at = 0; at < length; at += 4096)
      static_cast<volatile char *>(start)[at] = 0;
  }

  char *data() const { return start; }
  size_t size() const { return length; }

private:
  /// Moves to a huge page's boundary within the slack and gives back the rest:
  /// a huge page behind the end would cost memory that nobody asked for.
  void alignToHugePage(size_t huge) {
    uintptr_t address = reinterpret_cast<uintptr_t>(start);
    size_t head = (huge - address % huge) % huge;
    if (head > 0)
      munmap(start, head);
    start += head;
    if (head < huge)
      munmap(start + mapped, huge - head);
    madvise(start, length / huge * huge, MADV_HUGEPAGE);
  }

  void swap(AlignedBuffer &other) {
    std::swap(mapped, other.mapped);
    std::swap(start, other.start);
    std::swap(length, other.length);
  }

  size_t mapped = 0;
  char *start = nullptr;
  size_t length = 0;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_ALIGNEDBUFFER_H
