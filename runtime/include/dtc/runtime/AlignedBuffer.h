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

namespace dtc {

class AlignedBuffer {
public:
  AlignedBuffer() = default;
  AlignedBuffer(AlignedBuffer &&other) noexcept { swap(other); }
  AlignedBuffer &operator=(AlignedBuffer &&other) noexcept {
    swap(other);
    return *this;
  }
  ~AlignedBuffer() {
    if (mapping)
      munmap(mapping, mapped);
  }

  /// A buffer of `bytes`; `data()` is null when there is no memory. A buffer of
  /// no bytes still has an address.
  static AlignedBuffer allocate(size_t bytes) {
    AlignedBuffer buffer;
    const size_t huge = size_t(2) << 20;
    size_t slack = bytes >= huge ? huge : 0;
    if (bytes > SIZE_MAX - slack - 1)
      return buffer;
    size_t length = (bytes ? bytes : 1) + slack;
    void *start = mmap(nullptr, length, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED)
      return buffer;
    buffer.mapping = start;
    buffer.mapped = length;
    buffer.length = bytes;
    uintptr_t address = reinterpret_cast<uintptr_t>(start);
    if (slack)
      address = (address + huge - 1) & ~(huge - 1);
    buffer.start = reinterpret_cast<char *>(address);
    if (slack)
      madvise(buffer.start, bytes, MADV_HUGEPAGE);
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
  void swap(AlignedBuffer &other) {
    std::swap(mapping, other.mapping);
    std::swap(mapped, other.mapped);
    std::swap(start, other.start);
    std::swap(length, other.length);
  }

  void *mapping = nullptr;
  size_t mapped = 0;
  char *start = nullptr;
  size_t length = 0;
};

} // namespace dtc

#endif // DTC_RUNTIME_ALIGNEDBUFFER_H
