//===- SharedHeap.h - Buffers that other ranks reach ----------------------===//
//
// Address space of one rank's heap, handed out from front to back. Buffers that
// come back are kept by size for the next who wants that size, without their
// pages.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_TRANSPORT_SHAREDHEAP_H
#define DTC_RUNTIME_LIB_TRANSPORT_SHAREDHEAP_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace dtc::runtime {

class SharedHeap {
public:
  SharedHeap(char *start, int64_t size) : next(start), end(start + size) {}

  /// Zeroed when fresh; null when the heap is used up. Large buffers begin at
  /// a 2 MB boundary and ask for huge pages.
  void *allocate(size_t bytes);
  void release(void *buffer, size_t bytes);

private:
  static size_t roundedSize(size_t bytes);
  char *next;
  char *end;
  std::map<size_t, std::vector<void *>> free;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_TRANSPORT_SHAREDHEAP_H
